"""Scores with intervals over subjects: what each is reduced to, how it is drawn again, and how two predictors differ.

A score first reduces a prediction to what depends on subjects only (sums, medians, ranked samples); an interval then
draws subjects again, the same ones for two predictors that are compared. Cases of one subject are drawn together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from experiments.judging.bootstrap import NOTHING, RESAMPLES, Interval, cluster_interval, resampled
from predictors.learning import measures
from sim.metrics.samples import median
from sim.registry import Registry, constants

LEVELS = 64  # of truth and prediction, into which Pk sorts samples
CLASSES = 8  # that a prediction of classes may have at most
# Predictions at most, and samples at least, of which those of a kind count together: the same, but quicker.
FEW, MANY = 1024, 5_000
CHUNK = 400_000  # weights of samples held at once; more would not fit a processor's cache

Statistic = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Score:
    """A figure of merit.

    Attributes:
        description: what it is, in a line.
        reduce: (target, predicted, counted, subject) -> what its interval is made from; arrays (samples, cases).
        interval: (own, reference or None, subject, seed) -> the score, or its difference to the reference's.
        digits, unit: how it is printed.
        compared: whether differences between predictors are of interest.
    """

    description: str
    reduce: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Any]
    interval: Callable[[Any, Any | None, np.ndarray, int], Interval]
    digits: int = 3
    unit: str = ""
    compared: bool = True


class Ranked(NamedTuple):
    """Samples that count, or the kinds of samples there are: event (bool) and prediction of each.

    Where many are of few kinds, `times` says how often each subject has each, (subjects, kinds), and `owner` is empty;
    else `owner` is the number of the subject that each sample belongs to.
    """

    event: np.ndarray
    predicted: np.ndarray
    owner: np.ndarray
    subjects: int
    times: np.ndarray | None = None

    def drawn(self, draws: np.ndarray) -> np.ndarray:
        """Return how often each counts, (draws, samples or kinds), where subjects count (draws, subjects) times."""
        return draws[:, self.owner] if self.times is None else draws @ self.times


def subject_sums(
    target: np.ndarray, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray
) -> np.ndarray:
    """Return the sums of `measures.case_sums` over the cases of each subject, (subjects, 6)."""
    return by_subject(measures.case_sums(target, predicted, counted), subject)


def by_subject(values: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Return sums over the cases of each subject, (subjects, ...), in sorted order of subjects."""
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
    return NOTHING if sums[:, 0].sum() < 2 else _of_drawn(sums, reference, statistic, seed)


def ranked(target: np.ndarray, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray) -> Ranked:
    """Return the samples that count, in a row; by their kinds where many samples share few predictions."""
    names, owner = np.unique(subject, return_inverse=True)
    whose = np.broadcast_to(owner, counted.shape)[counted]
    event, said = target[counted] > 0.5, predicted[counted].astype(float)
    values, place = np.unique(said, return_inverse=True)
    if len(values) > FEW or len(said) < MANY:
        return Ranked(event, said, whose, len(names))
    kinds = 2 * len(values)
    times = np.bincount(whose * kinds + len(values) * event + place, minlength=len(names) * kinds)
    times = times.reshape(len(names), kinds).astype(float)
    met = times.any(axis=0)
    happens, worth = np.repeat([False, True], len(values)), np.tile(values, 2)
    return Ranked(happens[met], worth[met], np.empty(0, dtype=int), len(names), times[:, met])


