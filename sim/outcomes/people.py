"""People of a cohort: what is known of them, what became of them, how likely that was; columns with limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Column:
    """What a column of a table may hold.

    Attributes:
        unit: "" where it has none.
        low, high: what is possible.
        meaning: in words.
        mistaken: unit that is taken for ours, and how many of it are one of ours; none where nobody mistakes it.
    """

    unit: str
    low: float
    high: float
    meaning: str
    mistaken: tuple[str, float] | None = None


@dataclass(frozen=True)
class People:
    """A cohort, people last.

    Attributes:
        subject: (people,), who each is: rows of one subject are drawn together.
        columns: name -> (people,), NaN where missing.
        series: channel -> (samples, people), NaN where missing; empty where nobody was watched.
        outcomes: name -> (people,), 0 or 1; NaN where nobody can say.
        risks: the same of true probabilities given everything that the generator knows; empty for recorded people.
        hidden: name -> (..., people), what only the generator knows: of explanations, never of predictors.
    """

    subject: np.ndarray
    columns: Arrays
    outcomes: Arrays
    risks: Arrays = field(default_factory=dict)
    hidden: Arrays = field(default_factory=dict)
    series: Arrays = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of people."""
        return len(self.subject)

    def select(self, chosen: np.ndarray) -> People:
        """Return the chosen people, by index or yes-or-no."""
        groups = {
            one.name: {name: array[..., chosen] for name, array in getattr(self, one.name).items()}
            for one in fields(self)
            if one.name != "subject"
        }
        return replace(self, subject=self.subject[chosen], **groups)

    def permuted(self, seed: int) -> People:
        """Return the people, each with what became of somebody else: nobody can learn anything from them."""
        drawn = np.random.default_rng(seed).permutation(self.count)
        return replace(
            self, outcomes={name: array[..., drawn] for name, array in self.outcomes.items()}, risks={}
        )

    def matrix(self, names: tuple[str, ...]) -> np.ndarray:
        """Return columns side by side, (people, columns). Raises ValueError naming the first that is missing."""
        for name in names:
            if name not in self.columns:
                raise ValueError(f"column {name!r} is missing; there are {', '.join(self.columns) or 'none'}")
        return np.stack([self.columns[name] for name in names], axis=1)

    def watched(self, channels: tuple[str, ...]) -> np.ndarray:
        """Return series side by side, (samples, channels, people). Raises ValueError naming one that is missing."""
        for name in channels:
            if name not in self.series:
                raise ValueError(f"series {name!r} is missing; there are {', '.join(self.series) or 'none'}")
        return np.stack([self.series[name] for name in channels], axis=1)


def refuse(source: str, columns: Mapping[str, Column], values: Arrays) -> None:
    """Raise ValueError at the first column that is missing or holds what is impossible; NaN is allowed.

    A value that would be possible in another unit, as the column says, is named as that mistake.
    """
    for name, column in columns.items():
        if name not in values:
            raise ValueError(f"{source}: column {name!r} is missing; there are {', '.join(values) or 'none'}")
        value = np.asarray(values[name], dtype=float)
        bad = ~np.isnan(value) & ~((value >= column.low) & (value <= column.high))
        if bad.any():
            row = int(bad.argmax())
            raise ValueError(
                f"{source}: {name} {value[row]:g} (row {row + 1}) is not allowed; "
                f"{column.low:g} to {column.high:g} {column.unit}".rstrip()
                + _mistake(column, value[row])
            )


def refuse_constant(source: str, outcomes: Arrays, fewest: int = 1) -> None:
    """Raise ValueError at the first outcome that fewer than `fewest` people have, or lack."""
    for name, outcome in outcomes.items():
        counts = [int((outcome == value).sum()) for value in (0, 1)]
        if min(counts) < fewest:
            raise ValueError(
                f"{source}: {name} is 0 in {counts[0]} and 1 in {counts[1]}, which is not allowed; "
                f"at least {fewest} of each"
            )


def _mistake(column: Column, value: float) -> str:
    if column.mistaken is None:
        return ""
    unit, factor = column.mistaken
    return f"; in {unit}? divide by {factor:g}" if column.low <= value / factor <= column.high else ""
