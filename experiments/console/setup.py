"""Which case is lived at the console: what `experiments.closed_loop` calls case `number` of `seed`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from experiments.loop.evaluation import Evaluation
from sim.settings import Models, Scenario


@dataclass(frozen=True)
class Setup(Scenario):
    """One case: the same patient, surgery and noise that agents meet under these options.

    Attributes:
        seed: of patients, surgery and noise.
        number: of the case.
        models: what the patient is made of.
    """

    seed: int = 0
    number: int = 0
    models: Models = field(default_factory=Models)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("seed", "number"):
            if not 0 <= getattr(self, name) < 2**63:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; 0 to 2^63 - 1")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Setup:
        """Return the setup that JSON says. Raises ValueError on an unknown name or a value that is not allowed."""
        given = _known(cls, options)
        if isinstance(models := given.get("models"), Mapping):
            given["models"] = Models(**_known(Models, models))
        return cls(**given)

    def evaluation(self, observers: tuple[str, ...]) -> Evaluation:
        """Return the evaluation whose case `number` this is, with these observers."""
        options = {one.name: getattr(self, one.name) for one in fields(Scenario)}
        return Evaluation(**options, seed=self.seed, models=self.models, observers=observers)


def _known(cls: type[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with tuples for lists. Raises ValueError at one that is no field of the dataclass."""
    allowed = [one.name for one in fields(cls)]
    for name in options:
        if name not in allowed:
            raise ValueError(f"{name}: not known; allowed are {', '.join(allowed)}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
