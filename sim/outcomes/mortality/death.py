"""Who dies within 30 days: frailty, and the way in which a sag ran. After Fritz BA, Br J Anaesth 2019;123:688.

People are a design: no figure of the paper went into it but that 1 % die. The log odds are those of frailty plus
`kappa` times `effect`, for a sag that sets in fast and passes off slowly, minus it for the same sag backwards. With
`kappa` 0 minutes say nothing that frailty does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from sim import randomness
from sim.outcomes import drawing
from sim.outcomes.mortality import frailty
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import MINUTES, Hour, hour
from sim.outcomes.people import People
from sim.settings import whole

DEATH = "death"
POINTS = 60  # of a normal distribution


@dataclass(frozen=True)
class Mortality:
    """Who dies.

    Attributes:
        kappa: how much the way of the sag matters: 0 not at all, 1 as designed.
        effect: log odds at kappa 1.
        prevalence: expected share of people who die.
    """

    kappa: float = 1.0
    effect: float = 1.5
    prevalence: float = 0.01

    def __post_init__(self) -> None:
        if not 0.0 <= self.kappa < np.inf:
            raise ValueError(f"kappa: {self.kappa} is not allowed; 0 or more")
        if not 0.0 < self.prevalence < 1.0:
            raise ValueError(f"prevalence: {self.prevalence} is not allowed; above 0, below 1")

    @property
    def motif(self) -> float:
        """Log odds that a sag adds which sets in fast; one that sets in slowly takes them away."""
        return self.kappa * self.effect


SILENT, TELLING = Mortality(kappa=0.0), Mortality(kappa=1.0)


@cache
def intercept(mortality: Mortality) -> float:
    """Return the log odds of somebody of mean frailty, so that the prevalence is as asked for."""
    places, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    moved = np.concatenate([frailty.spread() * places + way * mortality.motif for way in (1.0, -1.0)])
    share = np.tile(weights / weights.sum() / 2.0, 2)
    return float(brentq(lambda start: share @ expit(start + moved) - mortality.prevalence, -30.0, 30.0))


def people(mortality: Mortality, count: int, seed: int) -> People:
    """Return people with the outcome `death`, an hour of series, and what is true of them.

    Hidden are `frailty` and `motif`, what each adds to the log odds; `way` of the sag, +1 or -1; and `sagging`,
    (MINUTES, people), 1 in the minutes of the sag, which is seen in the channels `hour.CARRIERS`.

    Raises:
        ValueError: fewer than one person, a seed below 0.
    """
    keys = randomness.case_keys(whole("seed", seed), np.arange(whole("people", count, 1)))
    z, columns = frailty.drawn(keys)
    frail = frailty.log_odds(z)
    lived = hour(keys, frail / frailty.spread())
    motif = mortality.motif * lived.way
    risk = expit(intercept(mortality) + frail + motif)
    return People(
        subject=np.arange(count),
        columns=drawing.shown(COLUMNS, z, columns, keys),
        series=lived.series,
        outcomes={DEATH: (randomness.uniforms(keys, "death", 0, 1)[0] < risk).astype(float)},
        risks={DEATH: risk},
        hidden={"frailty": frail, "motif": motif, "way": lived.way, "sagging": _sagging(lived)},
    )


def _sagging(lived: Hour) -> np.ndarray:
    since = np.arange(MINUTES)[:, None] - lived.begin
    return ((since >= 0) & (since < lived.length)).astype(np.float32)
