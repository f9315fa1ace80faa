"""What openibis, detectors of suppression and others make of a recorded EEG: a table, and a picture of it.

    python -m experiments.read_eeg --recording case.vital --channel BIS/EEG1_WAV --out case.csv
    python -m experiments.read_eeg --recording sleep.mat --channel 1 --rate 1024 --out sleep.csv

It reads .vital, EDF and BDF (extra `data`), .mat, and .csv with one column a channel and its name on top. Values are in
µV unless the file, or --unit, says otherwise; anything else than 128 samples a second is resampled. The table has a row
a second: time_s, index (openibis, unsmoothed), monitor (as one would show it), suppression_ratio (63 s, OpenBSR),
suppression_connor, suppression_quazi, spectral_edge (Hz), emg (dB), beta_ratio, alpha_ratio, signal_quality
(%). Empty is unknown: a gap, or an artefact. The picture lies beside the table: spectrum over time, index, suppression.
`--readers` adds the columns of others who read EEG; a plug-in registers its own in `EEG_READERS`
(`experiments.waves.reading.readers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure
from experiments.waves.reading.formats import read
from experiments.waves.reading.listening import Heard, heard
from experiments.waves.reading.picture import picture
from experiments.waves.reading.readers import EEG_READERS
from experiments.waves.reading.resampling import resampled
from sim.signals.eeg import RATE

DECIMALS = 3


@dataclass(frozen=True)
class Reading:
    """Read a recorded EEG.

    Attributes:
        recording: .vital, .edf, .bdf, .mat or .csv.
        out: the table, .csv; the picture is called like it, .png.
        channel: name, or number from 1; may be left out where there is one only.
        rate: samples a second, where the file does not say.
        unit: of the samples (µV, mV, V, nV), where the file does not say or is wrong.
        readers: more who read it, by name.
        weights: of the readers, where they come without.
    """

    recording: Path
    out: Path
    channel: str = ""
    rate: float | None = None
    unit: str | None = None
    readers: tuple[str, ...] = ()
    weights: Path | None = None


def main(config: Reading) -> None:
    """Read, listen, write. Raises ValueError where there is nothing to be heard, OSError where there is no file."""
    if config.out.suffix.lower() != ".csv":
        raise ValueError(f"out: {config.out.name} is not allowed; a name that ends with .csv")
    channel = read(config.recording, config.channel, config.rate, config.unit)
    eeg = resampled(channel.samples, channel.rate)
    found = heard(eeg, muscles=channel.rate >= RATE)
    table = _table(found, eeg, config)
    write_csv(config.out, table)
    drawn = picture(table, found.spectrum, f"{config.recording.name}, {channel.name}, {channel.rate:g} Hz")
    write_figure(config.out.with_suffix(".png"), drawn)
    known = table["index"].notna()
    print(
        f"{config.out}: {len(table)} s of {channel.name}; the index is known in {known.sum()} s"
        + (f", {table['index'].min():.0f} to {table['index'].max():.0f}" if known.any() else "")
    )


def _table(found: Heard, eeg: np.ndarray, config: Reading) -> pd.DataFrame:
    columns = dict(found.columns)
    for name in config.readers:
        columns |= EEG_READERS.get(name)(eeg, config.weights)
    return pd.DataFrame(columns).round(DECIMALS)


if __name__ == "__main__":
    run(main, Reading)
