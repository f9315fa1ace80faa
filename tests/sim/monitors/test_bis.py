"""The BIS monitor: delayed by the published seconds, smoothed, sometimes without a value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.monitors.bis import kernel
from sim.monitors.panel import Monitors
from sim.monitors.recorded import recorded
from sim.pharmacodynamics.hypnosis import eleveld_delay
from tests.sim.monitors.watching import DELAYS, sway, watch


@pytest.mark.parametrize("step", [1.0, 2.5, 5.0, 10.0])
def test_smoothing_keeps_the_level_and_delays_by_the_published_seconds(step):
    weights = kernel(DELAYS, step)
    ages = step * np.arange(len(weights))[:, None]
    np.testing.assert_allclose(weights.sum(0), 1.0, rtol=1e-12)
    np.testing.assert_allclose((ages * weights).sum(0), DELAYS, rtol=1e-12)
    assert (weights >= 0.0).all()


@pytest.mark.parametrize(("interval", "step"), [(5.0, 5.0), (10.0, 5.0), (10.0, 2.5), (30.0, 5.0)])
def test_a_ramp_is_shown_exactly_one_delay_late(interval, step):
    seen = watch(
        Monitors(interval, step, noise=False), DELAYS, lambda t: 95.0 - 0.1 * t, round(600 / interval)
    )
    for k, state in enumerate(seen):
        if k * interval > 155.0 + 15.0:
            np.testing.assert_allclose(state.bis, 95.0 - 0.1 * (k * interval - DELAYS), rtol=1e-12)


@pytest.mark.parametrize("step", [2.5, 5.0])
def test_a_step_is_not_seen_before_its_delay_never_inverted_and_complete_after(step):
    """A first-order or Padé delay would begin at once, or go the wrong way first."""
    fall = 60.0
    seen = watch(Monitors(5.0, step, noise=False), DELAYS, lambda t: 95.0 if t <= fall else 45.0, 60)
    shown = np.array([state.bis for state in seen])
    time = 5.0 * np.arange(61)[:, None]
    early = time <= fall + DELAYS - 7.5
    late = time >= fall + step + DELAYS + 7.5
    np.testing.assert_allclose(shown[early], 95.0, rtol=1e-12)
    np.testing.assert_allclose(shown[late], 45.0, rtol=1e-12)
    assert (np.diff(shown, axis=0) <= 1e-12).all()
    between = shown[~early & ~late]
    assert ((between > 45.0) & (between < 95.0)).any()


def test_smoothing_is_a_moving_average_of_15_s():
    """A sine of period 60 s is damped by the closed form of that average, and comes one delay late."""
    omega = 2.0 * math.pi / 60.0
    seen = watch(Monitors(1.0, 1.0, noise=False), [60.0], lambda t: 50.0 + 10.0 * math.sin(omega * t), 440)
    shown = np.array([state.bis[0] for state in seen])[200:] - 50.0
    expected = 10.0 * math.sin(omega * 7.5) / (omega * 7.5)
    late = np.sin(omega * (np.arange(200, 441) - 60.0))
    np.testing.assert_allclose(shown, expected * late, atol=0.03 * expected)


def test_delay_beyond_the_longest_published_is_held_there():
    weights = kernel(eleveld_delay(np.array([98.0, 110.0])), 5.0)
    np.testing.assert_allclose(weights.sum(0), 1.0, rtol=1e-12)
    assert (5.0 * np.arange(len(weights)) @ weights <= 155.0 + 7.5 + 1e-9).all()


@pytest.mark.parametrize("level", [0.0, 100.0])
def test_the_shown_index_stays_between_0_and_100(level):
    seen = watch(Monitors(10.0, 5.0), np.full(200, 20.0), lambda t: level, 20)
    shown = np.array([state.bis for state in seen])
    assert (shown >= 0.0).all()
    assert (shown <= 100.0).all()
    assert (shown != level).mean() > 0.3


def test_the_noise_of_the_index_is_small_on_plateaus_and_never_biased():
    """Recorded: less of it near 40 and near 97 than between; half of all readings lie above the truth."""
    spread = {}
    for level in (36.0, 40.5, 48.0, 97.0):
        seen = watch(Monitors(10.0, 5.0), np.full(600, 20.0), lambda t, level=level: level, 30)
        shown = np.array([state.bis for state in seen])
        assert np.median(shown) == pytest.approx(level, abs=0.35)
        spread[level] = np.median(np.abs(np.diff(shown, axis=0)))
    assert spread[40.5] < spread[36.0] < spread[48.0]
    assert spread[40.5] < 0.85 * spread[48.0]
    assert spread[97.0] < 0.5 * spread[36.0]


def test_readings_are_tenths_and_some_repeat_the_last():
    seen = watch(Monitors(10.0, 5.0), np.full(600, 20.0), sway, 60)
    shown = np.array([state.bis for state in seen])
    np.testing.assert_allclose(10.0 * shown, np.round(10.0 * shown), atol=1e-9)
    whole = (shown == np.round(shown)).mean()
    assert whole == pytest.approx(0.1, abs=0.02)
    valid = np.array([state.bis_valid for state in seen])
    still = (np.diff(shown, axis=0) == 0.0)[valid[1:] & valid[:-1]].mean()
    again = recorded().index.repeats[(2.0 * shown).astype(int)].mean()
    by_chance = 0.015  # of two readings of different noise, rounded to tenths
    assert again > 0.01
    assert still == pytest.approx(again + by_chance, abs=0.01)


def test_gaps_come_and_last_as_recorded_and_say_so():
    seen = watch(Monitors(10.0, 5.0), np.full(600, 20.0), sway, 720)
    none = np.array([~state.bis_valid for state in seen])
    shown = np.array([state.bis for state in seen])
    quality = np.array([state.signal_quality for state in seen])
    begins = (~none[:-1] & none[1:]).sum()
    gaps = recorded().index.gaps
    often = sum(gap.per_hour for gap in gaps)
    assert begins / 1200.0 == pytest.approx(often, rel=0.1)  # two hours of 600 patients
    longest = max(gap.seconds for gap in gaps)
    mean = sum(gap.per_hour * gap.seconds for gap in gaps) / often
    assert none.sum() * 10.0 / begins == pytest.approx(
        mean + 5.0, rel=0.15
    )  # half a reading is lost at its end
    assert mean + 15.0 < longest
    held = np.flatnonzero(none[1:])
    np.testing.assert_array_equal(shown[1:].ravel()[held], shown[:-1].ravel()[held])
    assert (quality[none] < 15.0).all()
    assert (quality[~none] >= 50.0).all()
    assert quality.max() <= 100.0
