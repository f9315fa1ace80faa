"""Death from what is known before: logistic regression as others fit it, made of weights, whatever is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from experiments.risk.mortality.sites import MORTAL_SITES, cases
from predictors import ANSWERS
from predictors.learning.contract import Course, Recipe
from predictors.learning.measures import roc_area
from predictors.learning.weights import Weights, load
from predictors.risk.mortality import material
from predictors.risk.newton import logistic
from sim.outcomes.mortality.death import DEATH, SILENT, Mortality, people

STATIC = ANSWERS.get("mortality_static")


def test_newton_finds_what_others_find():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(400, 3))
    happens = (random.random(400) < 1.0 / (1.0 + np.exp(-inputs @ [1.0, -0.5, 0.0] - 0.3))).astype(float)
    found = logistic(np.column_stack([np.ones(400), inputs]), happens, 0.01)
    others = LogisticRegression(C=1.0 / (0.01 * 400), tol=1e-10).fit(inputs, happens)
    np.testing.assert_allclose(found, [*others.intercept_, *others.coef_[0]], atol=1e-5)


def test_shipped_weights_rank_generated_people_and_stand_near_their_risks():
    cohort = people(SILENT, 4000, 12)
    said = STATIC().probability(material.values(cohort.columns, cohort.count))
    dead = cohort.risks[DEATH] > np.quantile(cohort.risks[DEATH], 0.9)
    assert roc_area(dead, said, np.ones((1, 4000)))[0] > 0.85
    assert said.mean() == pytest.approx(0.01, rel=0.3)


def test_who_is_known_by_age_and_sex_alone_is_given_a_probability():
    known = {"age": np.array([30.0, 90.0]), "female": np.zeros(2), "bmi": np.full(2, 24.0)}
    young, old = STATIC().probability(material.values(known, 2))
    assert 0.0 < young < old < 1.0


def test_a_training_leaves_weights_that_say_the_same(tmp_path):
    some = cases(people(Mortality(prevalence=0.2), 300, 5), "some")
    learned = STATIC.learn(Course(some, some, Recipe()))
    made = STATIC.of(Weights(tmp_path / "w.safetensors", {}, learned.tensors))
    said = made.answer(some)["mortality"]
    assert said.mean() == pytest.approx(some.label(DEATH).mean(), abs=0.01)


def test_what_cannot_be_learned_from_or_used_is_named(tmp_path):
    some = cases(people(SILENT, 30, 6), "some")
    dead = some.with_labels(**{DEATH: replace(some.labels[DEATH], values=np.ones((1, 30)))})
    with pytest.raises(ValueError, match=r"the label death is 1 in all 30, which is not allowed"):
        STATIC.learn(Course(dead, dead, Recipe()))
    weights = load("mortality_static")
    with pytest.raises(ValueError, match="has no slopes of shape"):
        STATIC.of(replace(weights, tensors={**weights.tensors, "slopes": np.zeros(3)}))


def test_sites_have_people_whose_risk_is_known():
    telling = MORTAL_SITES.get("telling").cases(20, 3)
    assert telling["pressure"].shape == (60, 20)
    assert telling["albumin"].shape == (1, 20)
    np.testing.assert_allclose(telling.label("risk")[0], people(Mortality(), 20, 3).risks[DEATH])
