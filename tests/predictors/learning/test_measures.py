"""How good predictions are, against textbook formulas, counts over pairs, and other people's optimisers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from predictors.learning import measures
from predictors.learning.measures import (
    average_precision,
    calibration_slope,
    case_sums,
    concordance,
    mean_square_of,
    performance_error,
    prediction_probability,
    roc_area,
    root_mean_square_of,
    share_of,
)

RANKED = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30)


def lin(measured, predicted):
    """Lin, Biometrics 1989;45:255, as printed: population variances and covariance."""
    covariance = np.mean((measured - measured.mean()) * (predicted - predicted.mean()))
    return 2 * covariance / (measured.var() + predicted.var() + (measured.mean() - predicted.mean()) ** 2)


def noisy(samples=200, cases=12, seed=0):
    """An index that differs from case to case, predictions that share some of it, and which samples count."""
    random = np.random.default_rng(seed)
    measured = 50.0 + 8.0 * random.standard_normal(cases) + 4.0 * random.standard_normal((samples, cases))
    predicted = 48.0 + 0.5 * (measured - 50.0) + 5.0 * random.standard_normal(cases)
    return measured, predicted, random.uniform(size=measured.shape) < 0.8


def once(statistic, event, score):
    """A statistic of samples that count once each."""
    (found,) = statistic(np.asarray(event, dtype=bool), np.asarray(score, float), np.ones((1, len(event))))
    return found


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=50))
def test_concordance_is_the_textbook_formula(pairs):
    measured, predicted = np.array(pairs, dtype=float).T
    if measured.var() + predicted.var() + abs(measured.mean() - predicted.mean()) > 0.0:
        assert concordance(measured, predicted) == pytest.approx(lin(measured, predicted), abs=1e-9)


def test_concordance_at_its_extremes():
    y = np.array([30.0, 40.0, 50.0, 70.0])
    assert concordance(y, y) == pytest.approx(1.0)
    assert concordance(y, 2.0 * y.mean() - y) == pytest.approx(-1.0)
    assert concordance(y, np.full(4, y.mean())) == pytest.approx(0.0)
    # a shift by k SD costs as much as Lin says: 1 / (1 + k² / 2)
    assert concordance(y, y + y.std()) == pytest.approx(1.0 / 1.5)
    assert np.isnan(concordance(np.full(4, 5.0), np.full(4, 5.0)))


def test_sums_of_cases_hold_every_measure_that_is_made_of_them():
    measured, predicted, counted = noisy()
    sums = case_sums(measured, predicted, counted).sum(axis=0)
    y, p = measured[counted], predicted[counted]
    assert measures.concordance_of(sums) == pytest.approx(lin(y, p))
    assert mean_square_of(sums) == pytest.approx(np.mean((y - p) ** 2))
    assert root_mean_square_of(sums) == pytest.approx(np.sqrt(np.mean((y - p) ** 2)))
    hit = np.abs(measured - predicted) < 5.0
    assert share_of(case_sums(measured, hit, counted).sum(axis=0)) == pytest.approx(hit[counted].mean())


def test_the_mean_square_of_probabilities_is_the_score_of_brier():
    event, probability = np.array([[1.0], [0.0], [1.0]]), np.array([[0.8], [0.3], [0.5]])
    sums = case_sums(event, probability, np.ones((3, 1), dtype=bool))
    assert mean_square_of(sums) == pytest.approx([(0.04 + 0.09 + 0.25) / 3.0])


def test_a_perfect_prediction_has_no_error_however_large_the_numbers():
    large = np.full((1000, 1), 1e6 + 0.1)
    assert root_mean_square_of(case_sums(large, large, np.ones_like(large, dtype=bool)))[0] == 0.0


def test_samples_that_do_not_count_may_hold_anything():
    measured, predicted, counted = noisy()
    dirty = case_sums(np.where(counted, measured, np.nan), np.where(counted, predicted, np.inf), counted)
    np.testing.assert_array_equal(dirty, case_sums(measured, predicted, counted))


def test_performance_errors_are_in_percent_of_the_prediction_and_missing_where_either_is():
    found = performance_error(np.array([55.0, 45.0, np.nan, 10.0]), np.array([50.0, 50.0, 50.0, 0.0]))
    np.testing.assert_allclose(found, [10.0, -10.0, np.nan, np.nan])


def pairs_won(event, score):
    """Every event beside everything else: the share of pairs in which it scores higher, ties half."""
    hits, misses = score[event], score[~event]
    won = [float(hit > miss) + 0.5 * float(hit == miss) for hit in hits for miss in misses]
    return np.mean(won)


@settings(deadline=None, max_examples=150)
@given(RANKED)
def test_the_area_under_the_roc_is_the_share_of_pairs_ranked_rightly(samples):
    event, score = (np.array(column) for column in zip(*samples, strict=True))
    if event.any() and not event.all():
        assert once(roc_area, event, score) == pytest.approx(pairs_won(event, score), abs=1e-12)


def test_the_area_under_the_roc_is_the_statistic_of_mann_and_whitney():
    random = np.random.default_rng(0)
    event = random.uniform(size=300) < 0.3
    score = np.round(random.standard_normal(300) + event, 1)  # many ties
    u = stats.mannwhitneyu(score[event], score[~event]).statistic
    assert once(roc_area, event, score) == pytest.approx(u / (event.sum() * (~event).sum()))


def stepped(event, score):
    """Average precision as printed: at each threshold, from high to low, precision times the recall that it adds."""
    total, recall = 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        raised = score >= threshold
        found = event[raised].sum()
        total += found / raised.sum() * (found / event.sum() - recall)
        recall = found / event.sum()
    return total


@settings(deadline=None, max_examples=150)
@given(RANKED)
def test_average_precision_adds_up_precision_over_the_recall_it_brings(samples):
    event, score = (np.array(column) for column in zip(*samples, strict=True))
    if event.any():
        assert once(average_precision, event, score) == pytest.approx(stepped(event, score), abs=1e-12)


def test_average_precision_at_its_extremes():
    event = np.array([True, True, False, False, False])
    assert once(average_precision, event, [5, 4, 3, 2, 1]) == pytest.approx(1.0)
    assert once(average_precision, event, [7, 7, 7, 7, 7]) == pytest.approx(0.4)  # how common events are
    assert once(average_precision, event, [1, 2, 3, 4, 5]) == pytest.approx((1 / 4 + 2 / 5) / 2)


@pytest.mark.parametrize("statistic", [roc_area, average_precision, calibration_slope])
def test_a_weight_counts_a_sample_as_often_as_it_says(statistic):
    random = np.random.default_rng(1)
    score = np.round(random.uniform(0.05, 0.95, 60), 1)
    event = random.uniform(size=60) < score
    weights = random.integers(0, 4, (7, 60))
    found = statistic(event, score, weights)
    for weight, value in zip(weights, found, strict=True):
        repeated = once(statistic, np.repeat(event, weight), np.repeat(score, weight))
        assert value == pytest.approx(repeated, rel=1e-6)


def test_a_draw_without_an_event_or_without_anything_else_has_no_area():
    event, score = np.array([True, False, False]), np.array([0.9, 0.5, 0.1])
    weights = np.array([[0.0, 1.0, 1.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    np.testing.assert_array_equal(roc_area(event, score, weights), [np.nan, np.nan, 1.0])
    np.testing.assert_array_equal(average_precision(event, score, weights), [np.nan, 1.0, 1.0])


def pairs_of(truth, score):
    """Concordant, discordant, and tied only in the score, over all pairs. Smith, Stat Med 1996;15:1199."""
    concordant = discordant = tied = 0
    for (t1, s1), (t2, s2) in itertools.combinations(zip(truth, score, strict=True), 2):
        if t1 != t2:
            order = (t1 - t2) * (s1 - s2)
            concordant, discordant, tied = (
                concordant + (order > 0),
                discordant + (order < 0),
                tied + (order == 0),
            )
    return concordant, discordant, tied


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=25))
def test_pk_counts_pairs_of_different_depth_and_ties_of_the_score_half(samples):
    truth, score = np.array(samples, dtype=float).T
    concordant, discordant, tied = pairs_of(truth, score)
    found = prediction_probability(truth, score)
    if concordant + discordant + tied == 0:
        assert np.isnan(found)
    else:
        expected = (concordant + 0.5 * tied) / (concordant + discordant + tied)
        assert found == pytest.approx(expected, abs=1e-9)


def test_pk_at_its_extremes():
    depth = np.array([1.0, 2.0, 2.0, 3.0])
    assert prediction_probability(depth, np.array([10.0, 20.0, 30.0, 40.0])) == pytest.approx(1.0)
    assert prediction_probability(depth, -depth) == pytest.approx(0.0)
    assert prediction_probability(depth, np.full(4, 7.0)) == pytest.approx(0.5)
    assert np.isnan(prediction_probability(np.ones(4), depth))
    assert np.isnan(prediction_probability(np.ones(1), np.ones(1)))


def test_pk_of_two_depths_is_the_area_under_the_roc():
    random = np.random.default_rng(3)
    event = random.uniform(size=80) < 0.4
    score = np.round(random.standard_normal(80) + event, 1)
    assert prediction_probability(event.astype(float), score) == pytest.approx(once(roc_area, event, score))


def fitted(event, probability, weight):
    """The slope of logistic regression on the log odds, by somebody else's optimiser."""
    x = np.log(probability / (1.0 - probability))

    def misfit(line):
        odds = line[0] + line[1] * x
        return (weight * (np.logaddexp(0.0, odds) - event * odds)).sum()

    return optimize.minimize(misfit, [0.0, 1.0], method="BFGS", options={"gtol": 1e-8}).x[1]


