"""The bootstrap against closed forms, scipy and known coverage; chunks change nothing."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from experiments.judging import bootstrap


def test_quantile_means_of_hand_worked_values():
    values = np.array([8.0, 1.0, 2.0, 100.0, 3.0, np.nan, 4.0, 5.0, 6.0])  # eight, the middle four are 3 to 6
    assert bootstrap.quantile_mean(values) == pytest.approx(129.0 / 8.0)
    assert bootstrap.quantile_mean(values, *bootstrap.MIDDLE) == pytest.approx(4.5)
    thirds = (0.0 / 12.0 + 1.0 / 3.0 + 5.0 / 12.0) / 0.5  # the outer two count by the part inside
    assert bootstrap.quantile_mean(np.array([0.0, 1.0, 5.0]), *bootstrap.MIDDLE) == pytest.approx(thirds)


@pytest.mark.parametrize(
    ("between", "statistic"),
    [(bootstrap.ALL, np.mean), (bootstrap.MIDDLE, lambda v, axis: stats.trim_mean(v, 0.25, axis=axis))],
)
def test_intervals_agree_with_scipys_bootstrap(between, statistic):
    values = np.random.default_rng(5).gamma(2.0, size=200)
    ours = bootstrap.interval(values, between, seed=1, resamples=10_000)
    theirs = stats.bootstrap(
        (values,), statistic, axis=0, n_resamples=10_000, method="percentile", rng=np.random.default_rng(2)
    )
    noise = 0.12 * theirs.standard_error  # three standard deviations of two percentiles of 10,000 draws
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=noise)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=noise)
    assert ours.estimate == pytest.approx(statistic(values, axis=0))


def test_intervals_cover_the_mean_of_normal_samples_as_often_as_they_say():
    samples = np.random.default_rng(11).normal(3.0, 2.0, (1500, 60))
    ends = [bootstrap.interval(sample, resamples=1000) for sample in samples]
    covered = np.mean([end.low <= 3.0 <= end.high for end in ends])
    expected = 1.0 - 2.0 * stats.t.sf(
        1.96 * np.sqrt(59.0 / 60.0), 59
    )  # the bootstrap knows no t table: 0.943
    assert covered == pytest.approx(expected, abs=0.018)  # three standard errors of 1500 samples


def test_the_interval_of_the_mean_has_the_textbook_width():
    values = np.random.default_rng(2).normal(size=1000)
    mean, low, high = bootstrap.interval(values, resamples=20_000)
    half = 1.96 * values.std() / np.sqrt(1000)
    assert (mean - low, high - mean) == pytest.approx((half, half), rel=0.04)


def test_missing_values_widen_the_interval_to_that_of_the_values_there_are():
    values = np.random.default_rng(6).normal(size=1200)
    values[::4] = np.nan
    _, low, high = bootstrap.interval(values, resamples=10_000)
    assert (high - low) / 2.0 == pytest.approx(1.96 * np.nanstd(values) / np.sqrt(900), rel=0.05)


def test_drawing_patients_widens_the_interval_of_alike_samples_as_theory_says():
    chance = np.random.default_rng(8)
    level = chance.normal(0.0, 1.0, 200)
    samples = np.repeat(level, 50) + chance.normal(0.0, 1.0, 200 * 50)
    mean, low, high = bootstrap.cluster_interval(samples, np.repeat(np.arange(200), 50))
    half = 1.96 * np.sqrt((level.var() + 1.0 / 50.0) / 200.0)
    assert mean == pytest.approx(samples.mean())
    assert (high - low) / 2.0 == pytest.approx(half, rel=0.08)
    naive = bootstrap.interval(samples[::5])
    assert high - low > 2.0 * (naive.high - naive.low)


def test_one_sample_a_patient_makes_the_cluster_bootstrap_the_plain_one():
    values = np.random.default_rng(9).exponential(size=150)
    clustered = bootstrap.cluster_interval(values, np.arange(150), resamples=10_000)
    plain = bootstrap.interval(values, resamples=10_000)
    assert clustered == pytest.approx(plain, abs=0.1 * values.std() / np.sqrt(150))


def test_a_seed_repeats_the_interval_and_another_changes_it():
    values = np.random.default_rng(1).normal(size=80)
    assert bootstrap.interval(values, seed=3) == bootstrap.interval(values, seed=3)
    assert bootstrap.interval(values, seed=3).low != bootstrap.interval(values, seed=4).low


def test_too_few_values_have_no_interval():
    assert np.isnan(bootstrap.interval(np.array([np.nan, np.nan]))).all()
    one = bootstrap.interval(np.array([2.0, np.nan]))
    assert one.estimate == 2.0
    assert np.isnan([one.low, one.high]).all()


@pytest.mark.parametrize("size", [7, 30, 1001])
def test_draws_do_not_depend_on_the_chunk(size, monkeypatch):
    whole = bootstrap.resample_counts(size, 20, 3)
    monkeypatch.setattr(bootstrap, "CHUNK", 3 * size)
    parts = list(bootstrap.chunks(size, 20, 3))
    assert [len(part) for part in parts] == [3] * 6 + [2]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert (whole.sum(axis=1) == size).all()


def test_intervals_do_not_depend_on_the_chunk_nor_on_what_is_asked_beside(monkeypatch):
    chance = np.random.default_rng(7)
    values = chance.gamma(2.0, size=(4, 300))
    values[1, ::3] = np.nan
    asked = [(row, between) for row in values for between in (bootstrap.ALL, bootstrap.MIDDLE)]
    asked.append((values[0, :90], bootstrap.ALL))  # of other patients
    alone = [bootstrap.interval(*one, seed=2) for one in asked]
    monkeypatch.setattr(bootstrap, "CHUNK", 7 * 300)
    np.testing.assert_allclose(bootstrap.intervals(asked, seed=2), alone, rtol=1e-12)


def test_memory_of_the_bootstrap_does_not_grow_with_its_draws(monkeypatch):
    values = np.random.default_rng(0).normal(size=20_000)
    monkeypatch.setattr(bootstrap, "CHUNK", 10 * values.size)
    tracemalloc.start()
    try:
        found = bootstrap.interval(values, bootstrap.MIDDLE, resamples=200)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * 8 * bootstrap.CHUNK  # all at once would be 20 chunks a table
    assert found.low < found.estimate < found.high
