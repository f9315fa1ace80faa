"""Coloured noise: spread, memory and power as recorded."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from sim.monitors.arterial import ArterialLine
from sim.monitors.bis import index_noise
from sim.monitors.pleth import Plethysmograph

NOISES = {
    "index": (index_noise, 4.36, {10: 0.87, 30: 0.45}, 1.0, 0.04),
    "pressure": (lambda interval: ArterialLine(interval, 5.0).coloured, 2.1, {10: 0.96, 30: 0.80}, 2.0, 0.01),
    "heart rate": (
        lambda interval: Plethysmograph(interval, 5.0).coloured,
        1.7,
        {10: 0.83, 30: 0.56},
        10.0,
        0.02,
    ),
}


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("interval", [5.0, 10.0, 30.0])
def test_noise_has_the_recorded_spread_and_memory_from_the_first_reading_on(name, interval):
    make, sd, correlations, _, _ = NOISES[name]
    noise, rng = make(interval), np.random.default_rng(4)
    state = noise.initial(rng.normal(size=(2, 40_000)), np.zeros(1))
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
