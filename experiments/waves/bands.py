"""Power in the usual bands, recorded and synthetic, before and after loss of consciousness."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.signal import welch

from experiments.waves.listening import heard
from experiments.waves.recorded import Spectra
from sim.signals.eeg import RATE
from sim.waves.eeg.generator import EEG

BANDS = {
    "slow": (0.1, 1.0),
    "delta": (1.0, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 25.0),
    "high beta": (25.0, 35.0),
    "gamma": (35.0, 47.0),
}
BEFORE, AFTER = (
    93.0,
    66.0,
)  # true index awake, and where openibis puts the recorded spectra after loss of consciousness
AGES = 20.0, 60.0  # years, of people who were recorded, as far as is known
SECONDS = 120


def levels(frequencies: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Return mean densities of the bands, (bands, people), dB re 1 µV²/Hz, of densities (bins, people)."""
    inside = [(frequencies >= low) & (frequencies <= high) for low, high in BANDS.values()]
    return np.array([10.0 * np.log10(density[rows].mean(axis=0)) for rows in inside])


def densities(eeg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies (bins,), Hz, and densities (bins, people), µV²/Hz, of EEG (samples, people)."""
    return welch(eeg, RATE, nperseg=2 * RATE, axis=0)


def synthetic(people: int, seed: int) -> Spectra:
    """Return spectra of people who do not exist, awake and after loss of consciousness, undisturbed."""
    wave = EEG(disturbed=False)
    both = [heard(wave, index, SECONDS, people, seed, AGES) for index in (BEFORE, AFTER)]
    (frequencies, before), (_, after) = (densities(eeg) for eeg in both)
    return Spectra(frequencies, before, after)


def compared(recorded: Spectra, made: Spectra) -> pd.DataFrame:
    """Return a row per band and state: medians and spread (SD) over people, dB, and whether the synthetic median lies
    between the quartiles of the recorded people, and within their standard deviation of their median."""
    rows = []
    for state in ("before", "after"):
        real = levels(recorded.frequencies, getattr(recorded, state))
        ours = levels(made.frequencies, getattr(made, state))
        for name, one, other in zip(BANDS, real, ours, strict=True):
            low, median, high = np.quantile(one, [0.25, 0.5, 0.75])
            own = np.median(other)
            rows.append(
                {
                    "state": state,
                    "band": name,
                    "recorded_median": median,
                    "recorded_low": low,
                    "recorded_high": high,
                    "recorded_sd": one.std(ddof=1),
                    "synthetic_median": own,
                    "synthetic_sd": other.std(ddof=1),
                    "difference": own - median,
                    "between_quartiles": bool(low <= own <= high),
                    "within_sd": bool(abs(own - median) <= one.std(ddof=1)),
                }
            )
    return pd.DataFrame(rows)
