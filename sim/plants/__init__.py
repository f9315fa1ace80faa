"""Plants: named patients and what happens to them, some to learn on, some to choose settings on, others kept for tests.

A test plant shares no propofol kinetics, response of the index or circulation with any training plant: whoever learned
or was tuned on those has met nobody like them. A plant to choose on is as strange to what learned; no test plant has
its response of the index, and each shares at most one other part with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from sim.registry import Registry, constants
from sim.settings import Models, Scenario, shown

PLANTS = Registry(
    "plant",
    **constants("sim.plants.training:", "recorded schnider eleveld varied late"),
    **constants("sim.plants.testing:", "schuttler marsh jeleazcov"),
)


Use = Literal["training", "choosing", "test"]
KEPT_FOR = {"training": "training", "choosing": "choosing", "test": "tests"}


@dataclass(frozen=True)
class Plant:
    """Who is treated, and in what surroundings.

    Attributes:
        description: in a line.
        use: "training"; "choosing": nothing learns there, but settings may be chosen by it; "test": neither.
        models: what the patients are made of.
        scenario: options of `sim.settings.Scenario` by name, those that are not its defaults.
    """

    description: str
    use: Use
    models: Models = field(default_factory=Models)
    scenario: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Scenario(**self.scenario)


def of_use(use: Use) -> tuple[str, ...]:
    """Return the names of the plants of a use."""
    return tuple(name for name in PLANTS if PLANTS.get(name).use == use)


def for_training(names: Iterable[str], use: Use = "training") -> tuple[str, ...]:
    """Return the names; raises ValueError at a plant that is unknown, named twice or of another use."""
    names = tuple(names)
    allowed = ", ".join(of_use(use))
    for name in names:
        plant = PLANTS.get(name)
        if plant.use != use or names.count(name) > 1:
            why = "is named twice" if names.count(name) > 1 else f"is kept for {KEPT_FOR[plant.use]}"
            raise ValueError(f"plants: {name} {why}, which is not allowed; each once of {allowed}")
    return names


def settings(name: str, options: Any) -> dict[str, Any]:
    """Return the options that a plant sets, by name, "models" among them.

    Args:
        name: of the plant.
        options: a dataclass with those options; what it says may be the default or the plant's.

    Raises:
        ValueError: an unknown plant, or an option that says something else.
    """
    plant = PLANTS.get(name)
    default = {**{one.name: one.default for one in fields(options)}, "models": Models()}
    wanted = {"models": plant.models, **plant.scenario}
    for option, value in wanted.items():
        given = getattr(options, option)
        if not any(type(given) is type(known) and given == known for known in (default[option], value)):
            raise ValueError(
                f"{option}: {shown(given)} is not allowed with plant {name!r}; it sets {shown(value)}"
            )
    return wanted
