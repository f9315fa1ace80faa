"""How good a prediction of the index is: concordance, errors, coverage, with intervals that draw patients again.

Concordance and root mean squared error are functions of a few sums per case, so that 2,000 resamples of patients
cost one matrix product. Cases of one subject are drawn together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.judging.prediction_errors import performance_error
from experiments.judging.statistics import RESAMPLES, Interval, percentile_ends, resample_counts

NOTHING = Interval(float("nan"), float("nan"), float("nan"))
Statistic = Callable[[np.ndarray], np.ndarray]


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


def root_mean_square_of(sums: np.ndarray) -> np.ndarray:
    """Return the root mean squared error from sums (..., 6)."""
    n, _, _, yy, pp, yp = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(np.maximum(yy + pp - 2.0 * yp, 0.0) / n)


def share_of(sums: np.ndarray) -> np.ndarray:
    """Return Σp / count from sums (..., 6), for yes-or-no samples as predictions."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[..., 2] / sums[..., 0]


def by_subject(values: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Return sums over the cases of each subject, (subjects, ...)."""
    names, owner = np.unique(subject, return_inverse=True)
    total = np.zeros((len(names), *values.shape[1:]))
    np.add.at(total, owner, values)
    return total


def pooled(sums: np.ndarray, statistic: Statistic, seed: int = 0) -> Interval:
    """Return a statistic of all samples together, with its interval from drawing subjects again.

    Args:
        sums: (subjects, ...).
        statistic: from sums (..., 6) to numbers.
        seed: of the draws.
    """
    return pooled_difference(sums, None, statistic, seed)


def pooled_difference(
    sums: np.ndarray, reference: np.ndarray | None, statistic: Statistic, seed: int = 0
) -> Interval:
    """Return the difference of a pooled statistic to a reference's, the same subjects drawn for both."""
    if sums[:, 0].sum() < 2:
        return NOTHING

    def value(weights: np.ndarray) -> np.ndarray:
        own = statistic(weights @ sums)
        return own if reference is None else own - statistic(weights @ reference)

    estimate = float(value(np.ones(len(sums))))
    if len(sums) < 2:
        return Interval(estimate, float("nan"), float("nan"))
    return Interval(
        estimate, *percentile_ends(value(resample_counts(len(sums), RESAMPLES, seed).astype(float)))
    )


def naive_width(measured: np.ndarray, predicted: np.ndarray, counted: np.ndarray) -> float:
    """Return how wide the interval of the concordance would be if samples were independent: far too narrow.

    Fisher's z of the concordance. Lin, Biometrics 1989;45:255 (its asymptotic variance with the bias left out).
    """
    value = concordance(measured[counted], predicted[counted])
    reach = 1.96 / np.sqrt(max(int(counted.sum()) - 3, 1))
    return float(np.tanh(np.arctanh(value) + reach) - np.tanh(np.arctanh(value) - reach))


def median_errors(
    measured: np.ndarray, predicted: np.ndarray, counted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each case's median and median absolute performance error, %, (cases,); NaN without samples.

    The error is 100 (measured - predicted) / predicted. Varvel, J Pharmacokinet Biopharm 1992;20:63.
    """
    error = performance_error(np.where(counted, measured, np.nan), np.maximum(predicted, 1.0))
    return case_medians(error), case_medians(np.abs(error))


def case_medians(values: np.ndarray) -> np.ndarray:
    """Return the median of each column, NaN left out; NaN where nothing is left."""
    ordered = np.sort(values, axis=0)  # NaN sorts last
    count = np.isfinite(ordered).sum(axis=0)
    rows = np.stack([np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2])
    return np.take_along_axis(ordered, rows, axis=0).mean(axis=0)
