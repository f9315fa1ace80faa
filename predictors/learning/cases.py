"""Cases to learn from, simulated or recorded, in one schema: who they are, what was shown, and what is true of them.

Signals may have rates of their own; what was measured once is a signal of one sample. Labels are signals too, but no
predictor is shown them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sim.arrays import take
from sim.covariates import Covariates
from sim.settings import shown

ONCE = float("inf")  # interval of what was measured once


@dataclass(frozen=True)
class Signal:
    """One quantity of every case.

    Attributes:
        values: (samples, cases).
        interval: s between samples; sample k is the end of interval k. `ONCE` for a single one.
        unit: of the values.
        nothing: what stands beyond the end of a case.
    """

    values: np.ndarray
    interval: float = ONCE
    unit: str = ""
    nothing: float = float("nan")


@dataclass(frozen=True)
class Cases:
    """Cases side by side.

    Attributes:
        who, subject: (cases,) text; a subject may have several cases.
        person: covariates, (cases,).
        length: (cases,), s.
        signals: by name, what monitors, pumps and laboratories showed.
        labels: by name, what is to be predicted, or is true and known of simulated cases only.
    """

    who: np.ndarray
    subject: np.ndarray
    person: Covariates
    length: np.ndarray
    signals: Mapping[str, Signal] = field(default_factory=dict)
    labels: Mapping[str, Signal] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of cases."""
        return len(self.who)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the values of a signal, (samples, cases). Raises ValueError where these cases have none."""
        return _named("signal", self.signals, name).values

    def label(self, name: str) -> np.ndarray:
        """Return the values of a label, (samples, cases). Raises ValueError where these cases have none."""
        return _named("label", self.labels, name).values

    def samples(self, interval: float) -> np.ndarray:
        """Return how many samples each case has on a grid, (cases,)."""
        return np.round(self.length / interval).astype(int)

    def with_signals(self, **signals: Signal) -> Cases:
        """Return the cases with some signals added or replaced."""
        return replace(self, signals={**self.signals, **signals})

    def with_labels(self, **labels: Signal) -> Cases:
        """Return the cases with some labels added or replaced."""
        return replace(self, labels={**self.labels, **labels})

    def select(self, chosen: np.ndarray) -> Cases:
        """Return the chosen cases (indices or mask), cut to the longest of them."""
        length = self.length[chosen]
        longest = float(length.max()) if len(length) else 0.0

        def picked(signal: Signal) -> Signal:
            return replace(signal, values=signal.values[: _rows(longest, signal.interval), chosen])

        return replace(
            self._with(picked),
            who=self.who[chosen],
            subject=self.subject[chosen],
            person=take(self.person, chosen),
            length=length,
        )

    def cut(self, begin: np.ndarray, end: np.ndarray) -> Cases:
        """Return each case from `begin` to `end` only, (cases,), s, multiples of every interval."""
        length = end - begin

        def moved(signal: Signal) -> Signal:
            if signal.interval == ONCE:
                return signal
            first, count = (np.round(seconds / signal.interval).astype(int) for seconds in (begin, length))
            row = np.arange(int(count.max()))[:, None]
            there = np.minimum(first + row, len(signal.values) - 1)
            values = np.take_along_axis(signal.values, there, axis=0)
            return replace(signal, values=np.where(row < count, values, signal.nothing))

        return replace(self._with(moved), length=length)

    def shortened(self, longest: float) -> Cases:
        """Return the cases without what lies beyond `longest` s."""
        if self.length.max() <= longest:
            return self

        def first(signal: Signal) -> Signal:
            return replace(signal, values=signal.values[: _rows(longest, signal.interval)])

        return replace(self._with(first), length=np.minimum(self.length, longest))

    def _with(self, change: object) -> Cases:
        signals, labels = (
            {name: change(signal) for name, signal in group.items()}  # type: ignore[operator]
            for group in (self.signals, self.labels)
        )
        return replace(self, signals=signals, labels=labels)


def join(parts: Sequence[Cases]) -> Cases:
    """Return all cases of several sets side by side, with the signals and labels that all of them have.

    Raises:
        ValueError: a signal of one name has another interval or unit in another set.
    """

    def group(name: str) -> dict[str, Signal]:
        groups = [getattr(part, name) for part in parts]
        shared = [key for key in groups[0] if all(key in other for other in groups)]
        return {key: _side_by_side(key, [other[key] for other in groups]) for key in shared}

    def each(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    fields = ("age", "female", "height", "weight")
    person = Covariates(*(np.concatenate([getattr(part.person, name) for part in parts]) for name in fields))
    return Cases(each("who"), each("subject"), person, each("length"), group("signals"), group("labels"))


def _side_by_side(name: str, signals: Sequence[Signal]) -> Signal:
    for what in ("interval", "unit"):
        first, *others = (getattr(signal, what) for signal in signals)
        for other in others:
            if other != first:
                raise ValueError(f"{name}: {what} {shown(other)} is not allowed beside {shown(first)}")
    samples = max(len(signal.values) for signal in signals)
    padded = [
        np.pad(signal.values, ((0, samples - len(signal.values)), (0, 0)), constant_values=signal.nothing)
        for signal in signals
    ]
    return replace(signals[0], values=np.concatenate(padded, axis=1))


def _rows(seconds: float, interval: float) -> int:
    return 1 if interval == ONCE else round(seconds / interval)


def _named(kind: str, group: Mapping[str, Signal], name: str) -> Signal:
    if name not in group:
        raise ValueError(f"cases: there is no {kind} {name!r}; there are {', '.join(group) or 'none'}")
    return group[name]
