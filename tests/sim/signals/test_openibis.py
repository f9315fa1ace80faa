"""openibis against its formulas, a real recording, a plain reading of its definition, and itself in pieces."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.signal import butter, detrend, lfilter, resample_poly

from sim.signals.eeg import RATE
from sim.signals.eeg import openibis as listening
from sim.signals.eeg.openibis import begin, general, index, listen, openibis, sedation
from tests.recorded import data


def noise(seconds: int, patients: int = 3, seed: int = 0) -> np.ndarray:
    """Brownian noise of some µV, silent for ten seconds in the middle of the first patient's."""
    eeg = np.cumsum(np.random.default_rng(seed).normal(0.0, 4.0, (RATE * seconds, patients)), axis=0)
    eeg -= np.linspace(eeg[0], eeg[-1], len(eeg))
    middle = len(eeg) // 2
    eeg[middle : middle + 10 * RATE, 0] *= 0.001
    return eeg


@pytest.mark.parametrize(
    ("function", "at", "values"),
    [
        (sedation, (-40, -25, -13.9, 0, 10), (55.4, 60.4, 79.7, 101.1, 103.9)),
        (general, (-60.89, -45, -30, -24, -15, 0), (-40, 2.75, 43.11, 68.10, 99.07, 104.32)),
    ],
)
def test_both_components_have_their_published_values(function, at, values):
    np.testing.assert_allclose(function(np.array(at, dtype=float)), values, atol=0.051)


@pytest.mark.parametrize(
    ("components", "shown"),
    [
        ((0, 0, 0, 0), 97.94),
        ((-20, -25, 5, 0), 63.02),
        ((-20, -25, 5, 10), 63.02),
        ((-20, -25, 5, 30), 49.01),
        ((-20, -25, 5, 80), 10.00),
        ((-20, -45, 5, 0), 8.55),
    ],
)
def test_the_mixture_has_its_published_values(components, shown):
    assert index(*np.array(components, dtype=float)) == pytest.approx(shown, abs=0.005)


