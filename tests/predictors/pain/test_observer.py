"""Nociception heard in the loop: streaming is offline, alone is in a crowd, and what is taught is learned."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from predictors.learning.cases import Cases, Signal
from predictors.learning.contract import Course, Recipe
from predictors.learning.weights import Weights
from predictors.pain import listening, memory
from predictors.pain.features import NAMES, describe
from predictors.pain.observer import HIGH, LOW, NOW, PAIN, WAVE, Network, PainObserver, with_features
from sim.arrays import check_patients, take
from sim.cohort.people import surgical_people
from sim.randomness import case_keys, uniforms
from sim.signals.pulse import features
from sim.waves import WAVES
from sim.waves.drive import Drive

PEOPLE, STEPS = 10, 40
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@cache
def operated() -> Cases:
    """Anaesthetised people whose nociception changes every two minutes, and who answer it by heart rate too."""
    keys = case_keys(3, np.arange(PEOPLE))
    person = surgical_people(keys)
    level = np.repeat(uniforms(keys, "test nociception", 0, STEPS // 4 + 1), 4, axis=0)[:STEPS] ** 2
    felt = np.repeat(level, 10, axis=0)
    rows = np.ones_like(felt)
    drive = Drive(
        45.0 * rows, 3.0 * rows, 2.0 * rows, felt, rows, rows, 65.0 + 20.0 * felt, 80.0 + 15.0 * felt, 70.0 * rows, rows
    )  # fmt: skip
    wave = WAVES.get("ppg")()
    _, ppg = wave.play(wave.begin(person, keys), drive)
    names = np.arange(PEOPLE).astype(str)
    signals = {WAVE: Signal(ppg, 0.01)}
    labels = {NOW: Signal(level, 10.0)}
    return Cases(names, names, person, np.full(PEOPLE, 10.0 * STEPS), signals, labels)


@cache
def learned() -> PainObserver:
    """Taught on the first six."""
    cases = with_features(operated())
    course = Course(cases.select(np.arange(6)), cases.select(np.arange(6, 8)), Recipe(epochs=150))
    found = PAIN.learn(course)
    return PAIN.of(Weights(None, {"architecture": "pain", **found.settings}, found.tensors))


def streamed(observer: PainObserver, cases: Cases) -> dict[str, np.ndarray]:
    state, said = observer.initial(cases.person), []
    for block in np.split(cases[WAVE], STEPS):
        state, estimates = observer.update(state, SimpleNamespace(waves={WAVE: block}))
        check_patients(state, cases.count)
        said.append(estimates)
    return {name: np.stack([one[name] for one in said]) for name in observer.estimates}


def test_streaming_is_what_is_said_of_whole_cases_and_alone_is_as_in_the_crowd():
    observer, cases = learned(), operated()
    stream, whole = streamed(observer, cases), observer.answer(cases)
    for name in (NOW, LOW, HIGH):
        heard = np.isfinite(whole[name])
        assert heard[3:].all()
        np.testing.assert_allclose(stream[name][heard], whole[name][heard], rtol=1e-9, atol=1e-12)
    assert (stream[LOW] <= stream[NOW]).all()
    assert (stream[NOW] <= stream[HIGH]).all()
    alone = streamed(observer, cases.select(np.array([4])))
    np.testing.assert_allclose(alone[NOW][:, 0], stream[NOW][:, 4], rtol=1e-9)


def test_features_of_the_stream_are_those_of_the_same_minute_offline():
    ppg = operated()[WAVE]
    state = listening.begin(PEOPLE)
    for block in np.split(ppg, STEPS):
        state, found = listening.listen(state, block)
    beats = features.features(ppg)
    recent = beats.time > len(ppg) / 100.0 - listening.WINDOW
    window = [np.where(recent, getattr(beats, name), np.nan) for name in listening.FIELDS]
    whole = describe(features.BeatFeatures(*window))
    assert np.abs(found - whole).max() < 1e-6


def test_what_is_taught_is_learned_of_others():
    cases = operated().select(np.arange(6, PEOPLE))
    said, truth = learned().answer(cases)[NOW][8:], cases.label(NOW)[8:]
    assert np.corrcoef(said.ravel(), truth.ravel())[0, 1] > 0.3  # six people teach for 7 minutes each


def test_where_no_pulse_is_heard_the_last_answer_stands_and_anything_is_possible():
    observer, cases = learned(), operated().select(np.arange(2))
    state = observer.initial(cases.person)
    blocks = np.split(cases[WAVE], STEPS)
    for block in blocks[:20]:
        state, before = observer.listen(state, block)
    nothing = np.full_like(blocks[0], np.nan)
    for _ in range(2 * memory.SILENT + 6):
        state, said = observer.listen(state, nothing)
    assert np.isfinite(said[NOW]).all()
    assert (said[LOW] == 0.0).all()
    assert (said[HIGH] == 1.0).all()
    for block in blocks[20:]:
        state, said = observer.listen(state, block)
    assert (said[HIGH] < 1.0).all()
    assert np.isfinite(before[NOW]).all()


def test_a_pulse_that_was_never_heard_says_nothing():
    observer = PainObserver(Network().double().eval())
    state = observer.initial(operated().select(np.arange(3)).person)
    _, said = observer.listen(state, np.zeros((1000, 3)))
    assert (said[NOW] == 0.0).all()
    assert (said[LOW] == 0.0).all()
    assert (said[HIGH] == 1.0).all()


def test_what_is_shown_is_the_last_minute_and_how_it_differs_from_the_case_so_far():
    state = memory.begin(2)
    first, second = np.ones((24, 2)), 3.0 * np.ones((24, 2))
    second[0, 1] = np.nan  # one of all is not there: nothing is
    state, shown = memory.remember(state, first)
    np.testing.assert_array_equal(shown[24:], 0.0)
    state, shown = memory.remember(state, second)
    np.testing.assert_array_equal(shown[:24, 0], 3.0)
    np.testing.assert_array_equal(shown[24:, 0], 1.0)
    np.testing.assert_array_equal(shown[:24, 1], 1.0)
    np.testing.assert_array_equal(state.age, [0.0, 1.0])
    np.testing.assert_array_equal(take(state, np.array([1])).steps, [1.0])
    assert len(shown) == 2 * len(NAMES)
