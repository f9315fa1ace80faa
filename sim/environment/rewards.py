"""What is good for the patient: named terms, each a pure function of the truth, weighted and summed by the user.

A term looks at one control period and returns (patients,): 0 is nothing to complain about (or to praise).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.registry import Registry
from sim.settings import shown
from sim.surgery import EMERGENCE
from sim.truth import Truth
from sim.units import mg_per_kg_h, ug_per_kg_min

TARGET = 50.0


class Period(NamedTuple):
    """What a reward may know: truth at its end, phase and delivered rates, weight (kg), lost (bool)."""

    truth: Truth
    phase: Array
    delivered: Array
    weight: Array
    lost: Array


def depth(period: Period) -> Array:
    """Minus the distance of true BIS from 50, as a fraction of 50, until emergence."""
    return (period.phase < EMERGENCE) * -np.abs(period.truth.bis - TARGET) / TARGET


def in_range(period: Period) -> Array:
    """1 while true BIS is 40 to 60, until emergence."""
    bis = period.truth.bis
    return ((period.phase < EMERGENCE) & (bis >= 40.0) & (bis <= 60.0)).astype(float)


def awareness(period: Period) -> Array:
    """Minus the probability of being conscious above BIS 60 between intubation and emergence."""
    surgery = (period.phase > 0) & (period.phase < EMERGENCE)
    return (surgery & (period.truth.bis > 60.0)) * (period.truth.unconscious - 1.0)


def hypotension(period: Period) -> Array:
    """Minus the depth of true mean arterial pressure below 65 mmHg, per 20 mmHg."""
    return -np.maximum(65.0 - period.truth.mean_arterial_pressure, 0.0) / 20.0


def hypertension(period: Period) -> Array:
    """Minus the height of true mean arterial pressure above 110 mmHg, per 20 mmHg."""
    return -np.maximum(period.truth.mean_arterial_pressure - 110.0, 0.0) / 20.0


def propofol(period: Period) -> Array:
    """Minus the delivered propofol, per 10 mg/kg/h."""
    return -mg_per_kg_h(period.delivered[PROPOFOL], period.weight) / 10.0


def remifentanil(period: Period) -> Array:
    """Minus the delivered remifentanil, per 0.25 µg/kg/min."""
    return -ug_per_kg_min(period.delivered[REMIFENTANIL], period.weight) / 0.25


def norepinephrine(period: Period) -> Array:
    """Minus the delivered norepinephrine, per 0.1 µg/kg/min."""
    return -ug_per_kg_min(period.delivered[NOREPINEPHRINE], period.weight) / 0.1


def recovery(period: Period) -> Array:
    """1 while true BIS is above 80 in emergence."""
    return ((period.phase >= EMERGENCE) & (period.truth.bis > 80.0)).astype(float)


def lost(period: Period) -> Array:
    """Minus 1 for a patient lost."""
    return -period.lost.astype(float)


TERMS = Registry(
    "reward term",
    depth="sim.environment.rewards:depth",
    in_range="sim.environment.rewards:in_range",
    awareness="sim.environment.rewards:awareness",
    hypotension="sim.environment.rewards:hypotension",
    hypertension="sim.environment.rewards:hypertension",
    propofol="sim.environment.rewards:propofol",
    remifentanil="sim.environment.rewards:remifentanil",
    norepinephrine="sim.environment.rewards:norepinephrine",
    recovery="sim.environment.rewards:recovery",
    lost="sim.environment.rewards:lost",
)
DEFAULT_WEIGHTS = {"depth": 1.0, "in_range": 0.5, "hypotension": 0.5, "recovery": 0.5, "lost": 100.0}


class Weighted(NamedTuple):
    """A term of a reward: its name in `TERMS`, its weight, and what it is of a period, (patients,)."""

    name: str
    weight: float
    term: Callable[[Period], Array]


def weighted(weights: Mapping[str, float]) -> tuple[Weighted, ...]:
    """Return the terms with their weights.

    Raises:
        ValueError: an unknown term, one that is no function, or a weight that is not finite.
    """
    found = tuple(Weighted(name, weight, TERMS.get(name)) for name, weight in weights.items())
    for name, weight, term in found:
        if not callable(term):
            raise ValueError(f"reward term {name!r}: {shown(term)} is not allowed; a function of a Period")
        if not np.isfinite(weight):
            raise ValueError(f"reward: weight {weight} of {name!r} is not allowed; a finite number")
    return found


def evaluate(terms: tuple[Weighted, ...], period: Period) -> tuple[Array, dict[str, Array]]:
    """Return the weighted sum (patients,) and each weighted term by name.

    Raises:
        ValueError: naming the term that gives no array of numbers (patients,), or one that is not finite.
    """
    values = {}
    for name, weight, term in terms:
        value = term(period)
        if (found := getattr(value, "shape", None)) != period.weight.shape:
            raise ValueError(
                f"reward term {name!r} has shape {found}, which is not allowed; {period.weight.shape}"
            )
        values[name] = weight * value
    total = sum(values.values(), np.zeros_like(period.weight))
    if not np.isfinite(total).all():
        name = next(name for name, value in values.items() if not np.isfinite(value).all())
        raise ValueError(f"reward term {name!r} is not finite, which is not allowed; numbers")
    return total, values