def plainly(eeg: np.ndarray) -> np.ndarray:
    """openibis of one record as it is described, epoch by epoch."""
    clean = lfilter(*butter(2, 0.65 / 64, "highpass"), eeg)
    taper = np.blackman(256)
    flags, spectra, said = [], [], []
    for n in range((len(eeg) - 128) // 64 - 10):
        second = eeg[round((n + 6.5) * 64) :][:128]
        flags.append(
            np.abs(second - np.polyval(np.polyfit(np.arange(128), second, 1), np.arange(128))).max() <= 5
        )
        power = (
            2
            * np.abs(np.fft.rfft(taper * detrend(clean[(n + 4) * 64 :][:256]))) ** 2
            / 256
            / (taper**2).sum()
        )
        spectra.append(np.full(128, np.nan) if any(flags[-4:]) else power[:128])
        last = np.array(spectra[-60:])[np.isfinite(np.array(spectra[-60:])[:, 0])]
        db, ratio = 10 * np.log10(last), 100 * np.mean(flags[-126:])
        middle = np.sort(db[:, 22:41].mean(0))[9:].mean()
        pairs = last[:, :-1] * last[:, 1:]
        fast = np.sort(5 * np.log10(pairs[:, 79:94].mean(1) / pairs[:, 1:94].mean(1)))
        cut = int(np.ceil(len(fast) / 4 - 0.5))
        components = (
            db[:, 60:95].mean() - middle,
            fast[cut : len(fast) - cut].mean(),
            db[:, 1:9].mean() - middle,
        )
        said.append(index(*map(np.array, components), np.array(ratio)))
    return np.array(said)


def test_it_is_what_its_definition_says_through_a_suppression_too():
    eeg = noise(60)
    found = openibis(eeg).index
    for patient in range(2):
        expected = plainly(eeg[:, patient])
        np.testing.assert_allclose(found[: len(expected), patient], expected, rtol=1e-9)


def test_a_record_in_pieces_gives_the_index_of_the_whole():
    eeg = noise(90)
    state, parts = begin(3), []
    for piece in np.split(eeg, np.cumsum([1, 10, 3, 30, 1]) * RATE):
        state, said = listen(state, piece)
        parts.append(said)
    for whole, pieces in zip(openibis(eeg), zip(*parts, strict=True), strict=True):
        np.testing.assert_allclose(np.concatenate(pieces)[-len(whole) :], whole, rtol=0, atol=1e-9)


def test_gain_leaves_the_index_but_where_a_small_one_looks_like_silence():
    eeg = noise(60)[:, 1:]
    usual = openibis(eeg)
    np.testing.assert_allclose(openibis(4.0 * eeg).index, usual.index, atol=1e-9)
    small = openibis(0.02 * eeg)
    assert usual.suppression_ratio.max() == 0.0
    assert small.suppression_ratio.min() == 100.0
    assert (small.index == 0.0).all()


def test_every_place_of_a_window_must_look_like_a_saw():
    saw = np.tile(np.concatenate([np.zeros(59), np.arange(1.0, 6.0)]), 4)[None]
    other = np.random.default_rng(0).normal(0.0, 10.0, (1, 256))
    assert not listening.sawtooth(np.concatenate([20.0 * saw, other, 0.0 * saw])).any()


def test_the_index_falls_through_a_real_loss_of_consciousness_as_measured():
    record = loadmat(data("eeg", "sampleTimeSeries1.mat"))["timedomain"][:, 0]
    seen = openibis(resample_poly(record, 1, 8)[:, None])
    at = {-250: 91.1, -200: 92.3, -100: 92.1, -60: 90.4, -40: 87.3, -20: 73.2, 0: 63.6, 20: 53.1, 40: 43.7}
    epochs = [round(2 * (time + 300 - 4)) for time in at]
    np.testing.assert_allclose(seen.index[epochs, 0], list(at.values()), atol=1.0)
    assert seen.index[692, 0] == pytest.approx(40.2, abs=0.1)  # the last one in the table
    np.testing.assert_allclose(seen.fast[epochs[-4:-1], 0], [-16.8, -22.2, -21.3], atol=0.1)


def test_a_patient_alone_has_the_index_he_has_among_others():
    eeg = noise(40, patients=40)
    alone, together = openibis(eeg[:, 7:8]), openibis(eeg)
    for one, all_of_them in zip(alone, together, strict=True):
        np.testing.assert_allclose(one[:, 0], all_of_them[:, 7], rtol=0, atol=1e-9)


def test_missing_samples_cost_the_windows_that_they_lie_in_and_no_more():
    eeg = noise(120)
    gap = eeg.copy()
    gap[50 * RATE : 53 * RATE, 1] = np.nan
    whole, broken = openibis(eeg), openibis(gap)
    np.testing.assert_array_equal(whole.index[:, 0], broken.index[:, 0])
    np.testing.assert_array_equal(whole.index[:80, 1], broken.index[:80, 1])
    np.testing.assert_allclose(broken.index[-40:, 1], whole.index[-40:, 1], atol=0.2)
    gap[53 * RATE :, 1] = np.nan
    assert np.isnan(openibis(gap).index[-40:, 1]).all()


def test_nothing_but_gaps_has_no_index():
    assert np.isnan(openibis(np.full((40 * RATE, 1), np.nan)).index).all()


def test_a_brain_gone_silent_has_an_index_all_the_way_down():
    eeg = noise(150)[:, 1:2]
    eeg[60 * RATE :] *= 1e-3
    shown = openibis(eeg).index[:, 0]
    assert np.isfinite(shown).all()
    assert shown[-1] == 0.0


@pytest.mark.parametrize("shape", [(100, 2), (0, 2), (128,)])
def test_blocks_of_no_whole_seconds_are_refused(shape):
    with pytest.raises(ValueError, match=r"eeg: shape .* is not allowed"):
        listen(begin(2), np.zeros(shape))


def test_a_real_waking_brain_of_a_quarter_of_its_gain_is_taken_for_a_silent_one():
    record = loadmat(data("eeg", "sampleTimeSeries1.mat"))["timedomain"][: 90 * 1024, 0]
    awake = resample_poly(record, 1, 8)[:, None]
    usual, small = openibis(awake), openibis(0.25 * awake)
    assert usual.suppression_ratio.max() == 0.0
    assert usual.index.min() > 85.0
    np.testing.assert_allclose(openibis(0.5 * awake).index, usual.index, atol=1e-9)
    assert small.suppression_ratio[-1] > 50.0
    assert small.index[-1] < 25.0
