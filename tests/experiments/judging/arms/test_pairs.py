"""Every arm against every other, against hand-worked answers and scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from experiments.judging.arms import pairs
from experiments.judging.statistics import paired_difference

METRIC = "time_outside_40_60_percent"
CHANCE = np.random.default_rng(5)


def cases(**arms: np.ndarray) -> pd.DataFrame:
    """Return the cases of arms, (patients,) or (seeds, patients)."""
    rows = []
    for name, values in arms.items():
        for number, own in enumerate(np.atleast_2d(values)):
            label = name if values.ndim == 1 else f"{name}@seed{number}"
            rows.append(pd.DataFrame({"agent": label, "patient": range(len(own)), METRIC: own}))
    return pd.concat(rows)


def test_a_pair_of_single_agents_has_the_paired_difference_of_the_summary_both_ways_round():
    one, other = CHANCE.normal(10.0, 4.0, (2, 300))
    found = pairs.compare(cases(one=one, other=other), [METRIC]).set_index("arm")
    expected = paired_difference(one, other)
    for name, sign in (("one", 1.0), ("other", -1.0)):
        row = found.loc[name]
        assert row["difference"] == pytest.approx(sign * expected.estimate)
        ends = sorted(sign * end for end in expected[1:])
        assert (row["low"], row["high"]) == pytest.approx(ends, abs=0.1)
    assert found.loc["one", "improvement"] == pytest.approx(np.mean(one < other))
    assert found["improvement"].sum() == pytest.approx(1.0)
    assert found.loc["one", "p_holm"] == found.loc["other", "p_holm"]


def test_a_relative_difference_is_a_share_of_the_other_arms_mean():
    """Half as much in everybody is half as much in every draw."""
    base = CHANCE.gamma(2.0, 5.0, 100)
    found = pairs.compare(cases(one=0.5 * base, other=base), [METRIC]).set_index("arm")
    for name, share in (("one", -50.0), ("other", 100.0)):
        for column in ("relative", "relative_low", "relative_high"):
            assert found.loc[name, column] == pytest.approx(share)


def test_of_three_arms_each_pair_is_tested_once():
    one, two, three = CHANCE.normal(10.0, 4.0, (3, 40))
    found = pairs.compare(cases(one=one, two=two, three=three), [METRIC])
    p = {frozenset(row[:2]): row[2] for row in found[["arm", "other", "p"]].to_numpy()}
    assert len(p) == 3
    np.testing.assert_allclose(sorted(found["p_holm"])[::2], sorted(pairs.holm(np.array([*p.values()]))))


def test_seeds_are_drawn_again_as_patients_are():
    """Two arms that differ by as much as their seeds do: patients alone would decide, both together do not."""
    base = CHANCE.normal(20.0, 3.0, 500)
    one = base + np.array([-3.0, 0.0, 3.0])[:, None]
    found = pairs.compare(cases(one=one, other=base + 1.0), [METRIC]).iloc[0]
    assert found["difference"] == pytest.approx(-1.0)
    assert found["low"] < 0.0 < found["high"]
    assert found["improvement"] == pytest.approx(2.0 / 3.0)


def test_improvement_is_what_mann_and_whitney_count_patient_by_patient():
    one, other = CHANCE.integers(0, 6, (2, 4, 30)).astype(float)
    found = pairs.compare(cases(one=one, other=other), [METRIC]).iloc[0]
    expected = [mannwhitneyu(other[:, who], one[:, who]).statistic / 16 for who in range(30)]
    assert found["improvement"] == pytest.approx(np.mean(expected))


def test_holm_multiplies_by_the_tests_that_are_left():
    corrected = pairs.holm(np.array([0.01, 0.04, np.nan, 0.03, 0.5]))
    np.testing.assert_allclose(corrected, [0.04, 0.09, np.nan, 0.09, 0.5])
    assert pairs.holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_patients_without_a_value_are_no_pairs_and_equal_arms_do_not_differ():
    one = CHANCE.normal(10.0, 4.0, 20)
    other = np.where(np.arange(20) < 5, np.nan, one)
    found = pairs.compare(cases(one=one, other=other), [METRIC]).iloc[0]
    assert (found["pairs"], found["difference"], found["p"], found["p_holm"]) == (15, 0.0, 1.0, 1.0)
    assert found["improvement"] == 0.5


def test_one_arm_alone_has_no_pairs():
    assert pairs.compare(cases(one=np.ones(5)), [METRIC]).empty
