"""Faults as they are written: a name, and its numbers behind a colon.

    bis_dropout                     once, at a time that is drawn, for as long as it lasts by default
    bis_dropout:seconds=600         for 10 min
    bis_bias:size=-20,at=3600       an index 20 points too low, an hour into the case
    bis_delay:size=30,at=1200 bis_delay:size=120,at=1800     one after the other

Beside its own parameters, a fault takes `at` (s into the case) and `seconds` (0: for the rest of it) if it has a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.faults import FAULTS
from sim.faults.fault import Fault, Parameter

LONGEST = 1e6  # s
SECONDS = Parameter("how long it lasts; 0: for the rest of the case", 0.0, 0.0, LONGEST, "s")


@dataclass(frozen=True)
class Strike:
    """A fault that is to strike: its name, when (None: at a time that is drawn), how long and how, s and by name."""

    name: str
    at: float | None
    seconds: float | None
    sizes: Mapping[str, float]

    @property
    def fault(self) -> Fault:
        """What it is."""
        return FAULTS.get(self.name)


def strike(text: str, horizon: float = LONGEST) -> Strike:
    """Return the fault that a text names.

    Raises:
        ValueError: an unknown name or parameter, or a value that is not allowed.
    """
    name, _, rest = text.partition(":")
    fault: Fault = FAULTS.get(name)
    known = {one: at(horizon) if one == "at" else SECONDS for one in fault.times} | dict(fault.parameters)
    values: dict[str, float] = {}
    for part in filter(None, rest.split(",")):
        key, _, value = part.partition("=")
        if key not in known:
            allowed = ", ".join(map(_said, known.items())) or "none"
            raise ValueError(f"faults: {text}: unknown parameter {key!r}; allowed are {allowed}")
        if key in values:
            raise ValueError(f"faults: {text} gives {key} twice; allowed is each once")
        values[key] = _number(text, key, value, known[key])
    sizes = {key: values.get(key, one.default) for key, one in fault.parameters.items()}
    return Strike(name, values.get("at"), values.get("seconds", fault.seconds), sizes)


def strikes(texts: Sequence[str], horizon: float) -> list[Strike]:
    """Return the faults that texts name, in their order; one may strike again at another time.

    Raises:
        ValueError: as `strike` does, or one that is named twice at the same time, or twice at a time that is drawn.
    """
    found = [strike(text, horizon) for text in texts]
    if max(Counter((one.name, one.at) for one in found).values(), default=1) > 1:
        raise ValueError(
            f"faults: {', '.join(texts)} names one twice; allowed is each once, or again with another time (at=...)"
        )
    return found


def at(horizon: float) -> Parameter:
    """Return when a fault of cases of so many seconds may begin."""
    return Parameter(
        "when it begins; drawn between 20 and 70 % of the case by default", 0.0, 0.0, horizon, "s"
    )


def _said(named: tuple[str, Parameter]) -> str:
    name, one = named
    return f"{name} ({one.low:g} to {one.high:g} {one.unit}".rstrip() + ")"


def _number(text: str, key: str, value: str, allowed: Parameter) -> float:
    """Return the value of a parameter. Raises ValueError at what is no number, or out of range."""
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not allowed.low <= number <= allowed.high:
        said = f"{allowed.low:g} to {allowed.high:g} {allowed.unit}".rstrip()
        raise ValueError(f"faults: {text}: {key} {value!r} is not allowed; {said}")
    return number
