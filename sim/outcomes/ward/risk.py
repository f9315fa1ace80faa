"""How likely an outcome is, given who somebody is and what was done: odds, moved link by link.

The logarithms of the odds ratios add up, each in proportion to its exposure and to the share of it that is causal. The
odds they start from are those at which people like recorded ones, exposed to what is usual, have the published
incidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from sim.cohort.people import recorded_people
from sim.outcomes.ward.exposures import EXPOSURES
from sim.outcomes.ward.links import OUTCOMES, Links, used
from sim.outcomes.ward.people import as_exposures, asa
from sim.randomness import case_keys

Exposures = Mapping[str, np.ndarray]
PEOPLE, SEED = 4000, 0  # who are meant by people like recorded ones
FARTHEST = 40.0  # of the log odds that are looked for


def risk(links: Links, outcome: str, exposures: Exposures, incidence: float | None = None) -> np.ndarray:
    """Return the probability of an outcome, (patients,).

    Args:
        links: the table.
        outcome: of `OUTCOMES`.
        exposures: every exposure of the used links, (patients,), in its unit.
        incidence: of people like recorded ones, usually exposed; what is published if none is given.

    Raises:
        ValueError: an exposure that is missing, no number or impossible; an incidence that is not between 0 and 1.
    """
    rows = used(links, outcome)
    for link in rows:
        _check(link.exposure, exposures)
    base = OUTCOMES[outcome].incidence if incidence is None else incidence
    return expit(intercept(rows, base) + moved(rows, exposures))


def moved(rows: Links, exposures: Exposures) -> np.ndarray:
    """Return by how much exposures move the log odds, (patients,)."""
    total = np.zeros(len(next(iter(exposures.values()))))
    for link in rows:
        amount = (np.asarray(exposures[link.exposure], dtype=float) - link.usual) / link.per
        total = total + link.causal * np.log(link.odds_ratio) * amount
    return total


@cache
def intercept(rows: Links, incidence: float) -> float:
    """Return the log odds of somebody whom no link moves. Raises ValueError at an incidence not between 0 and 1."""
    if not 0.0 < incidence < 1.0:
        raise ValueError(f"incidence: {incidence} is not allowed; between 0 and 1")
    shift = moved(tuple(link for link in rows if not link.done), _people())
    return float(brentq(lambda start: expit(start + shift).mean() - incidence, -FARTHEST, FARTHEST))


@cache
def _people() -> Exposures:
    """Return people like recorded ones, who lose no blood."""
    keys = case_keys(SEED, np.arange(PEOPLE))
    age = recorded_people(keys).age
    nothing = np.zeros(PEOPLE)
    return {"age": age, **as_exposures(asa(keys, age)), "blood_loss": nothing, "haemoglobin_fall": nothing}


def _check(name: str, exposures: Exposures) -> None:
    if name not in exposures:
        raise ValueError(f"exposure {name!r} is missing; there are {', '.join(exposures)}")
    values, exposure = np.asarray(exposures[name], dtype=float), EXPOSURES[name]
    bad = ~((values >= 0.0) & (values <= exposure.highest))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"{name}: {values[row]:g} (patient {row + 1}) is not allowed; 0 to {exposure.highest:g} {exposure.unit}"
        )
