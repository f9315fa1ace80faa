"""What is heard in one channel of EEG, second by second: index, suppression, edge, muscle, and quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.monitors.eeg.listener import EEGReading, Listener, cleaned
from sim.signals.eeg import RATE, openibis, quazi, ratios, spectra, suppression

BLOCK = 600  # s listened to at a time
SHORTEST = 20  # s
SHOWN_BELOW = 47.0  # Hz


@dataclass(frozen=True)
class Heard:
    """What is heard at the end of every second.

    Attributes:
        columns: name -> (seconds,), NaN where nothing is known.
        spectrum: power density, dB re 1 µV²/Hz, (seconds, bins of 0.5 Hz up to 47 Hz), NaN where spoiled.
    """

    columns: Mapping[str, Array]
    spectrum: Array


def heard(eeg: Array, muscles: bool = True) -> Heard:
    """Return what is heard of EEG (samples,), 128 a second, µV, NaN in gaps; the first sample is at 0 s.

    The index is openibis without smoothing, on what artefacts leave, and unknown while there is nothing else; `monitor`
    is what a monitor would show of it, which is held for a while. The
    suppression ratio looks back on 63 s, by OpenBSR as on the monitor; Connor's of 2022 and quazi beside it.

    Args:
        muscles: False where the recording holds nothing at 47-63 Hz.

    Raises:
        ValueError: where it is too short, or no second of it tells anything.
    """
    seconds = len(eeg) // RATE
    if seconds < SHORTEST:
        raise ValueError(f"recording: {seconds} s are too short; {SHORTEST} s or more")
    samples = eeg[: seconds * RATE, None]
    monitor, state = Listener(), Listener().begin(1)
    depth, waves = openibis.begin(1), quazi.begin(1)
    before, parts = np.zeros((RATE, 1)), []
    for first in range(0, seconds, BLOCK):
        block = samples[first * RATE : (first + BLOCK) * RATE]
        state, shown = monitor.course(state, block)
        clean, power, emg, bad = cleaned(np.concatenate([before, block]))
        depth, said = openibis.listen(depth, clean)
        waves, strays = quazi.listen(waves, clean)
        before = block[-RATE:]
        parts.append(_columns(said, shown, power[..., 0].T, emg[:, 0], bad[:, 0]) | {"strays": strays[:, 0]})
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if not columns.pop("good").any():
        raise ValueError(
            "recording: no second of it tells anything of a brain; it is flat, saturated or artefact"
        )
    columns["suppression_quazi"] = _quazi(columns.pop("strays"))
    spectrum = columns.pop("spectrum")
    if not muscles:
        columns["emg"] = np.full(seconds, np.nan)
    return Heard({"time_s": np.arange(1.0, seconds + 1.0), **columns}, spectrum)


def _columns(
    said: openibis.Openibis, shown: EEGReading, power: Array, emg: Array, bad: Array
) -> dict[str, Array]:
    """Columns of a block, (seconds,), of powers (seconds, bins)."""
    last = {name: getattr(said, name)[1::2, 0] for name in said._fields}
    known, valid = ~bad, shown.bis_valid[:, 0]
    told = {"spectral_edge": spectra.edge(power), "emg": emg}
    told |= {"beta_ratio": ratios.beta_ratio(power), "alpha_ratio": ratios.alpha_ratio(power)}
    started = np.isfinite(last["suppression_ratio"])
    density = spectra.decibels(power[:, : spectra.between(0.0, SHOWN_BELOW).stop] / spectra.RESOLUTION)
    return {
        "index": np.where(known, last["index"], np.nan),
        "monitor": np.where(valid, shown.bis[:, 0], np.nan),
        "suppression_ratio": np.where(started, shown.suppression_ratio[:, 0], np.nan),
        "suppression_connor": last["suppression_ratio"],
        **{name: np.where(known, value, np.nan) for name, value in told.items()},
        "signal_quality": shown.signal_quality[:, 0],
        "good": known,
        "spectrum": np.where(known[:, None], density, np.nan),
    }


def _quazi(strays: Array) -> Array:
    """The ratio of quazi as published, %, after each second."""
    flags = np.where(np.isnan(strays), np.nan, strays < quazi.SILENT)[:, None]
    before = np.full((suppression.MEMORY - 1, 1), np.nan)
    return suppression.ratio(np.concatenate([before, flags]))[1::2, 0]
