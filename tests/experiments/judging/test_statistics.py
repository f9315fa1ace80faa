"""Statistics against closed forms, scipy and known coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.judging import statistics

LOWER, HIGHER, NEITHER = "mdape_percent", "time_in_40_60_percent", "propofol_mg_per_kg"


def test_quantile_means_of_hand_worked_values():
    values = np.array([8.0, 1.0, 2.0, 100.0, 3.0, np.nan, 4.0, 5.0, 6.0])  # eight, the middle four are 3 to 6
    assert statistics.quantile_mean(values) == pytest.approx(129.0 / 8.0)
    assert statistics.interquartile_mean(values) == pytest.approx(4.5)
    thirds = (0.0 / 12.0 + 1.0 / 3.0 + 5.0 / 12.0) / 0.5  # the outer two count by the part inside
    assert statistics.interquartile_mean(np.array([0.0, 1.0, 5.0])) == pytest.approx(thirds)


def test_interquartile_mean_agrees_with_scipy():
    values = np.random.default_rng(0).lognormal(size=400)
    assert statistics.interquartile_mean(values) == pytest.approx(stats.trim_mean(values, 0.25))


def test_the_worst_tail_is_on_the_side_the_metric_says():
    values = np.arange(1.0, 101.0)
    assert statistics.worst_mean(values, "lower") == pytest.approx(98.0)  # 96 to 100
    assert statistics.worst_mean(values, "higher") == pytest.approx(3.0)  # 1 to 5
    assert statistics.worst_mean(np.arange(1.0, 11.0), "lower") == pytest.approx(10.0)  # half a patient


@pytest.mark.parametrize(
    ("between", "statistic"),
    [(statistics.ALL, np.mean), (statistics.MIDDLE, lambda v, axis: stats.trim_mean(v, 0.25, axis=axis))],
)
def test_intervals_agree_with_scipys_bootstrap(between, statistic):
    values = np.random.default_rng(5).gamma(2.0, size=200)
    ours = statistics.interval(values, between, seed=1, resamples=10_000)
    theirs = stats.bootstrap(
        (values,), statistic, axis=0, n_resamples=10_000, method="percentile", rng=np.random.default_rng(2)
    )
    noise = 0.12 * theirs.standard_error  # three standard deviations of two percentiles of 10,000 draws
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=noise)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=noise)
    assert ours.estimate == pytest.approx(statistic(values, axis=0))


def test_intervals_cover_the_mean_of_normal_samples_as_often_as_they_say():
    samples = np.random.default_rng(11).normal(3.0, 2.0, (1500, 60))
    ends = [statistics.interval(sample, resamples=1000) for sample in samples]
    covered = np.mean([end.low <= 3.0 <= end.high for end in ends])
    expected = 1.0 - 2.0 * stats.t.sf(
        1.96 * np.sqrt(59.0 / 60.0), 59
    )  # the bootstrap knows no t table: 0.943
    assert covered == pytest.approx(expected, abs=0.018)  # three standard errors of 1500 samples


def test_the_interval_of_the_mean_has_the_textbook_width():
    values = np.random.default_rng(2).normal(size=1000)
    mean, low, high = statistics.interval(values, resamples=20_000)
    half = 1.96 * values.std() / np.sqrt(1000)
    assert (mean - low, high - mean) == pytest.approx((half, half), rel=0.04)


def test_missing_values_widen_the_interval_to_that_of_the_values_there_are():
    values = np.random.default_rng(6).normal(size=1200)
    values[::4] = np.nan
    _, low, high = statistics.interval(values, resamples=10_000)
    assert (high - low) / 2.0 == pytest.approx(1.96 * np.nanstd(values) / np.sqrt(900), rel=0.05)


def test_pairing_removes_what_patients_have_in_common():
    chance = np.random.default_rng(4)
    patients = chance.normal(20.0, 15.0, 500)
    better = patients - 1.0 + chance.normal(0.0, 0.5, 500)
    mean, low, high = statistics.paired_difference(better, patients)
    assert mean == pytest.approx(np.mean(better - patients))
    assert low < -1.0 < high < 0.0
    assert high - low < 0.12  # unpaired it would be near 3.7


def test_pairs_with_a_missing_side_are_left_out():
    mean, _, _ = statistics.paired_difference(
        np.array([1.0, np.nan, 5.0, 7.0]), np.array([0.0, 3.0, np.nan, 4.0])
    )
    assert mean == pytest.approx(2.0)


def test_probability_of_improvement_counts_ties_half_and_knows_the_better_side():
    values, reference = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 2.0, 4.0, 1.0])
    assert statistics.probability_of_improvement(values, reference, "lower").estimate == pytest.approx(0.625)
    assert statistics.probability_of_improvement(values, reference, "higher").estimate == pytest.approx(0.375)


def test_drawing_patients_widens_the_interval_of_alike_samples_as_theory_says():
    chance = np.random.default_rng(8)
    level = chance.normal(0.0, 1.0, 200)
    samples = np.repeat(level, 50) + chance.normal(0.0, 1.0, 200 * 50)
    mean, low, high = statistics.cluster_interval(samples, np.repeat(np.arange(200), 50))
    half = 1.96 * np.sqrt((level.var() + 1.0 / 50.0) / 200.0)
    assert mean == pytest.approx(samples.mean())
    assert (high - low) / 2.0 == pytest.approx(half, rel=0.08)
    naive = statistics.interval(samples[::5])
    assert high - low > 2.0 * (naive.high - naive.low)


def test_one_sample_a_patient_makes_the_cluster_bootstrap_the_plain_one():
    values = np.random.default_rng(9).exponential(size=150)
    clustered = statistics.cluster_interval(values, np.arange(150), resamples=10_000)
    plain = statistics.interval(values, resamples=10_000)
    assert clustered == pytest.approx(plain, abs=0.1 * values.std() / np.sqrt(150))


def test_a_seed_repeats_the_interval_and_another_changes_it():
    values = np.random.default_rng(1).normal(size=80)
    assert statistics.interval(values, seed=3) == statistics.interval(values, seed=3)
    assert statistics.interval(values, seed=3).low != statistics.interval(values, seed=4).low


def test_too_few_values_have_no_interval():
    assert np.isnan(statistics.interval(np.array([np.nan, np.nan]))).all()
    one = statistics.interval(np.array([2.0, np.nan]))
    assert one.estimate == 2.0
    assert np.isnan([one.low, one.high]).all()


def test_infinite_values_are_refused():
    with pytest.raises(ValueError, match=r"values: inf \(row 2\) is not allowed"):
        statistics.quantile_mean(np.array([1.0, np.inf]))


@pytest.fixture
def cases() -> pd.DataFrame:
    """Three patients under two agents, in no order; `pid` lacks a value in patient 2."""
    return pd.DataFrame(
        {
            "agent": ["pid", "human", "pid", "human", "pid", "human"],
            "patient": [3, 1, 1, 3, 2, 2],
            LOWER: [8.0, 10.0, 6.0, 11.0, np.nan, 50.0],
            HIGHER: [80.0, 60.0, 70.0, 80.0, 90.0, 70.0],
            NEITHER: [8.0, 9.0, 10.0, 9.0, 9.0, 9.0],
        }
    )


def test_summary_pairs_by_patient_whatever_the_order_of_rows(cases: pd.DataFrame):
    table = statistics.summarise(cases, "human").set_index(["agent", "metric"])
    assert list(dict.fromkeys(table.index.get_level_values("agent"))) == ["human", "pid"]
    pid = table.loc[("pid", LOWER)]
    assert (pid["n"], pid["pairs"]) == (2, 2)
    assert pid["mean"] == pytest.approx(7.0)
    assert pid["sd"] == pytest.approx(np.sqrt(2.0))
    assert pid["difference"] == pytest.approx((-4.0 - 3.0) / 2.0)
    assert pid["improvement"] == 1.0
    band = table.loc[("pid", HIGHER)]
    assert band["difference"] == pytest.approx(10.0)
    assert band["improvement"] == pytest.approx(2.5 / 3.0)
    assert band["worst_5_percent"] == pytest.approx(70.0)
    assert [band["q25"], band["median"], band["q75"]] == [75.0, 80.0, 85.0]
    assert (band["label"], band["unit"]) == ("Time in BIS 40–60", "%")


def test_summary_claims_nothing_where_there_is_no_better_side_or_no_other_agent(cases: pd.DataFrame):
    table = statistics.summarise(cases, "human", [LOWER, NEITHER]).set_index(["agent", "metric"])
    assert np.isnan(table.loc[("pid", NEITHER), ["worst_5_percent", "improvement"]].astype(float)).all()
    assert np.isnan(table.loc[("human", LOWER), ["difference", "improvement"]].astype(float)).all()
    assert table.loc[("human", LOWER), "pairs"] == 0


def test_summary_refuses_bad_input_by_name(cases: pd.DataFrame):
    with pytest.raises(ValueError, match="reference_agent: 'nobody' is not allowed; pid, human"):
        statistics.summarise(cases, "nobody")
    with pytest.raises(ValueError, match="metrics: 'speed' is not allowed"):
        statistics.summarise(cases, "human", ["speed"])
    with pytest.raises(ValueError, match="column 'wobble_percent' is missing"):
        statistics.summarise(cases, "human", ["wobble_percent"])
    with pytest.raises(ValueError, match="agent 'pid' has patient 3 twice"):
        statistics.summarise(pd.concat([cases, cases.iloc[:1]]), "human")
