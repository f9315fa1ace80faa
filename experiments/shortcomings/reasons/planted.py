"""People whose harm has known reasons: what each column truly adds to the log odds of each of them.

The true risk is a function that anybody can ask, so that its Shapley values are known exactly (Shapley 1953; of models:
Lundberg & Lee, NIPS 2017): a column's share is what it adds to the log odds, over all orders in which the columns of a
person can take the place of those of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from scipy.special import log_ndtr

from sim import randomness
from sim.outcomes import drawing
from sim.outcomes.kidney import AXIS, COLUMNS, SKEWED, injury, needed

REASONS = ("crystalloid", "low_pressure", "cold_ischaemia", "donor_steatosis", "creatinine")
NAMES = tuple(COLUMNS)
BACKGROUND = 100  # people whose columns take the place of somebody's


@dataclass(frozen=True)
class Planted:
    """People without missing values, as models see them.

    Attributes:
        shown: (people, columns), logarithms of skewed ones.
        harmed: (people,), 0 or 1.
        columns: in their units.
    """

    shown: np.ndarray
    harmed: np.ndarray
    columns: Mapping[str, np.ndarray]


def cohort(count: int, seed: int) -> Planted:
    """Return people whose kidneys are injured by thresholds and an interaction."""
    keys = randomness.case_keys(seed, np.arange(count))
    z = drawing.standard(COLUMNS, keys)
    columns = {name: drawing.values(column, z[name]) for name, column in COLUMNS.items()}
    chance = 1.0 / (1.0 + np.exp(-log_odds(columns)))
    lot = randomness.uniforms(keys, "planted", 0, 1)[0]
    shown = [np.log(columns[name]) if name in SKEWED else columns[name] for name in NAMES]
    return Planted(np.stack(shown, axis=1), (lot < chance).astype(int), columns)


def log_odds(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the true log odds of injury, of `REASONS` in their units."""
    spread = np.sqrt(AXIS.spread**2 + 2.0 * AXIS.assay**2)
    z = (injury(AXIS, columns, {}) - needed(columns["creatinine"])) / spread
    return log_ndtr(z) - log_ndtr(-z)


def true_shares(people: Mapping[str, np.ndarray], others: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what each column truly adds to the log odds of people, beside others, (people, columns).

    Args:
        people, others: columns in their units; of others, the first `BACKGROUND` count.
    """
    worth = {
        group: _worth(group, people, others) for size in range(6) for group in combinations(REASONS, size)
    }
    count = len(REASONS)
    shares = np.zeros((len(people["age"]), len(NAMES)))
    for name in REASONS:
        for group in worth:
            if name in group:
                continue
            larger = tuple(one for one in REASONS if one in group or one == name)
            weight = factorial(len(group)) * factorial(count - len(group) - 1) / factorial(count)
            shares[:, NAMES.index(name)] += weight * (worth[larger] - worth[group])
    return shares


def _worth(
    group: tuple[str, ...], people: Mapping[str, np.ndarray], others: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Return the mean log odds of people whose columns outside of a group are others', (people,)."""
    mixed = {
        name: people[name][:, None] if name in group else others[name][None, :BACKGROUND] for name in REASONS
    }
    return np.broadcast_to(log_odds(mixed), (len(people["age"]), BACKGROUND)).mean(axis=1)
