"""Statistics against closed forms, scipy and known coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.judging import statistics

LOWER, HIGHER, NEITHER = "mdape_percent", "time_in_40_60_percent", "propofol_mg_per_kg"


def test_interquartile_mean_agrees_with_scipy():
    values = np.random.default_rng(0).lognormal(size=400)
    assert statistics.interquartile_mean(values) == pytest.approx(stats.trim_mean(values, 0.25))


def test_the_worst_tail_is_on_the_side_the_metric_says():
    values = np.arange(1.0, 101.0)
    assert statistics.worst_mean(values, "lower") == pytest.approx(98.0)  # 96 to 100
    assert statistics.worst_mean(values, "higher") == pytest.approx(3.0)  # 1 to 5
    assert statistics.worst_mean(np.arange(1.0, 11.0), "lower") == pytest.approx(10.0)  # half a patient


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


def test_training_seeds_of_one_agent_are_one_arm_of_the_summary():
    """Each patient's reference is one; the arm's values are of every seed."""
    reference, first, second = np.random.default_rng(2).normal(10.0, 3.0, (3, 200))
    cases = pd.concat(
        pd.DataFrame({"agent": name, "patient": range(200), LOWER: values})
        for name, values in (("human", reference), ("ppo@seed1", first), ("ppo@seed2", second))
    )
    table = statistics.summarise(cases, "human").set_index("agent")
    row = table.loc["ppo@seeds"]
    assert list(table.index) == ["human", "ppo@seeds"]
    assert (row["seeds"], row["n"], row["pairs"]) == (2, 200, 200)
    both = np.stack([first, second])
    assert row["mean"] == pytest.approx(both.mean())
    assert row["difference"] == pytest.approx((both - reference).mean())
    assert row["improvement"] == pytest.approx(np.mean(both < reference))
    assert row["difference_low"] < row["difference"] < row["difference_high"]
