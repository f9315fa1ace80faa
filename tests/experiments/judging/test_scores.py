"""How good a prediction is said to be: textbook concordance, intervals that draw patients, smoothing, stretching."""

from __future__ import annotations

import numpy as np
import pytest
from experiments.depth.learning import LARGEST_LOSS, stretch
from experiments.depth.scores import (
    by_subject,
    case_medians,
    case_sums,
    concordance,
    concordance_of,
    median_errors,
    naive_width,
    pooled,
    pooled_difference,
    root_mean_square_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.depth import scores, windows
from predictors.learning.cases import DepthCases
from sim.covariates import Covariates


def lin(measured, predicted):
    """Lin, Biometrics 1989;45:255, as printed: population variances and covariance."""
    covariance = np.mean((measured - measured.mean()) * (predicted - predicted.mean()))
    return 2 * covariance / (measured.var() + predicted.var() + (measured.mean() - predicted.mean()) ** 2)


def noisy(samples=200, cases=12, seed=0, own=8.0, step=4.0):
    """An index that differs from case to case, predictions that share some of it, and which samples count."""
    random = np.random.default_rng(seed)
    measured = 50.0 + own * random.standard_normal(cases) + step * random.standard_normal((samples, cases))
    predicted = 48.0 + 0.5 * (measured - 50.0) + 5.0 * random.standard_normal(cases)
    return measured, predicted, random.uniform(size=measured.shape) < 0.8


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


def test_pooled_sums_are_the_samples_taken_together():
    measured, predicted, counted = noisy()
    sums = case_sums(measured, predicted, counted)
    y, p = measured[counted], predicted[counted]
    assert pooled(sums, concordance_of).estimate == pytest.approx(lin(y, p))
    assert pooled(sums, root_mean_square_of).estimate == pytest.approx(np.sqrt(np.mean((y - p) ** 2)))
    hit = (np.abs(measured - predicted) < 5.0).astype(float)
    assert pooled(case_sums(measured, hit, counted), scores.share_of).estimate == pytest.approx(
        hit[counted].mean()
    )


def test_samples_that_do_not_count_may_hold_anything():
    measured, predicted, counted = noisy()
    dirty = case_sums(np.where(counted, measured, np.nan), np.where(counted, predicted, np.inf), counted)
    np.testing.assert_array_equal(dirty, case_sums(measured, predicted, counted))


def test_cases_of_a_subject_are_added_up():
    measured, predicted, counted = noisy(cases=4)
    sums = by_subject(case_sums(measured, predicted, counted), np.array(["b", "a", "b", "c"]))
    every = case_sums(measured, predicted, counted)
    np.testing.assert_allclose(sums, [every[1], every[0] + every[2], every[3]])


def test_a_predictor_compared_with_itself_differs_by_nothing():
    sums = case_sums(*noisy())
    assert tuple(pooled_difference(sums, sums.copy(), concordance_of)) == (0.0, 0.0, 0.0)


def test_a_difference_is_paired_and_its_interval_excludes_chance():
    measured, predicted, counted = noisy(cases=40)
    better = predicted + 0.3 * (measured - predicted)
    sums, reference = (case_sums(measured, one, counted) for one in (better, predicted))
    difference = pooled_difference(sums, reference, concordance_of)
    assert difference.estimate == pytest.approx(
        pooled(sums, concordance_of).estimate - pooled(reference, concordance_of).estimate
    )
    alone = pooled(sums, concordance_of)
    assert 0.0 < difference.low < difference.estimate < difference.high
    assert difference.high - difference.low < alone.high - alone.low


def test_drawing_patients_again_is_honest_where_samples_of_a_patient_are_alike():
    alike, apart = noisy(cases=20), noisy(cases=20, own=0.0, step=9.0)
    for (measured, predicted, counted), least in ((alike, 5.0), (apart, 1.0)):
        interval = pooled(case_sums(measured, predicted, counted), concordance_of)
        assert interval.low < interval.estimate < interval.high
        assert interval.high - interval.low > least * naive_width(measured, predicted, counted)


def test_drawing_patients_again_agrees_with_the_naive_interval_where_samples_are_independent():
    random = np.random.default_rng(0)
    measured = 50.0 + 10.0 * random.standard_normal((50, 400))
    predicted = measured + 10.0 * random.standard_normal((50, 400))
    counted = np.ones_like(measured, dtype=bool)
    interval = pooled(case_sums(measured, predicted, counted), concordance_of)
    assert interval.high - interval.low == pytest.approx(naive_width(measured, predicted, counted), rel=0.35)


@pytest.mark.parametrize("cases", [0, 1])
def test_one_patient_has_no_interval_and_nobody_has_nothing(cases):
    found = pooled(case_sums(*noisy(cases=12))[:cases], concordance_of)
    assert np.isfinite(found.estimate) == (cases == 1)
    assert np.isnan([found.low, found.high]).all()


def test_errors_of_a_case_are_medians_of_its_samples_in_percent_of_the_prediction():
    measured = np.array([[55.0, 30.0], [45.0, 36.0], [60.0, np.nan]])
    predicted = np.array([[50.0, 40.0], [50.0, 40.0], [50.0, 40.0]])
    counted = np.array([[True, True], [True, True], [True, False]])
    bias, error = median_errors(measured, predicted, counted)
    np.testing.assert_allclose(bias, [10.0, -17.5])
    np.testing.assert_allclose(error, [10.0, 17.5])


def test_the_median_of_a_column_leaves_gaps_out():
    values = noisy(samples=31)[0]
    values[noisy(seed=1, samples=31)[2]] = np.nan
    values[:, 3] = np.nan
    expected = [
        np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else np.nan for column in values.T
    ]
    np.testing.assert_allclose(case_medians(values), expected)


def shown(bis, length=None):
    """Cases of which only the index matters."""
    samples, count = bis.shape
    nothing, names = np.zeros_like(bis), np.array([str(case) for case in range(count)])
    length = np.full(count, samples) if length is None else length
    first = np.zeros(count, dtype=int)
    person = Covariates.of([50.0] * count, "F", 160, 60)
    return DepthCases(names, names, person, bis, nothing, nothing, nothing, first, length - 1, length)


def test_a_straight_line_smoothed_is_the_line_across_gaps_too():
    time = np.arange(800.0)[:, None]
    line = 40.0 + time * np.array([0.02, -0.03])
    gaps = line.copy()
    gaps[np.random.default_rng(0).uniform(size=line.shape) < 0.3] = np.nan
    gaps[300:306] = np.nan
    smoothed = windows.lowess(shown(gaps))
    assert np.isfinite(smoothed).all()
    np.testing.assert_allclose(smoothed, line, atol=1e-9)


def test_smoothing_is_a_weighted_line_through_the_neighbours():
    """Cleveland's definition, written out for one sample."""
    bis = np.random.default_rng(1).uniform(30.0, 60.0, (400, 1))
    bis[::7] = np.nan
    reach, at = 6, 200  # half of 3 % of 400 samples
    near = np.arange(at - reach, at + reach + 1)
    weight = (1.0 - np.abs((near - at) / (reach + 1.0)) ** 3) ** 3
    ok = np.isfinite(bis[near, 0])
    line = np.polyfit(near[ok] - at, bis[near[ok], 0], 1, w=np.sqrt(weight[ok]))
    assert windows.lowess(shown(bis))[at, 0] == pytest.approx(line[1])


def test_a_long_gap_and_what_lies_beyond_the_end_stay_empty():
    bis = np.full((400, 2), 50.0)
    bis[100:200, 0] = np.nan
    bis[300:, 1] = 80.0  # of no case: the second one is over
    smoothed = windows.lowess(shown(bis, np.array([400, 300])))
    assert np.isnan(smoothed[110:190, 0]).all()
    assert np.isnan(smoothed[300:, 1]).all()
    np.testing.assert_allclose(smoothed[290:300, 1], 50.0)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.05, 1.5), st.floats(0.0, 0.3))
def test_stretching_never_costs_more_than_it_is_allowed_and_never_concordance(seed, shrunk, noise):
    random = np.random.default_rng(seed)
    target = np.clip(0.45 + 0.1 * random.standard_normal(300), 0.0, 1.0)
    answer = 0.45 + shrunk * (target - 0.45) + noise * random.standard_normal(300)
    centre, factor = stretch(answer, target)
    spread = centre + factor * (answer - centre)
    before, after = (np.sqrt(np.mean((one - target) ** 2)) for one in (answer, spread))
    assert after <= LARGEST_LOSS * before + 1e-12
    assert 1.0 <= factor <= 2.0
    assert concordance(target, spread) >= concordance(target, answer) - 1e-12


def test_answers_shrunk_by_half_are_spread_out_again():
    target = np.linspace(0.3, 0.6, 200)
    centre, factor = stretch(0.45 + 0.5 * (target - 0.45), target)
    assert (centre, factor) == (pytest.approx(0.45), 2.0)
