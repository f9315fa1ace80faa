"""Fits hazards of two competing events, up and down, that depend on features and on who the clinician is.

A dial is turned up at the rate exp(features·up + activity + drive) a minute, and down at exp(features·down + activity
- drive); activity and drive are normal between cases. Penalised likelihood of the point process, variances by
expectation-maximisation with Laplace's approximation (Breslow & Clayton, J Am Stat Assoc 1993;88:9).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# How the fit is done (choice).
ROUNDS = 40  # of expectation and maximisation
STEPS = 3  # of Newton in a round
RIDGE = 1e-2  # on coefficients, so that a feature that never was has none
LEAST_SD = 0.05  # of a trait


@dataclass(frozen=True)
class Process:
    """Events, and the moments at which they could have happened.

    Attributes:
        at: (features, events), just before each.
        way: (events,), 1 up, -1 down.
        who: (events,), index of the case.
        around: (features, moments), on a grid.
        whose: (moments,), index of the case.
        minutes: that one moment stands for.
        cases: how many.
    """

    at: np.ndarray
    way: np.ndarray
    who: np.ndarray
    around: np.ndarray
    whose: np.ndarray
    minutes: float
    cases: int


@dataclass(frozen=True)
class Hazards:
    """A fit: coefficients (2, features), up and down; activity and drive of each case (2, cases), and their SDs."""

    coefficients: np.ndarray
    own: np.ndarray
    sd: np.ndarray


def fit(process: Process) -> Hazards:
    """Return the hazards that make the events most likely."""
    count = len(process.at)
    coefficients = np.zeros((2, count))
    shares = [np.mean(process.way == way) if len(process.way) else 0.5 for way in (1.0, -1.0)]
    total = max(len(process.way), 1) / max(len(process.whose) * process.minutes, 1.0)
    coefficients[:, 0] = np.log(total * np.maximum(shares, 0.01))
    own, sd = np.zeros((2, process.cases)), np.array([0.5, 0.5])
    for _ in range(ROUNDS):
        for _ in range(STEPS):
            coefficients, own, spread = _newton(process, coefficients, own, sd)
        sd = np.maximum(np.sqrt((own**2 + spread).mean(axis=1)), LEAST_SD)
    return Hazards(coefficients, own, sd)


def log_likelihood(process: Process, hazards: Hazards) -> float:
    """Return the log-likelihood of the events, given who the clinicians are."""
    up, down = _rates(process.around, process.whose, hazards.coefficients, hazards.own)
    at = np.log(_rates(process.at, process.who, hazards.coefficients, hazards.own))
    return float(np.where(process.way > 0, *at).sum() - process.minutes * (up + down).sum())


def _rates(features: np.ndarray, who: np.ndarray, coefficients: np.ndarray, own: np.ndarray) -> np.ndarray:
    activity, drive = own[:, who]
    up, down = coefficients @ features
    return np.exp(np.minimum(np.stack([up + activity + drive, down + activity - drive]), 5.0))


def _newton(
    process: Process, coefficients: np.ndarray, own: np.ndarray, sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step: new coefficients, new own deviations, and their posterior variances, (2, cases).

    The cases' 2x2 blocks are eliminated first, so that only a small system is left.
    """
    count = len(process.at)
    expected = process.minutes * _rates(process.around, process.whose, coefficients, own)  # (2, moments)
    slope, curve, cross = (
        np.zeros(2 * count),
        np.zeros((2 * count, 2 * count)),
        np.zeros((process.cases, 2, 2 * count)),
    )
    pull, block = -(own / sd[:, None] ** 2).T, np.zeros((process.cases, 2, 2)) + np.diag(sd**-2.0)
    for number, way in enumerate((1.0, -1.0)):
        part, sign = slice(number * count, (number + 1) * count), np.array([1.0, way])
        chosen, weight = process.way == way, expected[number]
        slope[part] = (
            process.at[:, chosen].sum(axis=1) - process.around @ weight - RIDGE * coefficients[number]
        )
        curve[part, part] = (process.around * weight) @ process.around.T + RIDGE * np.eye(count)
        sums = np.stack(
            [np.bincount(process.whose, row * weight, process.cases) for row in process.around], axis=1
        )
        cross[:, :, part] = sign[:, None] * sums[:, None, :]
        total = np.bincount(process.whose, weight, process.cases)
        excess = np.bincount(process.who[chosen], minlength=process.cases) - total
        pull += excess[:, None] * sign
        block += total[:, None, None] * np.outer(sign, sign)
    inverse = np.linalg.inv(block)
    solved = inverse @ cross  # (cases, 2, 2 features)
    reduced = curve - np.einsum("cij,cik->jk", cross, solved)
    move = np.linalg.solve(reduced, slope - np.einsum("cij,ci->j", solved, pull))
    each = np.einsum("cij,cj->ci", inverse, pull) - solved @ move
    scale = min(1.0, 1.5 / max(np.abs(move).max(), np.abs(each).max(), 1e-9))
    spread = np.einsum("cii->ci", inverse).T
    return coefficients + scale * move.reshape(2, count), own + scale * each.T, spread
