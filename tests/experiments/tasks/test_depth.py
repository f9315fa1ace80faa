"""The task of depth: who learns it, from where, and a negative control in which nothing can be known."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.depth.judging import AHEAD, EXITS, NOW
from experiments.sites import SITES
from experiments.tasks import TASKS
from experiments.tasks.contract import learners
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.covariates import Covariates

DEPTH = TASKS.get("depth")
COUNT = 9


@pytest.fixture
def cases():
    """Cases whose index is their number."""
    own = np.tile(np.arange(float(COUNT)), (5, 1))
    names = np.arange(COUNT).astype(str)
    signals = {name: Signal(own + 0.0, INTERVAL) for name in ("bis", "propofol", "remifentanil")}
    person = Covariates.of(50.0 + np.arange(COUNT), "F", 160.0, 60.0)
    return Cases(names, names, person, np.full(COUNT, 50.0), signals, {"truth": Signal(own, INTERVAL)})


@pytest.mark.parametrize("seed", range(20))
def test_on_the_negative_control_everybody_has_the_index_of_somebody_else(cases, seed):
    control = DEPTH.control(cases, seed)
    (given,) = np.unique(control["bis"], axis=0)
    assert sorted(given) == list(range(COUNT))
    assert (given != np.arange(COUNT)).all()


def test_on_the_negative_control_only_the_index_is_changed_and_a_seed_repeats_it(cases):
    one, same, other = (DEPTH.control(cases, seed) for seed in (0, 0, 1))
    for name in ("propofol", "remifentanil"):
        np.testing.assert_array_equal(one[name], cases[name])
    np.testing.assert_array_equal(one.label("truth"), cases.label("truth"))
    assert one.who is cases.who
    np.testing.assert_array_equal(one["bis"], same["bis"])
    assert not np.array_equal(one["bis"], other["bis"])


def test_who_knows_the_truth_says_the_true_index(cases):
    answers = DEPTH.oracle(cases)
    np.testing.assert_array_equal(answers[NOW]["oracle"]["bis"], cases.label("truth"))


def test_every_mix_and_every_learner_fits_the_task():
    assert set(DEPTH.mixes) == {NOW, AHEAD, EXITS}
    for mix in DEPTH.mixes.values():
        assert set(mix) <= set(SITES)
    assert DEPTH.test_site in SITES
    for name, predictor in learners(DEPTH).items():
        assert predictor.name == name
        assert predictor.question in DEPTH.mixes
        assert predictor.limits
    assert {one.question for one in DEPTH.baselines()} == {NOW, AHEAD}
    assert set(DEPTH.curve) <= set(learners(DEPTH))