def of_ranked(
    own: Ranked,
    reference: Ranked | None,
    subject: np.ndarray,
    seed: int,
    statistic: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> Interval:
    """Return a statistic of ranked samples, or its difference to a reference's; NaN without events or others."""
    if own.event.all() or not own.event.any():
        return NOTHING

    def value(weights: np.ndarray) -> np.ndarray:
        draws = np.atleast_2d(weights)
        size = max(1, CHUNK // len(own.event))
        parts = [few(draws[first : first + size]) for first in range(0, len(draws), size)]
        return np.concatenate(parts) if weights.ndim > 1 else parts[0][0]

    def few(draws: np.ndarray) -> np.ndarray:
        found = statistic(own.event, own.predicted, own.drawn(draws))
        if reference is None:
            return found
        return found - statistic(reference.event, reference.predicted, reference.drawn(draws))

    return _drawn(value, own.subjects, seed)


def level_tables(
    target: np.ndarray, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray
) -> np.ndarray:
    """Return how often each level (quantile) of the truth met each of the prediction, (subjects, levels * LEVELS).

    The truth has as many levels as it needs: two, where it is yes or no.
    """
    places, rows = [], 1
    for values in (predicted, target):
        kept = values[counted]
        edges = np.quantile(kept, np.linspace(0.0, 1.0, LEVELS + 1)[1:-1]) if len(kept) else kept
        edges = np.unique(edges)
        places.append(np.searchsorted(edges, kept, side="right"))
        rows = len(edges) + 1
    names, owner = np.unique(subject, return_inverse=True)
    whose = np.broadcast_to(owner, counted.shape)[counted]
    cell = (whose * rows + places[1]) * LEVELS + places[0]
    return np.bincount(cell, minlength=len(names) * rows * LEVELS).reshape(len(names), -1).astype(float)


def prediction_probability_of(tables: np.ndarray) -> np.ndarray:
    """Return Pk from tables of levels (..., levels * LEVELS), ties counted half. Smith, Stat Med 1996;15:1199."""
    every = tables.reshape(-1, tables.shape[-1])
    size = max(1, CHUNK // every.shape[-1])
    parts = [_prediction_probability(every[first : first + size]) for first in range(0, len(every), size)]
    return np.concatenate(parts).reshape(tables.shape[:-1])


def _prediction_probability(tables: np.ndarray) -> np.ndarray:
    table = tables.reshape(len(tables), -1, LEVELS)
    smaller = np.cumsum(table, axis=1) - table  # of smaller truth, by predicted level
    below = np.cumsum(smaller, axis=2)
    right = np.einsum("dij,dij->d", table, below) - 0.5 * np.einsum("dij,dij->d", table, smaller)
    of_truth = table.sum(2)
    pairs = (of_truth * (np.cumsum(of_truth, axis=1) - of_truth)).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return right / pairs


def of_levels(own: np.ndarray, reference: np.ndarray | None, subject: np.ndarray, seed: int) -> Interval:
    """Return Pk of tables of levels, or its difference to a reference's; NaN where the truth never differs."""
    return _of_drawn(own, reference, prediction_probability_of, seed)


def errors(target: np.ndarray, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Return sums of how far predictions are off, see `subject_sums`."""
    return subject_sums(target, np.abs(predicted - target), counted, subject)


def right(target: np.ndarray, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Return sums of whether the predicted class is the true one, see `subject_sums`."""
    return subject_sums(target, predicted == target, counted, subject)


def confusions(
    target: np.ndarray, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray
) -> np.ndarray:
    """Return how often each true class, 0 to CLASSES - 1, met each predicted one, (subjects, CLASSES²)."""
    names, owner = np.unique(subject, return_inverse=True)
    whose = np.broadcast_to(owner, counted.shape)[counted]
    true, said = (values[counted].astype(int) for values in (target, predicted))
    cell = (whose * CLASSES + true) * CLASSES + said
    return np.bincount(cell, minlength=len(names) * CLASSES**2).reshape(len(names), -1).astype(float)


def macro_f1_of(tables: np.ndarray) -> np.ndarray:
    """Return the mean over the true classes of F1, from `confusions` (..., CLASSES²); NaN where there are none."""
    table = tables.reshape(*tables.shape[:-1], CLASSES, CLASSES)
    true, said = table.sum(-1), table.sum(-2)
    hit = np.diagonal(table, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(true > 0.0, 2.0 * hit / (true + said), 0.0)
        return each.sum(-1) / (true > 0.0).sum(-1)


def of_confusions(own: np.ndarray, reference: np.ndarray | None, subject: np.ndarray, seed: int) -> Interval:
    """Return the macro F1 of confusions, or its difference to a reference's."""
    return _of_drawn(own, reference, macro_f1_of, seed)


def medians(
    target: np.ndarray, predicted: np.ndarray, counted: np.ndarray, subject: np.ndarray, size: bool
) -> np.ndarray:
    """Return each case's median (absolute) performance error, %, (cases,); NaN without samples.

    The error is 100 (measured - predicted) / predicted. Varvel, J Pharmacokinet Biopharm 1992;20:63.
    """
    error = measures.performance_error(np.where(counted, target, np.nan), np.maximum(predicted, 1.0))
    return median(np.abs(error) if size else error)


def of_medians(own: np.ndarray, reference: np.ndarray | None, subject: np.ndarray, seed: int) -> Interval:
    """Return the mean over cases of their medians, or of the difference to a reference's."""
    return cluster_interval(own if reference is None else own - reference, subject, seed)


def naive_width(measured: np.ndarray, predicted: np.ndarray, counted: np.ndarray) -> float:
    """Return how wide the interval of the concordance would be if samples were independent: far too narrow.

    Fisher's z of the concordance. Lin, Biometrics 1989;45:255 (its asymptotic variance with the bias left out).
    """
    value = measures.concordance(measured[counted], predicted[counted])
    reach = 1.96 / np.sqrt(max(int(counted.sum()) - 3, 1))
    return float(np.tanh(np.arctanh(value) + reach) - np.tanh(np.arctanh(value) - reach))


def _drawn(value: Callable[[np.ndarray], Any], subjects: int, seed: int) -> Interval:
    """Return a value of weights of subjects, with the ends of its percentile interval."""
    estimate = float(value(np.ones(subjects)))
    if np.isnan(estimate):
        return NOTHING
    if subjects < 2:
        return Interval(estimate, float("nan"), float("nan"))
    return Interval(
        estimate, *resampled(lambda counts: value(counts.astype(float)), subjects, seed, RESAMPLES)
    )


def _of_drawn(sums: np.ndarray, reference: np.ndarray | None, statistic: Statistic, seed: int) -> Interval:
    """Return a statistic of sums over subjects, or its difference to a reference's."""

    def value(weights: np.ndarray) -> np.ndarray:
        own = statistic(weights @ sums)
        return own if reference is None else own - statistic(weights @ reference)

    return _drawn(value, len(sums), seed)


def _of_sums(
    own: np.ndarray, reference: np.ndarray | None, subject: np.ndarray, seed: int, of: Statistic
) -> Interval:
    return pooled_difference(own, reference, of, seed)


def _from_sums(description: str, of: Statistic, **how: Any) -> Score:
    return Score(description, subject_sums, partial(_of_sums, of=of), **how)


def _from_ranks(description: str, statistic: Any, **how: Any) -> Score:
    return Score(description, ranked, partial(of_ranked, statistic=statistic), **how)


CCC = _from_sums("Lin's concordance of all samples", measures.concordance_of)
RMSE = _from_sums("root mean squared error of all samples", measures.root_mean_square_of, digits=2)
BRIER = _from_sums("mean squared error of probabilities", measures.mean_square_of, digits=4)
COVERAGE_80 = _from_sums("share of samples inside the 80 % interval", measures.share_of, compared=False)
MDPE = Score(
    "mean over cases of the median performance error", partial(medians, size=False), of_medians, 1, " %"
)
MDAPE = Score(
    "mean over cases of the median absolute performance error",
    partial(medians, size=True),
    of_medians,
    1,
    " %",
)
AUROC = _from_ranks("area under the receiver operating characteristic", measures.roc_area)
AUPRC = _from_ranks("area under the precision-recall curve", measures.average_precision)
CALIBRATION_SLOPE = _from_ranks(
    "slope of the log odds on those predicted", measures.calibration_slope, compared=False
)
EXPECTED_TO_OBSERVED = _from_sums(
    "events expected by probabilities, of those observed",
    measures.expected_to_observed,
    compared=False,
    digits=2,
)
PK = Score(
    "prediction probability, on quantile levels",
    level_tables,
    of_levels,
)
MAE = Score("mean absolute error of all samples", errors, partial(_of_sums, of=measures.share_of), digits=2)
ACCURACY = Score("share of samples whose class is right", right, partial(_of_sums, of=measures.share_of))
MACRO_F1 = Score("mean over classes of F1", confusions, of_confusions)

SCORES = Registry(
    "score",
    **constants(
        "experiments.judging.scores:",
        "CCC RMSE MDPE MDAPE coverage_80 AUROC AUPRC Brier calibration_slope expected_to_observed Pk MAE accuracy"
        " macro_F1",
    ),
)
