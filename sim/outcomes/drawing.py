"""How people of a cohort are drawn: a copula of a few shared causes, and the distribution of each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.special import expit, ndtr

from sim import randomness
from sim.outcomes.people import Column

FARTHEST = 3.5  # SDs: nobody is drawn farther out


@dataclass(frozen=True)
class Drawn(Column):
    """A column that is drawn.

    Attributes:
        kind: normal (centre, spread = mean, SD), lognormal (median, geometric SD), or share (centre = share of ones).
        centre, spread: see there.
        causes: name of a shared cause -> correlation with it; their squares add up to at most 1.
        missing: expected share of missing values.
        unseen: how the log odds of being missing move with an SD of the value: it is not missing at random.
    """

    kind: Literal["normal", "lognormal", "share"] = "normal"
    centre: float = 0.0
    spread: float = 1.0
    causes: Mapping[str, float] = field(default_factory=dict)
    missing: float = 0.0
    unseen: float = 0.0


def standard(columns: Mapping[str, Drawn], keys: np.ndarray) -> dict[str, np.ndarray]:
    """Return standard normal numbers of every column, (people,), correlated through what they share.

    Args:
        columns: what is drawn.
        keys: (people,), of `sim.randomness.case_keys`.
    """
    causes = sorted({cause for column in columns.values() for cause in column.causes})
    shared = dict(zip(causes, randomness.normals(keys, "shared causes", 0, len(causes)), strict=True))
    own = randomness.normals(keys, "own causes", 0, len(columns))
    found = {}
    for (name, column), alone in zip(columns.items(), own, strict=True):
        rest = np.sqrt(1.0 - sum(share**2 for share in column.causes.values()))
        z = rest * alone + sum(share * shared[cause] for cause, share in column.causes.items())
        found[name] = np.clip(z, -FARTHEST, FARTHEST)
    return found


def values(column: Drawn, z: np.ndarray) -> np.ndarray:
    """Return what standard normal numbers are in a column, held within what is possible."""
    if column.kind == "share":
        return (ndtr(z) > 1.0 - column.centre).astype(float)
    spread = column.centre + column.spread * z
    value = column.centre * column.spread**z if column.kind == "lognormal" else spread
    return np.clip(value, column.low, column.high)


def shown(
    columns: Mapping[str, Drawn],
    z: Mapping[str, np.ndarray],
    complete: Mapping[str, np.ndarray],
    keys: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return complete columns with what nobody measured as NaN; more often so, the farther a value lies to one side."""
    chance = randomness.uniforms(keys, "missing", 0, len(columns))
    found = {}
    for (name, column), lot in zip(columns.items(), chance, strict=True):
        odds = np.log(column.missing / (1.0 - column.missing)) if column.missing else -np.inf
        found[name] = np.where(lot < expit(odds + column.unseen * z[name]), np.nan, complete[name])
    return found
