"""How good predictions are, as functions of arrays: concordance, errors, ranking, calibration.

What is a function of a few sums per case (concordance, root mean squared error, shares) is computed from the sums, so
that drawing patients 2,000 times costs one matrix product. Ranking takes weights (draws, samples) for the same end.
"""

from __future__ import annotations

import numpy as np

NEWTON = 12  # steps, enough to converge from nothing
CLOSE = 1e-9  # of a step after which the next one would change nothing


def concordance(measured: np.ndarray, predicted: np.ndarray) -> float:
    """Return Lin's concordance correlation coefficient of (samples,). Lin, Biometrics 1989;45:255."""
    everything = np.ones((len(measured), 1), dtype=bool)
    return float(concordance_of(case_sums(measured[:, None], predicted[:, None], everything)[0]))


def case_sums(measured: np.ndarray, predicted: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return count, Σy, Σp, Σy², Σp², Σyp of the counted samples of each case, (cases, 6)."""
    y = np.where(counted, measured, 0.0).astype(float)
    p = np.where(counted, predicted, 0.0).astype(float)
    parts = (counted, y, p, y**2, p**2, y * p)
    return np.stack([np.sum(part, axis=0, dtype=float) for part in parts], axis=1)


def concordance_of(sums: np.ndarray) -> np.ndarray:
    """Return Lin's coefficient from sums (..., 6); NaN where nothing varies."""
    n, y, p, yy, pp, yp = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        my, mp = y / n, p / n
        return 2.0 * (yp / n - my * mp) / (yy / n - my**2 + pp / n - mp**2 + (my - mp) ** 2)


def mean_square_of(sums: np.ndarray) -> np.ndarray:
    """Return the mean squared error from sums (..., 6); of probabilities, the score of Brier."""
    n, _, _, yy, pp, yp = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.maximum(yy + pp - 2.0 * yp, 0.0) / n


def root_mean_square_of(sums: np.ndarray) -> np.ndarray:
    """Return the root mean squared error from sums (..., 6)."""
    return np.sqrt(mean_square_of(sums))


def share_of(sums: np.ndarray) -> np.ndarray:
    """Return Σp / count from sums (..., 6), for yes-or-no samples as predictions."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[..., 2] / sums[..., 0]


def expected_to_observed(sums: np.ndarray) -> np.ndarray:
    """Return Σp / Σy from sums (..., 6): events expected by probabilities, of those observed; NaN without any."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums[..., 1] > 0.0, sums[..., 2] / sums[..., 1], np.nan)


def performance_error(measured: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return 100 (measured - predicted) / predicted, %; NaN where nothing was measured or nothing predicted.

    Varvel, Donoho & Shafer, J Pharmacokinet Biopharm 1992;20:63.
    """
    possible = np.isfinite(measured) & (predicted > 0.0)
    return 100.0 * (measured - predicted) / np.where(possible, predicted, np.nan)


def roc_area(event: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the receiver operating characteristic, ties counted half.

    Args:
        event: (samples,) bool.
        score: (samples,), higher is likelier.
        weights: (draws, samples), how often each sample counts.

    Returns:
        (draws,); NaN where a draw holds no event or nothing else.
    """
    order, last = _ranked(score)
    hits, misses = _totals(weights[:, order], event[order], last)
    below = np.cumsum(misses, axis=1) - 0.5 * misses
    with np.errstate(invalid="ignore", divide="ignore"):
        return (hits * below).sum(axis=1) / (hits.sum(axis=1) * misses.sum(axis=1))


def average_precision(event: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the precision-recall curve as average precision; see `roc_area`."""
    order, last = _ranked(-score)
    hits, misses = _totals(weights[:, order], event[order], last)
    found, raised = np.cumsum(hits, axis=1), np.cumsum(hits + misses, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(raised > 0.0, found / raised, 0.0)
        return (hits * precision).sum(axis=1) / hits.sum(axis=1)


def prediction_probability(truth: np.ndarray, score: np.ndarray) -> float:
    """Return Pk of (samples,): how likely a pair of different depth is ranked rightly. Smith, Stat Med 1996;15:1199.

    Pk = (Somers' d of the score given the truth + 1) / 2; NaN where the truth never differs.
    """
    from scipy.stats import somersd

    if len(truth) < 2 or np.ptp(truth) == 0.0:
        return float("nan")
    if np.ptp(score) == 0.0:  # every pair is tied, which scipy calls undefined
        return 0.5
    return float(0.5 * (somersd(truth, score).statistic + 1.0))


def calibration_slope(event: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the slope of the log odds of events on those predicted: 1 is right, below 1 overconfident.

    Logistic regression by Newton's method. Cox, Biometrika 1958;45:562. Arguments and result as in `roc_area`; NaN
    where everybody is told the same.
    """
    kept = np.clip(probability, 1e-6, 1.0 - 1e-6)
    x, y = np.log(kept / (1.0 - kept)), event.astype(float)

    a, b = np.zeros((2, len(weights)))
    if np.ptp(x) == 0.0:
        return b * np.nan
    for _ in range(NEWTON):
        expected = 1.0 / (1.0 + np.exp(-np.clip(a[:, None] + b[:, None] * x, -30.0, 30.0)))
        miss, spread = weights * (y - expected), weights * expected * (1.0 - expected)
        g0, g1 = miss.sum(1), miss @ x
        h0, h1, h2 = spread.sum(1), spread @ x, spread @ (x * x)
        with np.errstate(invalid="ignore", divide="ignore"):
            determinant = h0 * h2 - h1**2
            step = np.array([h2 * g0 - h1 * g1, h0 * g1 - h1 * g0]) / determinant
        a, b = a + step[0], b + step[1]
        if not (np.abs(step) > CLOSE).any():
            break
    return b


def _ranked(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the order of rising scores, and the last place of each run of equal ones."""
    order = np.argsort(score, kind="stable")
    return order, np.flatnonzero(np.append(np.diff(score[order]) > 0.0, True))


def _totals(weight: np.ndarray, event: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights of events and of others per distinct score, (draws, scores)."""
    each = (np.cumsum(weight * side, axis=1)[:, last] for side in (event, ~event))
    hits, misses = (np.diff(total, axis=1, prepend=0.0) for total in each)
    return hits, misses
