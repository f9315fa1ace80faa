"""What is read from spectra, against noise and tones whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from sim.signals.eeg import RATE, muscle, ratios, spectra


def noise(size: float = 1.0, windows: int = 400, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, size, (windows, spectra.WINDOW))


def mean_power(windows: np.ndarray) -> np.ndarray:
    return spectra.powers(windows).mean(0)


def test_the_power_of_noise_is_its_variance():
    assert mean_power(noise(3.0))[2:].mean() * RATE == pytest.approx(9.0, rel=0.02)


def test_a_tone_has_its_power_in_its_bin_and_drift_has_none():
    time = np.arange(spectra.WINDOW) / RATE
    tone = 10.0 * np.sin(2.0 * np.pi * 10.0 * time) + 40.0 * time + 300.0
    power = spectra.powers(tone[None])[0]
    assert power.argmax() == 20
    assert power.sum() == pytest.approx(50.0, rel=0.01)
    assert power[:3].max() < 0.02


def test_bins_of_one_second_are_of_one_hertz():
    power = spectra.powers(10.0 * np.sin(2.0 * np.pi * 20.0 * np.arange(RATE) / RATE)[None])[0]
    assert power.argmax() == 20


def test_the_edge_of_white_noise_lies_at_its_share_of_the_band():
    power = np.ones(128)
    assert spectra.edge(power) == pytest.approx(0.25 + 0.95 * 30.0)
    assert spectra.edge(power, share=0.5, low=1.0, high=47.0) == pytest.approx(24.0)


def test_muscle_is_on_the_monitor_s_scale_and_the_mains_are_no_muscle():
    decibels = [muscle.emg(mean_power(noise(size))[None])[0] for size in (0.5, 1.0, 10.0)]
    assert decibels[2] - decibels[1] == pytest.approx(20.0, abs=1.5)
    hum = noise(1.0) + 5.0 * np.sin(2.0 * np.pi * 50.0 * np.arange(spectra.WINDOW) / RATE)
    assert muscle.emg(mean_power(hum)[None])[0] == pytest.approx(decibels[1], abs=2.5)
    assert muscle.emg(np.zeros((1, 128)))[0] == muscle.LOWEST


def test_ratios_compare_the_density_of_bands():
    power = np.ones(128)
    power[spectra.between(30.0, 47.0)] = 0.01
    assert ratios.beta_ratio(power) == pytest.approx(-2.0)
    assert ratios.alpha_ratio(power) == pytest.approx(-2.0)


def test_the_derivative_s_median_of_white_noise_halves_the_area_below_a_parabola():
    assert ratios.derivative_median(np.ones(128)) == pytest.approx(47.25 / 2.0 ** (1 / 3), abs=0.2)


def test_missing_samples_are_held():
    eeg = np.arange(12.0).reshape(6, 2)
    eeg[0, 0] = eeg[2:4, 1] = np.nan
    whole, last = spectra.filled(eeg, np.array([-1.0, -2.0]))
    np.testing.assert_array_equal(whole[:, 0], [-1, 2, 4, 6, 8, 10])
    np.testing.assert_array_equal(whole[:, 1], [1, 3, 3, 3, 9, 11])
    np.testing.assert_array_equal(last, [10.0, 11.0])
