"""Every band of the EEG lies where 13 recorded people have it, before and after loss of consciousness."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from tests.sim.waves.eeg.hearing import heard

BANDS = ((0.1, 1.0), (1.0, 4.0), (4.0, 8.0), (8.0, 13.0), (13.0, 25.0), (25.0, 35.0), (35.0, 47.0))  # Hz
# Medians and standard deviations over 13 people under propofol, dB re 1 µV²/Hz; niklasbrake/Propofol2021 (CC BY 4.0).
RECORDED = {
    93.0: ((10.5, 6.2, 1.4, 3.1, -1.9, -5.6, -8.0), (2.3, 1.9, 2.1, 3.2, 2.0, 2.4, 3.2)),
    66.0: ((23.4, 17.7, 8.4, 7.3, 1.4, -6.3, -11.2), (3.4, 3.1, 2.5, 2.9, 2.7, 2.0, 2.2)),
}


def levels(eeg: np.ndarray) -> np.ndarray:
    """Mean density of each band, (bands, people), dB."""
    frequencies, density = welch(eeg, 128.0, nperseg=256, axis=0)
    rows = [(frequencies >= low) & (frequencies <= high) for low, high in BANDS]
    return np.array([10.0 * np.log10(density[row].mean(axis=0)) for row in rows])


@pytest.mark.parametrize("index", RECORDED)
def test_every_band_lies_within_the_spread_of_recorded_people(index):
    median, spread = RECORDED[index]
    ours = levels(heard(index, 60, 40))
    assert (np.abs(np.median(ours, axis=1) - median) <= spread).all()
    ratio = ours.std(axis=1) / spread
    assert ((ratio > 0.5) & (ratio < 2.0)).all()


def test_beta_is_raised_in_sedation_and_falls_again():
    awake, sedated, unconscious = (np.median(levels(heard(index, 60, 16))[4]) for index in (93.0, 80.0, 70.0))
    assert sedated > awake + 3.0
    assert sedated > unconscious + 1.0