@pytest.mark.parametrize("confidence", [0.1, 0.5, 1.0, 2.5])
def test_the_calibration_slope_is_that_of_logistic_regression(confidence):
    random = np.random.default_rng(4)
    odds = random.normal(-0.5, 1.0, 400)
    event = random.uniform(size=400) < 1.0 / (1.0 + np.exp(-odds))
    said = 1.0 / (1.0 + np.exp(-confidence * odds))
    weights = random.integers(0, 3, (3, 400))
    found = calibration_slope(event, said, weights)
    for weight, slope in zip(weights, found, strict=True):
        assert slope == pytest.approx(fitted(event, said, weight), rel=1e-4)
    assert once(calibration_slope, event, said) == pytest.approx(1.0 / confidence, abs=0.35 / confidence)


def test_the_calibration_slope_of_two_groups_is_a_ratio_of_log_odds():
    """With two predictions the line passes through both groups, so the slope is read off the table."""
    probability = np.repeat([0.2, 0.6], 50)
    event = np.r_[np.arange(50) < 15, np.arange(50) < 20]  # 0.3 and 0.4 of them
    odds = np.log([0.2 / 0.8, 0.6 / 0.4]), np.log([0.3 / 0.7, 0.4 / 0.6])
    expected = np.diff(odds[1]) / np.diff(odds[0])
    assert once(calibration_slope, event, probability) == pytest.approx(expected.item())


def test_who_tells_everybody_the_same_has_no_calibration_slope():
    assert np.isnan(once(calibration_slope, [True, False, True], [0.4, 0.4, 0.4]))


def test_probabilities_of_nothing_and_of_everything_are_calibrated_without_infinity():
    random = np.random.default_rng(5)
    said = np.r_[np.zeros(5), np.ones(5), random.uniform(0.2, 0.8, 90)]
    event = random.uniform(size=100) < 0.5
    assert np.isfinite(once(calibration_slope, event, said))
