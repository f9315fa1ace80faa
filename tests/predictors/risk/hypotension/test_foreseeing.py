"""Those who foresee hypotension: step by step as at once, from the past alone, and as their teachers computed it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from predictors.learning.cases import Cases, Signal
from predictors.learning.contract import Course, Recipe
from predictors.learning.watching import INTERVAL, watch
from predictors.learning.weights import Weights
from predictors.risk.hypotension import material, trees
from predictors.risk.hypotension.events import HORIZONS, low_name, with_labels
from predictors.risk.hypotension.logistic import ALL_FEATURES, PRESSURE_ALONE
from predictors.risk.hypotension.material import ESTIMATES, EVERY
from predictors.risk.hypotension.observer import HYPOTENSION, Network
from predictors.risk.hypotension.trees import TREES
from predictors.risk.hypotension.trends import FEATURES, NAMES, begin, believed, features
from sim.covariates import Covariates

COUNT, SAMPLES = 16, 300
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def made(seed: int = 0) -> Cases:
    """Cases whose pressure wanders about a mean of their own, with artefacts and gaps."""
    random = np.random.default_rng(seed)
    pressure = np.empty((SAMPLES, COUNT))
    own = random.uniform(66.0, 88.0, COUNT)
    now = own.copy()
    for sample in range(SAMPLES):
        now = now + 0.04 * (own - now) + 2.0 * random.normal(size=COUNT)
        pressure[sample] = now
    cleaned = pressure.copy()
    gone = random.random(pressure.shape) < 0.02
    shown = np.where(random.random(pressure.shape) < 0.01, 250.0, np.where(gone, np.nan, pressure))
    names = np.array([f"case {number}" for number in range(COUNT)])
    person = Covariates.of(40.0 + np.arange(COUNT), "M", 170.0, 70.0)
    signals = {
        "pressure": Signal(shown, INTERVAL),
        "heart_rate": Signal(75.0 + random.normal(size=pressure.shape), INTERVAL),
        "propofol": Signal(0.1 + 0.02 * random.random(pressure.shape), INTERVAL, nothing=0.0),
        "remifentanil": Signal(0.1 + 0.02 * random.random(pressure.shape), INTERVAL, nothing=0.0),
    }
    length = np.full(COUNT, INTERVAL * SAMPLES)
    length[0] = INTERVAL * 220
    return with_labels(Cases(names, names, person, length, signals), cleaned)


@pytest.fixture(scope="module")
def cases():
    return made()


def observer(seed: int = 0):
    torch.manual_seed(seed)
    network = Network(8, 12)
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    sizes = {"cells": 8, "units": 12}
    return HYPOTENSION.of(Weights(Path("random"), {"architecture": "hypotension", "network": sizes}, tensors))


def learned(predictor, cases):
    made_of = predictor.learn(Course(cases, cases, Recipe()))
    return predictor.of(Weights(Path("here"), {}, made_of.tensors))


def test_what_is_said_step_by_step_is_what_is_said_at_once(cases):
    model = observer()
    streamed, at_once = watch(model, cases), model.answer(cases)
    for name in ESTIMATES:
        there = np.isfinite(at_once[name])
        assert there.sum() > 1000
        np.testing.assert_allclose(streamed[name][there], at_once[name][there], rtol=1e-4)


def test_nothing_is_known_of_what_comes_later(cases):
    later = cases["pressure"].copy()
    later[210:] = 100.0
    changed = cases.with_signals(pressure=replace(cases.signals["pressure"], values=later))
    model = observer()
    for name, values in model.answer(changed).items():
        np.testing.assert_array_equal(values[:210], model.answer(cases)[name][:210])


def test_a_longer_horizon_is_never_less_likely(cases):
    said = observer(3).answer(cases)
    short, middle, long = (said[low_name(horizon)] for horizon in HORIZONS)
    there = np.isfinite(short)
    assert (short[there] <= middle[there]).all()
    assert (middle[there] <= long[there]).all()


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        ([80, 80, 80, 80, 80, 80, 80], True),
        ([110, 80, 80, 80, 80, 80, 80], False),
        ([110, 110, 110, 110, 80, 80, 80], True),
        ([80, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan], True),
        ([np.nan, 80, 80, 80, 80, 80, 80], False),
    ],
)
def test_a_jump_is_an_artefact_unless_it_lasts(minute, expected):
    assert believed(np.array(minute, dtype=float)[:, None])[0] == expected


def test_what_is_shown_has_a_name_each_and_is_finite_of_whom_nothing_was_seen():
    shown = features(begin(Covariates.of(np.array([20.0, 80.0]), "F", 160.0, 60.0)))
    assert shown.shape == (FEATURES, 2)
    assert len(set(NAMES)) == FEATURES
    assert np.isfinite(shown).all()


def test_an_artefact_changes_nothing_that_is_shown_but_the_age_of_the_pressure(cases):
    flushed = cases["pressure"].copy()
    flushed[201] = 250.0
    missing = cases["pressure"].copy()
    missing[201] = np.nan
    both = [
        material.shown(cases.with_signals(pressure=replace(cases.signals["pressure"], values=values))).inputs
        for values in (flushed, missing)
    ]
    np.testing.assert_array_equal(*both)


def test_boosted_trees_answer_as_the_library_that_grew_them(cases, monkeypatch):
    from sklearn.ensemble import HistGradientBoostingClassifier

    few = {**trees.GROWN, "max_iter": 8}
    monkeypatch.setattr(trees, "GROWN", few)
    said = learned(TREES, cases).answer(cases)[low_name(300)][::EVERY]
    shown, (happens, _) = material.shown(cases), material.truths(cases)
    inputs = np.moveaxis(shown.inputs, 1, -1)[shown.asked]
    target = happens[:, 0][shown.asked]
    known = np.isfinite(target)
    grown = HistGradientBoostingClassifier(random_state=0, **few).fit(inputs[known], target[known])
    expected = grown.predict_proba(inputs)[:, 1]
    np.testing.assert_allclose(said[shown.asked], expected, atol=2e-3)


def test_lines_are_those_of_logistic_regression(cases):
    from sklearn.linear_model import LogisticRegression

    said = learned(PRESSURE_ALONE, cases).answer(cases)[low_name(300)][::EVERY]
    shown, (happens, _) = material.shown(cases), material.truths(cases)
    inputs = shown.inputs[:, 0][shown.asked][:, None].astype(float)
    target = happens[:, 0][shown.asked]
    known = np.isfinite(target)
    lean = (inputs - inputs.mean()) / inputs.std()
    free = LogisticRegression(C=1.0 / (1e-3 * known.sum())).fit(lean[known], target[known])
    np.testing.assert_allclose(said[shown.asked], free.predict_proba(lean)[:, 1], atol=2e-3)


@pytest.mark.parametrize("predictor", [PRESSURE_ALONE, ALL_FEATURES, TREES, HYPOTENSION])
def test_nothing_is_learned_where_hypotension_never_comes(predictor, cases):
    never = with_labels(cases, np.full((SAMPLES, COUNT), 90.0))
    with pytest.raises(ValueError, match="hypotension to come is 0 at all"):
        predictor.learn(Course(never, never, Recipe(epochs=1)))


def test_weights_that_do_not_fit_are_refused_by_name():
    with pytest.raises(ValueError, match="has no odds of shape"):
        PRESSURE_ALONE.of(Weights(Path("here"), {}, {"mean": np.zeros(1), "sd": np.ones(1)}))
