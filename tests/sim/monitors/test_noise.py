"""Noise of monitors: spread, memory and tails by closed form, the same at any interval, from the first reading on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from sim.monitors.noise import CASE, CASE_COLOUR, COLOUR, INNOVATIONS, Noise, Sizes, goes_on, moving_average
from sim.randomness import case_keys, heavy, tailed

SIZES = Sizes(2.0, 16.0, 4.0, 40.0, 0.2, 0.25, 600.0, 0.0, 0.0, 0.06)
COLOURED = replace(SIZES, case_log_sd=0.0, swell_log_sd=0.0, case_colour=0.5, swell_colour=0.8)
EVERYBODY = case_keys(5, np.arange(40_000))


def course(sizes: Sizes, interval: float, readings: int) -> np.ndarray:
    """Noise (readings, patients) of 40,000 cases."""
    noise, rng = Noise(sizes, interval), np.random.default_rng(3)
    state = noise.initial(EVERYBODY, "a monitor", np.zeros(1))
    values = [noise.value(state)]
    for _ in range(readings):
        innovations = heavy(rng.normal(size=(INNOVATIONS, len(EVERYBODY))), *noise.tails)
        state = noise.step(state, innovations)
        values.append(noise.value(state))
    return np.array(values)


@pytest.mark.parametrize("interval", [5.0, 10.0, 30.0])
def test_noise_has_its_spread_and_memory_from_the_first_reading_on(interval):
    """Var = (white² + wave²) E[factor²]; the white part forgets within its window, the wave exponentially."""
    values = course(SIZES, interval, 8)
    factor = math.exp(2.0 * (SIZES.case_log_sd**2 + SIZES.swell_log_sd**2))
    variance = factor * (SIZES.white**2 + SIZES.wave**2)
    np.testing.assert_allclose(values.var(axis=1), variance, rtol=0.06)
    np.testing.assert_allclose(values.mean(axis=1), 0.0, atol=0.1)
    for lag in (1, 2, 3):
        seconds = lag * interval
        white = SIZES.white**2 * max(1.0 - seconds / SIZES.window, 0.0)
        wave = SIZES.wave**2 * math.exp(-seconds / SIZES.wave_seconds)
        expected = (white + wave) / (SIZES.white**2 + SIZES.wave**2)
        for first in (0, 8 - lag):
            found = np.corrcoef(values[first], values[first + lag])[0, 1]
            assert found == pytest.approx(expected, abs=0.03)


def test_the_size_of_noise_differs_between_cases_and_swells_within_them():
    """Log of the size: SD over cases, and what of it is still there ten minutes later."""
    noise = Noise(SIZES, 10.0)
    state = noise.initial(EVERYBODY, "a monitor", np.zeros(1))
    first = state.copy()
    rng = np.random.default_rng(2)
    for _ in range(60):
        state = noise.step(state, rng.normal(size=(INNOVATIONS, len(EVERYBODY))))
    np.testing.assert_array_equal(state[CASE], first[CASE])
    sizes = [0.2 * each[CASE] + 0.25 * each[1] for each in (first, state)]
    for size in sizes:
        assert size.std() == pytest.approx(math.hypot(0.2, 0.25), rel=0.02)
    shared = (0.2**2 + 0.25**2 * math.exp(-1.0)) / (0.2**2 + 0.25**2)
    assert np.corrcoef(*sizes)[0, 1] == pytest.approx(shared, abs=0.02)


def test_the_colour_of_noise_differs_between_cases_and_swells_too():
    """Var = white² E[exp(-colour)] + wave² E[exp(colour)]; the slower the colour, the longer the memory."""
    values = course(COLOURED, 10.0, 4)
    factor = math.exp(0.5 * (0.5**2 + 0.8**2))
    np.testing.assert_allclose(values.var(axis=1), factor * (2.0**2 + 4.0**2), rtol=0.06)
    noise = Noise(COLOURED, 10.0)
    state = noise.initial(EVERYBODY, "a monitor", np.zeros(1))
    colour = 0.5 * state[CASE_COLOUR] + 0.8 * state[COLOUR]
    assert colour.std() == pytest.approx(math.hypot(0.5, 0.8), rel=0.02)
    memory = [np.corrcoef(values[0, part], values[1, part])[0, 1] for part in (colour < -0.9, colour > 0.9)]
    assert memory[0] + 0.2 < memory[1]  # a wave of 40 s remembers more than an average over 16 s


@pytest.mark.parametrize("step", [1 / 16, 0.3, 5 / 8, 1.0, 2.5])
def test_a_moving_average_remembers_as_a_rectangular_window_does(step):
    weights = moving_average(step)
    for lag in range(len(weights) + 1):
        memory = float((weights[lag:] * weights[: len(weights) - lag]).sum())
        assert memory == pytest.approx(max(1.0 - lag * step, 0.0), abs=0.002)


@pytest.mark.parametrize("tails", [0.0, 0.1, 0.4])
def test_heavy_tails_keep_unit_variance_and_have_tukeys_kurtosis(tails):
    """Within three SDs of the normal numbers they are made of, as Tukey's h distribution has it."""
    z = ndtri((np.arange(2_000_000) + 0.5) / 2_000_000.0)
    values = heavy(z, *tailed(np.array([tails])))
    assert values.var() == pytest.approx(1.0, rel=0.005)
    assert (values**4).mean() > 2.7 + 6.0 * tails
    ratio = values[z > 2.9999].min() / values[np.searchsorted(z, 1.0)]
    assert ratio == pytest.approx(3.0 * math.exp(0.5 * tails * (9.0 - 1.0)), rel=1e-3)
    assert values.max() == pytest.approx(values[z > 3.0].min())


@pytest.mark.parametrize("interval", [5.0, 10.0, 30.0])
def test_episodes_come_and_last_as_often_and_as_long_as_said(interval):
    """Four an hour of those who are in none, a minute each: 1/16 of the time."""
    rng, running, share, begun = np.random.default_rng(1), np.zeros(20_000, dtype=bool), [], 0
    for _ in range(round(3600.0 / interval)):
        before, running = running, goes_on(running, rng.uniform(size=20_000), 4.0, 60.0, interval)
        share.append(running.mean())
        begun += (running & ~before).sum()
    chance = 1.0 - math.exp(-4.0 * interval / 3600.0)
    stays = math.exp(-interval / 60.0)
    expected = chance / (chance + 1.0 - stays)
    assert np.mean(share[len(share) // 4 :]) == pytest.approx(expected, rel=0.03)
    assert np.sum(share) * 20_000 / begun == pytest.approx(1.0 / (1.0 - stays), rel=0.05)
