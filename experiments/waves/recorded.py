"""Recorded EEG through loss of consciousness, of niklasbrake/Propofol2021 (CC BY 4.0): 13 spectra, and traces.

They stay in the folder of real recordings, `eeg/` in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.io import loadmat
from scipy.signal import butter, resample_poly, sosfiltfilt

from experiments.recorded.recordings import data_folder
from sim.signals.eeg import RATE

RECORDED = 1024  # samples a second
PASSED = 0.65, 45.0  # Hz, of what is compared: drift and the hum of the mains say nothing of the brain
AWAKE, UNCONSCIOUS = (
    (-300.0, -200.0),
    (5.0, 52.0),
)  # s from loss of consciousness; the infusion began at about -200


class Spectra(NamedTuple):
    """Densities, (bins, people), µV²/Hz, at frequencies (bins,), Hz, before and after loss of consciousness."""

    frequencies: np.ndarray
    before: np.ndarray
    after: np.ndarray


class Trace(NamedTuple):
    """One person: EEG at 128 Hz, µV, and its time, s from loss of consciousness."""

    time: np.ndarray
    eeg: np.ndarray


def folder(given: Path | None = None) -> Path:
    """Return the folder of recorded EEG. Raises ValueError where there is none."""
    found = data_folder(given)
    inside = found if (found / "spectra_pre_post.mat").exists() else found / "eeg"
    if not (inside / "spectra_pre_post.mat").exists():
        raise ValueError(
            f"data: {found} holds no recorded EEG, which is not allowed; eeg/spectra_pre_post.mat"
        )
    return inside


def spectra(inside: Path) -> Spectra:
    """Return the spectra of 13 people."""
    held = loadmat(inside / "spectra_pre_post.mat")
    return Spectra(held["freq"][:, 0], held["preX"], held["postX"])


def traces(inside: Path) -> tuple[Trace, Trace]:
    """Return the long recording of one person, and ten seconds of another."""
    files = ("sampleTimeSeries1", "timedomain"), ("sampleTimeSeries2", "pt12EEG")
    found = []
    for file, name in files:
        held = loadmat(inside / f"{file}.mat")
        eeg = resample_poly(held[name][:, 0], 1, RECORDED // RATE)
        found.append(Trace(held["time"][0, :: RECORDED // RATE][: len(eeg)], eeg))
    return found[0], found[1]


def passed(eeg: np.ndarray) -> np.ndarray:
    """Return EEG (samples, ...) between the frequencies that are compared, without delay."""
    sections = butter(2, PASSED, "bandpass", fs=RATE, output="sos")
    return sosfiltfilt(sections, eeg, axis=0)
