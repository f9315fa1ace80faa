"""Ten seconds of EEG in every state, and spectra over frequencies, as tables to be drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.waves.listening import body, people
from experiments.waves.recorded import Spectra
from sim.randomness import case_keys
from sim.signals.eeg import RATE
from sim.waves.drive import steady
from sim.waves.eeg import artefacts
from sim.waves.eeg.generator import EEG

SECONDS = 10
STATES = {"awake": 93.0, "sedated": 80.0, "anaesthetised": 45.0, "suppressed": 18.0}
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
BURNING = 1200  # s, in which electrosurgery is looked for
HIGHEST = 50.0  # Hz, that is drawn


def samples(seed: int) -> pd.DataFrame:
    """Return a column of ten seconds a state, µV, of one person; awake with blinks, and operated on by electricity."""
    columns = {name: _heard(seed, index, False)[30 * RATE :] for name, index in STATES.items()}
    columns["awake, blinking"] = _around(_heard(seed, STATES["awake"], True, 120), 60.0)
    columns["electrosurgery"] = _around(
        _heard(seed, STATES["anaesthetised"], True, BURNING, operating=1.0), artefacts.RANGE - 1.0
    )
    cut = {name: eeg[: SECONDS * RATE] for name, eeg in columns.items()}
    return pd.DataFrame({"time_s": np.arange(SECONDS * RATE) / RATE, **cut}).round(3)


def quantiles(recorded: Spectra | None, made: Spectra) -> pd.DataFrame:
    """Return a row a source, state and frequency: quantiles over people, dB re 1 µV²/Hz."""
    parts = []
    for source, spectra in (("recorded", recorded), ("synthetic", made)):
        for state in ("before", "after"):
            if spectra is None:
                continue
            rows = (spectra.frequencies >= 0.5) & (spectra.frequencies <= HIGHEST)
            levels = 10.0 * np.log10(getattr(spectra, state)[rows])
            table = pd.DataFrame(
                np.quantile(levels, SHARES, axis=1).T, columns=[f"q{share:g}" for share in SHARES]
            )
            table.insert(0, "frequency_hz", spectra.frequencies[rows])
            table.insert(0, "state", state)
            table.insert(0, "source", source)
            parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _heard(seed: int, index: float, disturbed: bool, seconds: int = 60, **more: float) -> np.ndarray:
    keys = case_keys(seed, np.arange(1))
    wave = EEG(disturbed)
    return wave.play(wave.begin(people(keys), keys), steady(body(np.array([index]), **more), seconds))[1][
        :, 0
    ]


def _around(eeg: np.ndarray, size: float) -> np.ndarray:
    """Return the EEG from three seconds before it first becomes so large (after ten seconds, µV)."""
    large = np.nonzero(np.abs(eeg[10 * RATE : -SECONDS * RATE]) > size)[0]
    start = 7 * RATE + (int(large[0]) if len(large) else 0)
    return eeg[start:]
