"""The task of intensive care: who knows the truth is ahead, who is asked of somebody else knows nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.risk.charted import baselines
from experiments.risk.charted.simulated import truth
from experiments.risk.intensive_care import sites
from experiments.tasks import TASKS
from experiments.tasks import intensive_care as task
from experiments.tasks.contract import learners
from sim.outcomes.intensive_care.channels import ENDS

PEOPLE = 300


@pytest.fixture(scope="module")
def stays():
    return sites.SURGICAL.cases(PEOPLE, 12)


def test_every_baseline_says_something_of_every_end_hourly(stays, monkeypatch):
    monkeypatch.setattr(baselines, "boosted", baselines.logistic)
    for one in task.WARD.contenders(task.rules)[:2]:
        model = replace(one.model, rounds=replace(one.model.rounds, taught=PEOPLE))
        said = model.answer(stays)
        for end in ENDS:
            assert np.isfinite(said[end][task.WARD.rounds.asked]).all()
            assert np.isnan(said[end][::2]).all()
            assert said[end][task.WARD.rounds.asked].min() >= 0.0
            assert said[end][task.WARD.rounds.asked].max() <= 1.0


def test_statistics_of_windows_are_those_of_the_last_hours(stays):
    few = stays.select(np.arange(5))
    values = task.WARD.rounds.last(few)
    shown = task.WARD.rounds.windows(few)
    channels = len(task.CHANNELS)
    hours = 20
    own = values[hours - 5 : hours + 1, :channels]
    np.testing.assert_allclose(shown[hours, 2 * channels : 3 * channels], own.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(shown[hours, 3 * channels : 4 * channels], own.min(axis=0), rtol=1e-5)
    np.testing.assert_allclose(shown[hours, 5 * channels : 6 * channels], own[-1] - own[0], atol=1e-3)


def test_who_knows_the_truth_is_ahead_of_the_rules_and_nobody_foresees_what_comes_to_others(
    stays, monkeypatch
):
    monkeypatch.setattr("experiments.judging.scores.RESAMPLES", 100)
    known = {"oracle": truth(sites.STAYS, stays, 4)}
    blind = {end: np.where(np.isfinite(one), 0.1, np.nan) for end, one in known["oracle"].items()}
    answers = {task.QUESTION: {**known, "rules": blind, "oracle (all)": known["oracle"]}}
    rows = TASKS.get("intensive_care").scores(stays, answers, 0)
    areas = rows[rows["metric"] == "AUROC"].set_index(["outcome", "predictor"])
    for end in ("kidney", "death"):
        assert areas.loc[(end, "oracle"), "difference_to_rules_low"] > 0.0
        permuted = areas.loc[(end, "permuted oracle (all)")]
        assert permuted["low"] < 0.5 < permuted["high"]


def test_the_task_and_its_learner_fit():
    found = learners(TASKS.get("intensive_care"))
    assert list(found) == ["intensive_care"]
    assert set(task.WARD.aims) == set(ENDS) == set(task.RULES)
