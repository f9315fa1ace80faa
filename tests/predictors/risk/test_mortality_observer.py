"""Death foreseen in the loop: minutes are made of readings; an hour watched says what the same hour at once does."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.risk.mortality.sites import MORTAL_SITES, cases
from predictors import OBSERVERS
from predictors.learning.contract import Course, Recipe
from predictors.learning.weights import Weights
from predictors.risk.fritz2019 import Watched
from predictors.risk.mortality import material
from predictors.risk.mortality.observer import SEEN, seen
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.outcomes.mortality.death import TELLING, Mortality, people
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import CHANNELS, MINUTES

PREDICTOR = OBSERVERS.get("mortality")
TWO = Covariates.of([70, 40], ["F", "M"], [160, 180], [60, 80])
YES = np.ones(2, dtype=bool)


def shown(pressure, rate=70.0, given=0.0, valid=YES) -> Readings:
    """What two people show: pressure, mmHg; heart rate, 1/min; norepinephrine, µg in 10 s."""
    one = np.ones(2)
    return Readings(
        0.0 * one, 0 * YES, 50.0 * one, YES, one, pressure * one, valid, 0.0 * one, rate * one, YES,
        np.stack([0.0 * one, 0.0 * one, given * one]),
    )  # fmt: skip


def test_an_hour_watched_says_what_the_same_hour_at_once_does():
    observer = PREDICTOR()
    state = before = observer.initial(TWO)
    series = np.full((2, len(CHANNELS), MINUTES), np.nan)
    random = np.random.default_rng(0)
    for minute in range(MINUTES):
        level, rate, given = random.uniform(50, 110), random.uniform(50, 110), random.uniform(0, 2)
        for jitter in (-3.0, 3.0, 0.0, -1.0, 0.0, 1.0):
            state, said = observer.update(state, shown(level + jitter, rate, given))
        series[:, SEEN, minute] = np.stack(
            [level * np.ones(2), rate * np.ones(2), 6.0 * given / TWO.weight]
        ).T
    whole = observer.network.probability(Watched(before.known.T, series))
    np.testing.assert_allclose(said["mortality"], whole, rtol=1e-5)
    assert (np.abs(before.said - whole) > 1e-4).all()


def test_what_cannot_be_or_was_not_read_is_missing_and_between_minutes_the_last_answer_stands():
    read = seen(shown(np.array([300.0, 80.0]), 5.0, valid=np.array([True, False])), TWO.weight, 10.0)
    assert np.isnan(read[:2]).all()
    np.testing.assert_array_equal(read[2], 0.0)
    observer = PREDICTOR()
    state = observer.initial(TWO)
    answers = []
    for _ in range(7):
        state, said = observer.update(state, shown(45.0))
        answers.append(said["mortality"])
    assert all((one == answers[0]).all() for one in answers[1:5])
    assert (answers[5] != answers[0]).all()
    np.testing.assert_array_equal(answers[5], answers[6])
    np.testing.assert_array_equal(state.hour[0, -2:], [[np.nan, np.nan], [45.0, 45.0]])


def test_shipped_weights_tell_the_way_of_a_sag_from_what_a_room_shows():
    cohort = people(TELLING, 1500, 11)
    room = material.as_in_the_room(material.watched(cases(cohort, "some")), 0)
    said = PREDICTOR().network.probability(room)
    odds = np.log(said / (1.0 - said))
    fast = cohort.hidden["way"] > 0.0
    assert odds[fast].mean() > odds[~fast].mean() + 0.5
    assert said.mean() == pytest.approx(0.01, rel=0.5)


def test_in_the_room_the_rest_is_missing_and_of_half_the_beginning_of_the_hour():
    some = material.watched(MORTAL_SITES.get("telling").cases(400, 2))
    room = material.as_in_the_room(some, 1)
    assert np.isfinite(room.values).any(axis=0).sum() == len(material.IN_THE_ROOM)
    np.testing.assert_array_equal(np.isfinite(room.series).any(axis=(0, 2)), SEEN)
    begun = np.isfinite(room.series[:, 0, :5]).any(axis=1)
    assert 0.4 < begun.mean() < 0.7
    assert set(MORTAL_SITES.get("room").cases(3, 2).signals) == {*material.IN_THE_ROOM, *material.SHOWN_THERE}


def test_a_training_leaves_weights_that_stand_near_the_prevalence(tmp_path):
    some = cases(people(Mortality(prevalence=0.1), 300, 5), "some")
    learned = PREDICTOR.learn(Course(some, some, Recipe(epochs=2)))
    config = {"network": {"columns": len(COLUMNS), "channels": len(CHANNELS)}}
    made = PREDICTOR.of(Weights(tmp_path / "w.safetensors", config, learned.tensors))
    assert made.answer(some)["mortality"].mean() == pytest.approx(0.1, abs=0.05)
    short = {**learned.tensors, "odds.weight": learned.tensors["odds.weight"][:, :3]}
    with pytest.raises(ValueError, match=r"has odds\.weight of shape"):
        PREDICTOR.of(Weights(tmp_path / "w.safetensors", config, short))
