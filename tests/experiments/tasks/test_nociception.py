"""The task of nociception: what is asked, what is known at best, and a control in which nothing can be known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.sites.nociception import BY_LOT, HURT_SITES, INDEX
from experiments.tasks import TASKS
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from predictors.pain.features import NAMES
from predictors.pain.observer import NOW, PAIN, QUESTION
from sim.covariates import Covariates

TASK = TASKS.get("nociception")
COUNT, STEPS = 9, 60
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def cases():
    """Cases whose nociception comes and goes, and whose index follows it with noise."""
    random = np.random.default_rng(0)
    truth = 0.5 + 0.5 * np.sin(np.arange(STEPS)[:, None] / 6.0 + np.arange(COUNT))
    names = np.arange(COUNT).astype(str)
    index = np.clip(60.0 * truth + 20.0 * random.normal(size=truth.shape), 0.0, 100.0)
    person = Covariates.of(50.0 + np.arange(COUNT), "F", 160.0, 60.0)
    signals, labels = {INDEX: Signal(index, INTERVAL)}, {NOW: Signal(truth, INTERVAL)}
    return Cases(names, names, person, np.full(COUNT, INTERVAL * STEPS), signals, labels)


def scores(cases, answered):
    said = {one.label: one.model.answer(answered) for one in TASK.baselines()}
    answers = {QUESTION: said | dict(TASK.oracle(answered)[QUESTION])}
    table = TASK.scores(cases, answers, 0)
    return table.set_index(["predictor", "metric"])["estimate"]


def test_the_oracle_is_right_who_is_late_is_not_and_an_index_lies_between(cases):
    found = scores(cases, cases)
    assert found["oracle", "RMSE"] == pytest.approx(0.0, abs=1e-6)
    assert found["oracle", "AUROC"] == 1.0
    assert 0.0 < found["oracle_30s_late", "RMSE"] < found["never", "RMSE"]
    assert 0.5 < found["pleth_index", "Pk"] < 1.0
    assert found["never", "AUROC"] == 0.5


def test_on_the_negative_control_nobody_knows_anything(cases):
    found = scores(TASK.control(cases, 0), cases)
    assert abs(found["pleth_index", "AUROC"] - 0.5) < 0.25
    assert found["oracle", "RMSE"] > 0.2


def test_every_mix_and_the_learner_fit_the_task():
    assert set(TASK.mixes) == {QUESTION}
    assert set(TASK.mixes[QUESTION]) <= set(HURT_SITES)
    assert TASK.test_site in HURT_SITES
    assert (PAIN.task, PAIN.question) == (TASK.name, QUESTION)


def test_a_site_gives_what_describes_the_pulse_and_what_is_felt():
    site = replace(BY_LOT, length=200.0)
    cases = site.cases(2, 0)
    assert cases.label(NOW).shape == (20, 2)
    assert ((cases.label(NOW) >= 0.0) & (cases.label(NOW) <= 1.0)).all()
    assert "ppg" not in cases.signals
    for name in NAMES:
        assert np.isfinite(cases[f"ppg_{name}"][6:]).all(), name
    with pytest.raises(ValueError, match="patients: 0 is not allowed"):
        site.cases(0, 0)
