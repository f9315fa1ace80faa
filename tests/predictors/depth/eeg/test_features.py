"""Features of EEG: values that are known of noise, ramps, sines and silence; and what is no EEG."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.depth.eeg import epochs
from predictors.depth.eeg.entropy import permutation_entropy, sample_entropy
from predictors.depth.eeg.epochs import SAMPLES, STEPS
from predictors.depth.eeg.features import COUNT, NAMES, features
from sim.signals.eeg import RATE

TIME = np.arange(2 * SAMPLES) / RATE
RANDOM = np.random.default_rng(0)


def of(name: str, eeg: np.ndarray) -> np.ndarray:
    """A feature of one signal (samples,), (steps,)."""
    return features(eeg[:, None])[NAMES.index(name), :, 0]


def test_permutation_entropy_is_1_of_noise_and_0_of_a_ramp():
    noise = RANDOM.normal(size=(20_000, 2))
    np.testing.assert_allclose(permutation_entropy(noise), 1.0, atol=2e-3)
    np.testing.assert_array_equal(permutation_entropy(np.arange(100.0)[:, None]), 0.0)


def test_permutation_entropy_of_the_papers_example_is_what_the_paper_says():
    """Bandt & Pompe 2002: of 4, 7, 9, 10, 6, 11, 3 neighbours rise four times of six, and H(3) is 1.522 bits."""
    series = np.array([4.0, 7.0, 9.0, 10.0, 6.0, 11.0, 3.0])[:, None]
    assert permutation_entropy(series, order=2)[0] == pytest.approx(0.918, abs=1e-3)
    assert permutation_entropy(series, order=3)[0] * np.log2(6) == pytest.approx(1.522, abs=1e-3)


def test_sample_entropy_counts_pairs_as_its_definition_does():
    signal = RANDOM.normal(size=200)
    near, size = 0.2 * signal.std(), len(signal) - 2

    def pairs(length: int) -> int:
        rows = np.stack([signal[i : i + length] for i in range(size)])
        apart = np.abs(rows[:, None] - rows[None]).max(axis=-1)
        return int((apart <= near).sum() - size) // 2

    assert sample_entropy(signal[:, None])[0] == pytest.approx(np.log(pairs(2) / pairs(3)), rel=1e-6)


def test_a_regular_signal_has_less_sample_entropy_than_noise():
    both = np.stack([np.sin(2.0 * np.pi * 3.0 * TIME[:SAMPLES]), RANDOM.normal(size=SAMPLES)], axis=1)
    regular, noise = sample_entropy(both)
    assert regular < 0.3 < 1.5 < noise


@pytest.mark.parametrize("frequency", [2.0, 10.0, 20.0])
def test_the_edges_of_a_sine_are_its_frequency(frequency):
    sine = 20.0 * np.sin(2.0 * np.pi * frequency * TIME)
    for name in ("spectral_edge", "median_frequency"):
        np.testing.assert_allclose(of(name, sine), frequency, atol=1.2)  # a window of 2 s spreads it


def test_the_power_of_a_sine_stands_in_its_band():
    sine = 20.0 * np.sin(2.0 * np.pi * 10.0 * TIME)
    density = 10.0 * np.log10(20.0**2 / 2.0 / 11.0)  # spread over the 11 bins of the band
    np.testing.assert_allclose(of("alpha_power", sine), density, atol=0.2)
    assert (of("gamma_power", sine) < density - 40.0).all()


def test_ratios_do_not_depend_on_the_gain():
    noise = 20.0 * RANDOM.normal(size=2 * SAMPLES)
    for name in ("alpha_ratio", "beta_ratio", "spectral_edge", "permutation_entropy", "sample_entropy"):
        np.testing.assert_allclose(of(name, 2.0 * noise), of(name, noise), atol=1e-4)


def test_silence_is_suppression_and_half_of_it_half():
    quiet = RANDOM.normal(size=SAMPLES)
    half = np.where(np.arange(SAMPLES) < SAMPLES // 2, 1.0, 30.0) * quiet
    np.testing.assert_allclose(of("suppression", np.concatenate([quiet, half])), [1.0, 0.5], atol=1e-6)


@pytest.mark.parametrize("spoiled", ["missing", "flat", "saturated"])
def test_what_is_no_eeg_has_no_features(spoiled):
    eeg = 20.0 * RANDOM.normal(size=(3 * SAMPLES, 2))
    part = slice(SAMPLES, 2 * SAMPLES)
    eeg[part, 1] = {
        "missing": np.where(np.arange(SAMPLES) == 5, np.nan, 1.0),
        "flat": 0.0,
        "saturated": 500.0,
    }[spoiled]
    there = np.isfinite(features(eeg))
    assert there.all(axis=0).tolist() == [[True, True], [True, False], [True, True]]


def test_features_of_a_patient_alone_are_those_in_the_batch():
    eeg = 20.0 * RANDOM.normal(size=(4 * SAMPLES, 3))
    many = features(eeg)
    assert many.shape == (COUNT, 4, 3)
    np.testing.assert_allclose(features(eeg[:, [1]])[..., 0], many[..., 1], rtol=1e-5)


def test_gaps_hold_what_was_known_and_say_how_old_it_is():
    values, age = epochs.held(np.array([[np.nan, 1.0, np.nan, 2.0]]).T[None])
    assert values[0, :, 0].tolist() == [1.0, 1.0, 1.0, 2.0]
    assert age[:, 0].tolist() == [np.inf, 0.0, 1.0, 0.0]


def test_a_window_looks_back_a_minute_and_before_the_beginning_sees_the_beginning():
    seen = epochs.windows(np.arange(20.0)[None, :, None])
    assert seen.shape == (1, STEPS, 20, 1)
    assert seen[0, :, 15, 0].tolist() == list(range(4, 16))
    assert seen[0, :, 1, 0].tolist() == [0.0] * 11 + [1.0]
