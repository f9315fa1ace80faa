"""What monitors do to the truth: delay, smoothing, noise, missing values; and nothing else."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from sim.arrays import map_arrays, take
from sim.monitors import bis as bis_monitor
from sim.monitors import panel
from sim.monitors.circulation import heart_rate_noise, pressure_noise
from sim.monitors.panel import Monitors
from sim.pharmacodynamics.hypnosis import eleveld_delay
from sim.randomness import case_keys, normals

DELAYS = np.array([8.0, 12.3, 17.8, 22.9, 37.2, 77.6, 120.0, 155.0])
KEYS = case_keys(11, np.arange(600))


def watch(
    monitors: Monitors, delays, signal, periods: int, keys=None, pressure=lambda t: 80.0, rate=lambda t: 70.0
):
    """Read the monitors of patients whose true index is `signal(time)`; return the states, one a reading."""
    keys = KEYS[: len(delays)] if keys is None else keys
    one = np.ones(len(delays))
    kernel = bis_monitor.kernel(np.asarray(delays, dtype=float), monitors.step)
    state = panel.connect(monitors, keys, signal(0.0) * one, pressure(0.0) * one, rate(0.0) * one)
    seen = [state]
    steps = round(monitors.interval / monitors.step)
    for k in range(1, periods + 1):
        now = k * monitors.interval
        recent = np.stack([signal(now - i * monitors.step) * one for i in range(steps)])
        state = panel.read(monitors, kernel, state, keys, recent, pressure(now) * one, rate(now) * one)
        seen.append(state)
    return seen


@pytest.mark.parametrize("step", [1.0, 2.5, 5.0, 10.0])
def test_smoothing_keeps_the_level_and_delays_by_the_published_seconds(step):
    kernel = bis_monitor.kernel(DELAYS, step)
    ages = step * np.arange(len(kernel))[:, None]
    np.testing.assert_allclose(kernel.sum(0), 1.0, rtol=1e-12)
    np.testing.assert_allclose((ages * kernel).sum(0), DELAYS, rtol=1e-12)
    assert (kernel >= 0.0).all()


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
    kernel = bis_monitor.kernel(eleveld_delay(np.array([98.0, 110.0])), 5.0)
    np.testing.assert_allclose(kernel.sum(0), 1.0, rtol=1e-12)
    assert (5.0 * np.arange(len(kernel)) @ kernel <= 155.0 + 7.5 + 1e-9).all()


NOISES = {
    "index": (bis_monitor.noise, 4.36, {10: 0.87, 30: 0.45}, 1.0, 0.04),
    "pressure": (pressure_noise, 2.1, {10: 0.96, 30: 0.80}, 2.0, 0.01),
    "heart rate": (heart_rate_noise, 1.7, {10: 0.83, 30: 0.56}, 10.0, 0.02),
}


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("interval", [5.0, 10.0, 30.0])
def test_noise_has_the_recorded_spread_and_memory_from_the_first_reading_on(name, interval):
    make, sd, correlations, _, _ = NOISES[name]
    noise, rng = make(interval), np.random.default_rng(4)
    state = noise.initial(rng.normal(size=(2, 40_000)))
    values = [state[0]]
    for _ in range(8):
        state = noise.step(state, rng.normal(size=(2, 40_000)))
        values.append(state[0])
    values = np.array(values)
    np.testing.assert_allclose(values.std(1), sd, rtol=0.02)
    np.testing.assert_allclose(values.mean(1), 0.0, atol=0.03 * sd)
    for seconds, expected in correlations.items():
        if seconds % interval == 0:
            lag = round(seconds / interval)
            assert np.corrcoef(values[0], values[lag])[0, 1] == pytest.approx(expected, abs=0.02)
            assert np.corrcoef(values[-1 - lag], values[-1])[0, 1] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("name", NOISES)
def test_noise_has_half_its_power_at_the_recorded_cutoff(name):
    """|H|² of the published filter is 1/2 at the cutoff, and white noise through it has the recorded spread."""
    make, sd, _, damping, cutoff = NOISES[name]
    noise = make(10.0)
    white = {"index": 35.0, "pressure": 30.0, "heart rate": 17.0}[name]  # SD of white noise at 1 Hz

    def gain(frequency):
        s = 1j * frequency / noise.omega
        return abs(1.0 / (s * s + 2.0 * damping * s + 1.0)) ** 2

    assert gain(cutoff) == pytest.approx(0.5, rel=1e-9)
    power = white**2 * quad(gain, 0.0, np.pi, limit=200, points=[cutoff])[0] / np.pi
    assert math.sqrt(power) == pytest.approx(sd, rel=0.03)


def truth(t):
    return 50.0 + 10.0 * math.sin(t / 200.0)


def test_without_noise_pressure_and_rate_are_the_truth_of_now():
    seen = watch(
        Monitors(10.0, 5.0, noise=False),
        DELAYS,
        truth,
        30,
        None,
        lambda t: 80 + t / 100,
        lambda t: 60 + t / 90,
    )
    for k, state in enumerate(seen):
        np.testing.assert_allclose(state.pressure, 80.0 + 10.0 * k / 100.0)
        np.testing.assert_allclose(state.heart_rate, 60.0 + 10.0 * k / 90.0)
        assert state.bis_valid.all()
        assert state.pressure_valid.all()
        assert state.heart_rate_valid.all()
        np.testing.assert_array_equal(state.signal_quality, 100.0)


def test_with_noise_readings_are_whole_numbers_around_the_delayed_truth():
    delays = np.full(600, 25.0)
    noisy = watch(Monitors(10.0, 5.0), delays, truth, 40)
    clean = watch(Monitors(10.0, 5.0, noise=False), delays, truth, 40)
    shown, expected = noisy[-1], clean[-1]
    valid = shown.bis_valid
    error = shown.bis[valid] - expected.bis[valid]
    assert (shown.bis == np.round(shown.bis)).all()
    assert np.abs(error).max() > 5.0
    assert error.std() == pytest.approx(4.36, rel=0.1)
    assert error.mean() == pytest.approx(0.0, abs=0.6)
    for name, sd in (("pressure", 2.1), ("heart_rate", 1.7)):
        difference = getattr(shown, name) - getattr(expected, name)
        assert (getattr(shown, name) == np.round(getattr(shown, name))).all()
        assert difference.std() == pytest.approx(math.hypot(sd, 12**-0.5), rel=0.1)


@pytest.mark.parametrize("level", [0.0, 100.0])
def test_the_shown_index_stays_between_0_and_100(level):
    seen = watch(Monitors(10.0, 5.0), np.full(200, 20.0), lambda t: level, 20)
    shown = np.array([state.bis for state in seen])
    assert (shown >= 0.0).all()
    assert (shown <= 100.0).all()
    assert np.abs(shown - level).max() > 3.0


def test_dropouts_come_once_an_hour_last_half_a_minute_and_say_so():
    seen = watch(Monitors(10.0, 5.0), np.full(600, 20.0), truth, 360)
    dropped = np.array([~state.bis_valid for state in seen])
    shown = np.array([state.bis for state in seen])
    quality = np.array([state.signal_quality for state in seen])
    begins = (~dropped[:-1] & dropped[1:]).sum()
    assert begins / 600.0 == pytest.approx(1.0, abs=0.15)  # an hour of 600 patients
    assert dropped.sum() * 10.0 / begins == pytest.approx(10.0 / (1.0 - math.exp(-10.0 / 30.0)), rel=0.1)
    held = np.flatnonzero(dropped[1:])
    np.testing.assert_array_equal(shown[1:].ravel()[held], shown[:-1].ravel()[held])
    assert (quality[dropped] < 15.0).all()
    assert (quality[~dropped] >= 50.0).all()
    assert quality.max() <= 100.0


def test_a_cuff_measures_every_three_minutes_and_tells_its_age():
    pressure = lambda t: 90.0 - t / 60.0  # noqa: E731
    seen = watch(Monitors(10.0, 5.0, noise=False, pressure="cuff"), DELAYS, truth, 100, None, pressure)
    for k, state in enumerate(seen):
        age = (10.0 * k) % 180.0
        np.testing.assert_allclose(state.pressure_age, age)
        np.testing.assert_allclose(state.pressure, pressure(10.0 * k - age))
        assert state.pressure_valid.all()


def test_a_cuff_errs_by_its_own_noise():
    seen = watch(Monitors(10.0, 5.0, pressure="cuff"), np.full(600, 20.0), truth, 36)
    shown = np.array([state.pressure for state in seen])
    first, second, third = shown[0], shown[18], shown[36]
    np.testing.assert_array_equal(shown[:18], np.broadcast_to(first, (18, 600)))
    for measured in (first, second, third):
        assert (measured - 80.0).std() == pytest.approx(4.0, rel=0.1)
    assert abs(np.corrcoef(second, third)[0, 1]) < 0.15
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.15


def test_an_old_cuff_pressure_is_blanked():
    monitors = Monitors(60.0, 5.0, noise=False, pressure="cuff", cuff_interval=1800.0)
    seen = watch(monitors, DELAYS, truth, 31)
    for minute, state in enumerate(seen):
        assert (state.pressure_valid == ((minute % 30) * 60.0 < 900.0)).all()


def test_noise_belongs_to_the_case_not_to_the_batch_or_the_patient():
    monitors, delays = Monitors(10.0, 5.0), np.full(30, 20.0)
    crowd = watch(monitors, delays, truth, 30, KEYS[:30])
    alone = watch(monitors, delays[:1], truth, 30, KEYS[[13]])
    for many, one in zip(crowd, alone, strict=True):
        map_arrays(lambda a, b: np.testing.assert_allclose(b, a, rtol=1e-12), take(many, np.array([13])), one)
    deeper = watch(monitors, delays, lambda t: truth(t) - 20.0, 30, KEYS[:30])
    for one, other in zip(crowd, deeper, strict=True):
        np.testing.assert_array_equal(one.noise, other.noise)
        np.testing.assert_array_equal(one.dropped, other.dropped)
        np.testing.assert_array_equal(one.signal_quality, other.signal_quality)


def test_index_pressure_and_rate_have_noise_of_their_own():
    state = watch(Monitors(10.0, 5.0), np.full(600, 20.0), truth, 20)[-1]
    correlations = np.corrcoef(state.noise[:, 0])
    np.testing.assert_allclose(correlations, np.eye(3), atol=0.15)
    first = normals(KEYS, "monitors begin", 0, 1)[0]
    assert abs(np.corrcoef(first, state.noise[0, 0])[0, 1]) < 0.15


def test_torch_monitors_show_the_same():
    monitors, keys = Monitors(10.0, 5.0), KEYS[:8]
    kernel = bis_monitor.kernel(DELAYS, 5.0)
    start = [np.full(8, level) for level in (93.0, 90.0, 70.0)]
    state = panel.connect(monitors, keys, *start)
    other = panel.connect(monitors, keys, *map(torch.from_numpy, start))
    for k in range(40):
        recent = np.stack([90.0 - k * np.ones(8), 90.5 - k * np.ones(8)])
        state = panel.read(monitors, kernel, state, keys, recent, start[1], start[2])
        tensors = map(torch.from_numpy, (recent, start[1], start[2]))
        other = panel.read(monitors, torch.from_numpy(kernel), other, keys, *tensors)
        for name in ("bis", "bis_valid", "signal_quality", "pressure", "heart_rate", "pressure_age"):
            np.testing.assert_allclose(getattr(other, name).numpy(), getattr(state, name), rtol=1e-12)


def test_reading_leaves_the_old_state_as_it_was():
    monitors = Monitors(10.0, 5.0)
    state = watch(monitors, DELAYS, truth, 3)[-1]
    copy = map_arrays(np.copy, state)
    recent = np.full((2, 8), 40.0)
    panel.read(monitors, bis_monitor.kernel(DELAYS, 5.0), state, KEYS[:8], recent, recent[0], recent[0])
    map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), replace(state), copy)
