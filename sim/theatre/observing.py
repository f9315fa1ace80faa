"""The observers of a room as one: whose estimate it is stands in its name, and what they say is checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.arrays import Array, check_patients, to_numpy
from sim.covariates import Covariates
from sim.interfaces import Observer, Readings
from sim.settings import shown

OFFERS = ("control_period", "estimates", "initial", "update")  # of every observer
ROUNDING = 1e-6  # by which an estimate may lie outside its range, relative

Observers = Observer | Mapping[str, Observer] | None


@dataclass(frozen=True)
class Team:
    """Observers side by side, themselves an observer.

    An estimate is called `<member>.<estimate>`; those of a lone observer, a member without a name, keep their own.

    Attributes:
        members: by name; or one, whose name is "".
        control_period: s between readings, the same for all.
    """

    members: Mapping[str, Observer]
    control_period: float

    @classmethod
    def of(cls, observers: Observers, control_period: float) -> Team:
        """Return the team of one observer, of several by name, or of none.

        Raises:
            ValueError: what is no observer, or made for another control period, or a name that is not allowed.
        """
        if isinstance(observers, Team):
            observers = observers.members
        if observers is None or isinstance(observers, Mapping):
            return cls(observers or {}, control_period)
        return cls({"": observers}, control_period)

    def __post_init__(self) -> None:
        for name, member in self.members.items():
            lone = name == "" and len(self.members) == 1
            if not (lone or (isinstance(name, str) and name and "." not in name)):
                raise ValueError(f"observer: name {name!r} is not allowed; text without a dot")
            if isinstance(member, type) or not all(hasattr(member, offer) for offer in OFFERS):
                raise ValueError(
                    f"observer: {shown(member)} is not allowed; an object as in sim.interfaces.Observer"
                )
            if member.control_period != self.control_period:
                raise ValueError(
                    f"{self._title(name)}: made for a control_period of {member.control_period} s, which is not "
                    f"allowed; the theatre's is {self.control_period} s"
                )
            if wrong := _undeclared(member.estimates):
                raise ValueError(
                    f"{self._title(name)}: estimates {wrong} is not allowed; name -> (lowest, highest, unit)"
                )

    @cached_property
    def any_arrays(self) -> bool:
        """Whether all take torch tensors, too."""
        return all(getattr(member, "any_arrays", False) for member in self.members.values())

    @cached_property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Every estimate of the members: name -> (lowest, highest, unit)."""
        return {
            full: self.members[name].estimates[estimate]
            for name, own in self._names.items()
            for estimate, full in own.items()
        }

    def initial(self, covariates: Covariates) -> dict[str, Any]:
        """Return each member's state for new cases."""
        return {name: member.initial(covariates) for name, member in self.members.items()}

    def update(self, state: Mapping[str, Any], readings: Readings) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return the states and all estimates, in the order of `estimates`.

        Raises:
            ValueError: an estimate that was not declared, is missing, has a wrong shape, is NaN or out of its range.
        """
        after: dict[str, Any] = {}
        estimates: dict[str, Array] = {}
        for name, member in self.members.items():
            after[name], said = member.update(state[name], readings)
            own = self._names[name]
            if said.keys() != own.keys():
                odd = next(iter(said.keys() ^ own.keys()))
                raise ValueError(
                    f"{self._title(name)}: estimate {odd!r} is {'not declared' if odd in said else 'missing'}, "
                    f"which is not allowed; {', '.join(own)}"
                )
            for estimate, full in own.items():
                estimates[full] = said[estimate]
        if estimates:
            self._check(estimates, tuple(readings.time.shape))
        return after, estimates

    def check_state(self, state: Mapping[str, Any], patients: int) -> None:
        """Raise ValueError at a member's state that a new patient could not take over from another, patients last."""
        for name, own in state.items():
            try:
                check_patients(own, patients)
            except ValueError as error:
                raise ValueError(f"{self._title(name)}: {error}") from None

    def check_heard(self, waves: Sequence[str]) -> None:
        """Raise ValueError at a waveform that a member reads and the room does not let it hear."""
        for name, member in self.members.items():
            for wave in getattr(member, "waves", ()):
                if wave not in waves:
                    found = ", ".join(waves) or "none"
                    raise ValueError(f"waves: {found} is not allowed; {self._title(name)} reads {wave}")

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        """Member -> its own name of an estimate -> the team's."""
        return {
            name: {estimate: f"{name}.{estimate}" if name else estimate for estimate in member.estimates}
            for name, member in self.members.items()
        }

    @cached_property
    def _limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest values, (estimates, 1), a rounding error further out."""
        low, high = (np.array([entry[end] for entry in self.estimates.values()])[:, None] for end in (0, 1))
        return low - ROUNDING * (1.0 + np.abs(low)), high + ROUNDING * (1.0 + np.abs(high))

    def _check(self, estimates: Mapping[str, Array], shape: tuple[int, ...]) -> None:
        """Raise ValueError at the first estimate of another shape, or with a value that is not in its range."""
        values = np.empty((len(estimates), *shape))
        for row, (full, value) in enumerate(estimates.items()):
            found = getattr(value, "shape", None)
            if found != shape:
                raise ValueError(f"{self._of(full)} has shape {found}, which is not allowed; {shape}")
            values[row] = to_numpy(value)
        low, high = self._limits
        good = (low <= values) & (values <= high)
        if not good.all():
            row, patient = np.argwhere(~good)[0]
            full = list(estimates)[row]
            lowest, highest, unit = self.estimates[full]
            raise ValueError(
                f"{self._of(full)} is {values[row, patient]}, which is not allowed; "
                f"{lowest:g} to {highest:g} {unit}".rstrip()
            )

    def _of(self, full: str) -> str:
        """Return whose estimate it is, for a message."""
        name, estimate = next(
            (name, estimate)
            for name, own in self._names.items()
            for estimate, other in own.items()
            if other == full
        )
        return f"{self._title(name)}: estimate {estimate!r}"

    def _title(self, name: str) -> str:
        return f"observer {name or type(self.members[name]).__name__}"


def _undeclared(estimates: Any) -> str:
    """Return the first estimate that is not declared by name, with lowest, highest and unit; nothing if all are."""
    if not isinstance(estimates, Mapping):
        return shown(estimates)
    for name, entry in estimates.items():
        match name, entry:
            case str(), (float() | int() as low, float() | int() as high, str()) if low <= high:
                continue
        return f"{shown(name)}: {shown(entry)}"
    return ""
