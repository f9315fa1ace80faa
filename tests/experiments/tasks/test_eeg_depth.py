"""The task of depth heard in the EEG: who learns it, what could be known, and what chance is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.heard import judging, page
from experiments.judging import scores
from experiments.sites.eeg import HEARD_SITES
from experiments.tasks import TASKS
from experiments.tasks.contract import learners
from predictors.depth.eeg.answers import DEPTH, LEVEL
from predictors.depth.eeg.levels import level_of
from tests.predictors.depth.eeg.heard import cases

TASK = TASKS.get("eeg_depth")
CASES = cases(8, minutes=10, seed=3)
TRUTH = CASES.label("truth")


def test_every_contender_of_the_issue_learns_the_task():
    indicators = ("permutation_entropy", "alpha_ratio", "beta_ratio", "spectral_edge", "openibis")
    others = ("eeg_forest", "eeg_cnn", "eeg_lstm", "li2020")
    assert set(learners(TASK)) == {*others, *(f"eeg_{name}" for name in indicators)}
    for name, predictor in learners(TASK).items():
        assert predictor.name == name
        assert predictor.question in TASK.mixes
        assert predictor.limits
    assert set(TASK.mixes["depth"]) <= set(HEARD_SITES)
    assert TASK.test_site in HEARD_SITES


@pytest.fixture
def findings(monkeypatch):
    """What is found if nobody but who knows the truth answers."""
    monkeypatch.setattr(scores, "RESAMPLES", 20)
    return TASK.findings(CASES, TASK.oracle(CASES), seed=0)


def test_who_knows_the_truth_is_right_and_who_is_late_less_so(findings):
    found = findings.tables["scores"].set_index(["predictor", "metric", "moments"])["estimate"]
    assert found["oracle", "accuracy", "all"] == found["oracle", "Pk", "all"] == 1.0
    assert found["oracle", "MAE", "all"] == 0.0
    assert found["permuted", "accuracy", "all"] < 0.45 < found["oracle_mean_60s", "accuracy", "all"] < 1.0
    assert abs(found["permuted", "Pk", "all"] - 0.5) < 0.15
    clear = found["oracle_mean_60s", "accuracy", "over 3 from a border"]
    assert clear >= found["oracle_mean_60s", "accuracy", "all"]


def test_who_is_late_says_what_was_true():
    said = TASK.oracle(CASES)["depth"]
    np.testing.assert_array_equal(said["oracle_30s_late"][DEPTH][6:], TRUTH[:-6])
    np.testing.assert_allclose(said["oracle_mean_60s"][DEPTH][20], TRUTH[9:21].mean(axis=0))
    np.testing.assert_array_equal(said["oracle"][LEVEL], level_of(TRUTH))


def test_on_the_negative_control_everybody_has_somebody_elses_depth_of_another_time():
    control = TASK.control(CASES, 1)
    for case in range(CASES.count):
        values = set(control.label("truth")[:, case])
        assert values.isdisjoint(TRUTH[:, case])
        assert any(values == set(TRUTH[:, other]) for other in range(CASES.count))
    np.testing.assert_array_equal(control["eeg"], CASES["eeg"])
    assert judging.somebody_elses(CASES, 1).label("truth").tolist() == control.label("truth").tolist()


def test_a_page_is_drawn_and_a_report_written_of_what_was_found(findings, tmp_path):
    assert "| li2020" not in TASK.report(["# heading"], findings)
    for name, table in findings.tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    figure = page.draw(tmp_path)
    assert len(figure.axes) == 6
    assert set(pd.read_csv(tmp_path / "traces.csv")["rank"]) == set(judging.TRACES)
