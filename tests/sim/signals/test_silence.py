"""Silence: quazi and OpenBSR as published, in pieces, with gaps, awake and in real suppression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.signal import butter, resample_poly, sosfiltfilt

from sim.signals.eeg import RATE, openbsr, quazi
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


def plainly(eeg: np.ndarray) -> np.ndarray:
    """OpenBSR's suppression ratio of one record as it is described, epoch by epoch."""
    taper, time = np.blackman(128), np.arange(128)

    def line(second):
        return np.polyval(np.polyfit(time, second, 1), time)

    references, flags, said = [], [], []
    for n in range((len(eeg) - 128) // 64 - 10):
        second = eeg[round((n + 6.5) * 64) :][:128]
        for _ in range(3):
            base, most = line(second), 7.0 * second.std()
            strays = second - base
            second = base + (1.0 - np.clip(strays / most, -1.0, 1.0) ** 2) ** 2 * strays
        power = 2.0 * np.abs(np.fft.fft(taper * (second - line(second)))) ** 2 / (128 * (taper**2).sum())
        slow, fast, own = (
            10.0 * np.log10(power[low : high + 1].sum()) for low, high in ((1, 30), (31, 47), (1, 20))
        )
        references.append(np.clip(own, 19.0, 23.0) if slow - fast > 15.0 else 19.0)
        trend = np.percentile(references[-2400:], 95)
        fast = max(fast, np.interp(trend, [19.0, 23.0], [-16.0, -14.0]))
        level = 20.0 * np.log10(5.0) * np.interp(trend, [19.0, 23.0], [-0.3, -0.1])
        flags.append(0.5 * (slow + fast) < level)
        said.append(100.0 * np.mean(flags[-126:]))
    return np.array(said)


@pytest.mark.parametrize("burst", [10.0, 25.0, 60.0])
def test_openbsr_is_what_its_definition_says(burst):
    eeg = bursts(90, 1, burst)
    expected = plainly(eeg[:, 0])
    np.testing.assert_allclose(openbsr.openbsr(eeg)[: len(expected), 0], expected, atol=2.0)
    assert 20.0 < expected[-1] < 50.0


def test_openbsr_in_pieces_with_gaps_is_the_whole_s():
    eeg = bursts(80)
    eeg[20 * RATE : 21 * RATE, 0] = np.nan
    _, whole = openbsr.listen(openbsr.begin(2), eeg)
    state, parts = openbsr.begin(2), []
    for piece in np.split(eeg, np.cumsum([1, 10, 3, 30]) * RATE):
        state, flags = openbsr.listen(state, piece)
        parts.append(flags)
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert np.isnan(whole[10:, 0]).sum() == 4
    assert np.isfinite(whole[10:, 1]).all()


def test_the_reference_is_of_the_last_twenty_minutes():
    state = openbsr.begin(1)
    for size in (40.0, 2.0):
        for _ in range(11):
            state, _ = openbsr.listen(state, bursts(120, 1, size)[:, :])
    assert state.up_to[-1, 0] == 2400
    assert (state.levels < openbsr.MISSING).all()
    counted = [(state.levels <= level).sum() for level in range(len(openbsr.LEVELS))]
    np.testing.assert_array_equal(state.up_to[:, 0], counted)


@pytest.mark.parametrize(("gain", "wrongly"), [(1.0, 0.5), (0.7, 30.0), (0.5, 80.0)])
def test_a_quiet_waking_brain_is_silent_to_quazi_but_not_to_openbsr(gain, wrongly):
    awake = gain * real(-290.0, -210.0)
    assert 100.0 * quazi.quazi(awake).mean() > wrongly
    assert openbsr.openbsr(awake)[-1] < 5.0


def test_a_real_brain_made_silent_by_turns_is_called_so_at_any_gain():
    asleep = real(5.0, 51.0)
    asleep = np.concatenate([asleep, asleep])[: 90 * RATE]
    turns = np.where(np.arange(len(asleep))[:, None] / RATE % 8.0 < 4.0, 1.0, 0.04)
    for gain in (0.5, 1.0, 2.0):
        assert 25.0 < openbsr.openbsr(gain * turns * asleep)[-1] <= 50.0
