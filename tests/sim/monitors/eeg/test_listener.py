"""What the monitor shows: the index in pieces as in one, held and blanked where artefacts hide the brain."""

from __future__ import annotations

import numpy as np
import pytest

from sim.monitors.eeg.listener import HELD, Listener
from sim.signals.eeg import RATE


def brain(seconds: int, patients: int = 2, seed: int = 0, cut: float = 8.0) -> np.ndarray:
    """Noise of 15 µV, white up to a frequency and falling from there on."""
    rng = np.random.default_rng(seed)
    frequencies = np.fft.rfftfreq(RATE * seconds, 1.0 / RATE)[:, None]
    shape = 1.0 / (1.0 + (frequencies / cut) ** 2)
    eeg = np.fft.irfft(shape * np.fft.rfft(rng.normal(size=(RATE * seconds, patients)), axis=0), axis=0)
    return 15.0 * eeg / eeg.std(0)


def shown(eeg: np.ndarray, piece: int = 1):
    """Readings after each piece of so many seconds."""
    state, said = Listener().begin(eeg.shape[1]), []
    for block in eeg.reshape(-1, RATE * piece, eeg.shape[1]):
        state, reading = Listener().listen(state, block)
        said.append(reading)
    return said


def test_a_case_in_pieces_shows_what_it_shows_in_one():
    eeg = brain(80)
    eeg[30 * RATE : 33 * RATE, 1] = 400.0
    whole, pieces = shown(eeg, 80)[-1], shown(eeg, 10)[-1]
    for one, many in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(many, one, rtol=1e-9)


@pytest.mark.parametrize("spoil", [np.nan, 400.0, 0.0])
def test_a_gap_a_saturated_and_a_flat_channel_are_held_and_then_blanked_and_come_back(spoil):
    eeg = brain(240)
    eeg[90 * RATE : 150 * RATE, 0] = spoil
    said = shown(eeg)
    known = [reading.bis_valid[0] for reading in said]
    assert not any(known[:4])
    assert all(known[20:90])
    # Thirty seconds of what was good carry the index on; after that it is held, and then it is gone.
    assert all(known[95 : 120 + int(HELD) - 5])
    assert not any(known[140:150])
    assert all(known[165:])
    assert said[149].signal_quality[0] == 0.0
    assert said[149].bis[0] == said[145].bis[0] > 0.0
    assert all(reading.bis_valid[1] for reading in said[20:])
    assert said[239].signal_quality[0] == 100.0


def test_nothing_is_shown_of_a_channel_that_was_never_connected():
    said = shown(np.zeros((80 * RATE, 2)), 80)[-1]
    assert not said.bis_valid.any()
    assert (said.signal_quality == 0.0).all()


def test_an_artefact_of_seconds_does_not_reach_the_index():
    clean = brain(120)
    burnt = clean.copy()
    burnt[70 * RATE : 74 * RATE, 0] = -400.0
    quiet, loud = (np.array([reading.bis for reading in shown(eeg)]) for eeg in (clean, burnt))
    assert np.abs(quiet[70:, 0] - loud[70:, 0]).max() < 2.0


def test_slower_brains_have_a_lower_edge_and_muscles_are_heard():
    slow, fast = shown(brain(40, cut=3.0), 40)[-1], shown(brain(40, cut=15.0), 40)[-1]
    assert (slow.spectral_edge < fast.spectral_edge - 5.0).all()
    assert (slow.emg < fast.emg).all()


def test_silence_is_counted_over_a_minute():
    eeg = brain(130)
    eeg[60 * RATE :] *= 0.05
    ratios = [reading.suppression_ratio[0] for reading in shown(eeg)]
    assert ratios[59] == 0.0
    assert ratios[92] == pytest.approx(50.0, abs=4.0)
    assert ratios[-1] == 100.0
