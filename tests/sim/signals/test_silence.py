"""Silence: quazi as published, in pieces and with gaps; and what counts as silence in people whose EEG is small."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.signal import butter, resample_poly, sosfiltfilt

from sim.signals.eeg import RATE, quazi, quiet
from tests.recorded import data


def bursts(seconds: int = 120, patients: int = 2, burst: float = 25.0, seed: int = 0) -> np.ndarray:
    """Slow noise of a size, three seconds in six silent but for 1.5 µV, with drift below."""
    rng = np.random.default_rng(seed)
    eeg = rng.normal(size=(RATE * seconds, patients))
    for _ in range(2):
        eeg = np.apply_along_axis(np.convolve, 0, eeg, np.ones(5) / 5.0, "same")
    eeg /= eeg.std(0)
    time = np.arange(len(eeg))[:, None] / RATE
    return np.where(time % 6.0 < 3.0, burst, 1.5) * eeg + 20.0 * np.sin(0.3 * time)


def real(since: float, until: float) -> np.ndarray:
    """The recording between two times before (negative) or after loss of consciousness, s, (samples, 1)."""
    record = loadmat(data("eeg", "sampleTimeSeries1.mat"))["timedomain"][:, 0]
    return resample_poly(record, 1, 8)[round((300 + since) * RATE) : round((300 + until) * RATE), None]


def followed(eeg: np.ndarray) -> np.ndarray:
    """Whether each half second is silent by the person's own level, (half seconds, patients)."""
    _, strays = quazi.listen(quazi.begin(eeg.shape[1]), eeg)
    _, factor = quiet.follow(quiet.begin(eeg.shape[1]), strays)
    return (strays < quazi.SILENT * factor)[2 * quazi.AHEAD :]


def test_quazi_is_what_a_filter_there_and_back_over_the_whole_record_says():
    eeg = bursts()
    clean = sosfiltfilt(butter(2, 1.0, "highpass", fs=RATE, output="sos"), eeg, axis=0)
    expected = np.abs(clean).reshape(-1, RATE // 2, 2).max(1)
    _, strays = quazi.listen(quazi.begin(2), eeg)
    np.testing.assert_allclose(strays[10:], expected[6:-4], atol=0.01)
    assert quazi.ratio(eeg)[-1] == pytest.approx(45.0, abs=6.0)


def test_a_record_in_pieces_has_the_silence_of_the_whole():
    eeg = bursts(60)
    eeg[20 * RATE : 21 * RATE, 0] = np.nan
    state, parts = quazi.begin(2), []
    for piece in np.split(eeg, np.cumsum([1, 10, 3, 30]) * RATE):
        state, strays = quazi.listen(state, piece)
        parts.append(strays)
    _, whole = quazi.listen(quazi.begin(2), eeg)
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=0, atol=1e-9)


def test_a_gap_is_neither_silent_nor_loud():
    eeg = bursts(60)
    eeg[20 * RATE : 22 * RATE, 0] = np.nan
    flags = quazi.quazi(eeg)
    np.testing.assert_array_equal(np.nonzero(np.isnan(flags[:, 0]))[0], [40, 41, 42, 43])
    assert np.isfinite(flags[:, 1]).all()
    assert np.isnan(quazi.ratio(np.full((30 * RATE, 1), np.nan))).all()


def test_the_level_of_a_person_is_found_and_never_above_the_published_one():
    for size, level in ((3.0, 4.0), (25.0, 5.0), (300.0, 10.0)):
        strays = size * np.exp(np.random.default_rng(0).normal(0.0, 0.4, (2000, 3)))
        _, factor = quiet.follow(quiet.begin(3), strays)
        expected = np.clip(quiet.SHARE * np.quantile(strays, quiet.USUAL), 4.0, 10.0)
        assert expected == pytest.approx(level, abs=0.6)
        np.testing.assert_allclose(quazi.SILENT * factor[-1], expected, rtol=0.1)


def test_the_level_follows_in_pieces_and_over_gaps_as_in_one():
    strays = 30.0 * np.exp(np.random.default_rng(1).normal(0.0, 0.4, (300, 2)))
    strays[100:140, 1] = np.nan
    _, whole = quiet.follow(quiet.begin(2), strays)
    state, parts = quiet.begin(2), []
    for piece in np.split(strays, [2, 90, 200]):
        state, factor = quiet.follow(state, piece)
        parts.append(factor)
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert (whole[100:140, 1] == whole[100, 1]).all()


def test_bursts_after_a_silence_of_half_an_hour_are_still_the_measure():
    strays = np.concatenate([np.full((200, 1), 40.0), np.full((3600, 1), 3.0)])
    _, factor = quiet.follow(quiet.begin(1), strays)
    assert (strays[200:] < quazi.SILENT * factor[200:]).all()


@pytest.mark.parametrize(("burst", "less"), [(60.0, 2.0), (25.0, 6.0), (12.0, 10.0)])
def test_bursts_and_silences_are_told_apart_in_the_loud_and_in_the_quiet(burst, less):
    eeg = bursts(180, burst=burst)
    assert 100.0 * followed(eeg)[-126:].mean() == pytest.approx(quazi.ratio(eeg)[-1].mean(), abs=less)


@pytest.mark.parametrize(("gain", "wrongly"), [(1.0, 0.5), (0.7, 30.0), (0.5, 80.0)])
def test_a_quiet_waking_brain_is_silent_to_quazi_but_not_by_its_own_level(gain, wrongly):
    awake = gain * real(-290.0, -210.0)
    assert 100.0 * quazi.quazi(awake).mean() > wrongly
    assert 100.0 * followed(awake)[-126:].mean() < 3.0


def test_a_real_brain_made_silent_by_turns_is_called_so_at_any_gain():
    asleep = real(5.0, 51.0)
    asleep = np.concatenate([asleep, asleep])[: 90 * RATE]
    turns = np.where(np.arange(len(asleep))[:, None] / RATE % 8.0 < 4.0, 1.0, 0.04)
    for gain in (0.5, 1.0, 2.0):
        shown = 100.0 * followed(gain * turns * asleep)[-126:].mean()
        assert 25.0 < shown <= 50.0
