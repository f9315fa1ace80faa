"""Ectopic beats: early, followed by the pause that makes up for them, the same alone as among others."""

from __future__ import annotations

import numpy as np
import pytest

from sim.waves.pulse.ectopy import RATE, WINDOW, rhythm

PEOPLE, BEATS = 40, 120


@pytest.fixture(scope="module")
def beats():
    return rhythm(np.arange(PEOPLE), BEATS, 4)


def test_a_person_has_the_same_beats_alone_and_among_others(beats):
    alone = rhythm(np.array([9]), BEATS, 4)
    np.testing.assert_array_equal(alone.kind[:, 0], beats.kind[:, 9])
    np.testing.assert_allclose(alone.wave[..., 0], beats.wave[..., 9], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(alone.before[:, 0], beats.before[:, 9])


def test_ectopic_beats_come_early_and_no_two_of_them_follow_each_other(beats):
    usual = np.median(beats.before, axis=0)
    early = beats.before / usual
    for kind in (1, 2):
        assert np.median(early[beats.kind == kind]) < 0.8
    assert not ((beats.kind[1:] > 0) & (beats.kind[:-1] > 0)).any()
    np.testing.assert_array_equal(beats.after[:-1], beats.before[1:])


def test_a_pause_makes_up_for_a_ventricular_beat_but_not_for_a_supraventricular_one(beats):
    both = (beats.before + beats.after) / np.median(beats.before, axis=0)
    assert np.median(both[beats.kind == 2]) == pytest.approx(2.0, abs=0.1)
    assert np.median(both[beats.kind == 1]) < 1.85


def test_ventricular_beats_are_wider_than_normal_ones_of_the_same_person(beats):
    power = np.abs(np.fft.rfft(beats.wave, axis=0)) ** 2
    hertz = np.fft.rfftfreq(len(beats.wave), 1.0 / RATE)
    middle = (power * hertz[:, None, None]).sum(axis=0) / power.sum(axis=0)
    who = np.flatnonzero((beats.kind == 2).sum(axis=0) > 5)
    lower = [
        np.median(middle[beats.kind[:, one] == 2, one]) < np.median(middle[beats.kind[:, one] == 0, one])
        for one in who
    ]
    assert len(who) > 5
    assert np.mean(lower) > 0.9


def test_the_window_holds_whole_seconds_of_samples_around_r(beats):
    assert len(beats.wave) == round(WINDOW[1] * RATE) - round(WINDOW[0] * RATE)
    with pytest.raises(ValueError, match="beats: 1 is not allowed; 2 or more"):
        rhythm(np.arange(2), 1, 0)
