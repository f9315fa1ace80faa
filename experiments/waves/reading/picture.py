"""A recorded EEG as an anaesthetist reads it: its spectrum over time, under it index and suppression."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.style import context

from experiments.reporting.figures import COLOURS, FAINT, INK, STYLE, WIDTH
from sim.arrays import Array
from sim.signals.eeg.spectra import FREQUENCIES

HIGHEST = 40.0  # Hz
SHADES = 5.0, 98.0  # percentiles of the spectrum that are black and white
DEEPEST = 40.0  # dB from white to black, at most: silence would take all shades
COLUMNS = 1200  # of the picture; longer recordings are averaged
ADEQUATE = 40.0, 60.0  # index
POOR = 50.0  # %, of signal quality


def picture(table: pd.DataFrame, spectrum: Array, title: str) -> Figure:
    """Return the picture of what was heard.

    Args:
        table: see `experiments.waves.reading.listening`; columns that end with `_depth` are drawn beside the index.
        spectrum: (seconds, bins), dB re 1 µV²/Hz, NaN in gaps.
    """
    minutes = table["time_s"].to_numpy() / 60.0
    with context(STYLE):
        figure = Figure(figsize=(WIDTH, 5.6), layout="constrained")
        top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[2.2, 1.8, 1.0])
        _spectrum(figure, top, minutes, spectrum)
        top.set_title(title)
        _index(middle, minutes, table)
        _suppression(bottom, minutes, table)
        bottom.set_xlabel("min")
        bottom.set_xlim(0.0, minutes[-1])
    return figure


def _spectrum(figure: Figure, axes: Axes, minutes: Array, spectrum: Array) -> None:
    shown = FREQUENCIES[: spectrum.shape[1]] <= HIGHEST
    few = _averaged(spectrum[:, shown])
    low, high = np.nanpercentile(few, SHADES)
    image = axes.imshow(
        few.T,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=max(low, high - DEEPEST),
        vmax=high,
        extent=(0.0, minutes[-1], 0.0, HIGHEST),
        interpolation="nearest",
    )
    axes.set_facecolor(FAINT)  # gaps
    axes.set_ylabel("Hz")
    figure.colorbar(image, ax=axes, label="dB re 1 µV²/Hz", pad=0.01, fraction=0.04)


def _averaged(spectrum: Array) -> Array:
    """Means over so many seconds that the picture has no more columns than it can show."""
    each = max(1, int(np.ceil(len(spectrum) / COLUMNS)))
    if each == 1:
        return spectrum
    padded = np.pad(spectrum, ((0, -len(spectrum) % each), (0, 0)), constant_values=np.nan)
    parts = padded.reshape(-1, each, spectrum.shape[1])
    count = np.isfinite(parts).sum(1)
    return np.where(count > 0, np.nansum(parts, axis=1) / np.maximum(count, 1), np.nan)


def _index(axes: Axes, minutes: Array, table: pd.DataFrame) -> None:
    axes.axhspan(*ADEQUATE, color="#e9f0e6", linewidth=0.0)
    axes.plot(minutes, table["index"], color=FAINT, linewidth=0.7, label="openibis")
    axes.plot(minutes, table["monitor"], color=INK, linewidth=1.2, label="as a monitor shows it")
    for colour, name in zip(
        COLOURS[2:], [one for one in map(str, table) if one.endswith("_depth")], strict=False
    ):
        axes.plot(minutes, table[name], color=colour, linewidth=1.0, label=name.replace("_", " "))
    axes.set_ylim(0.0, 100.0)
    axes.set_ylabel("index")
    axes.legend(loc="lower left", ncols=4, frameon=False)


def _suppression(axes: Axes, minutes: Array, table: pd.DataFrame) -> None:
    drawn = {
        "suppression_ratio": (COLOURS[1], "suppression, OpenBSR"),
        "suppression_connor": (COLOURS[0], "Connor 2022"),
        "suppression_quazi": (COLOURS[5], "quazi"),
    }
    for name, (colour, label) in drawn.items():
        axes.plot(minutes, table[name], color=colour, linewidth=1.0, label=label)
    poor = (table["signal_quality"] < POOR).to_numpy()
    axes.fill_between(
        minutes, 0.0, 100.0, where=poor, color=FAINT, alpha=0.35, linewidth=0.0, label="poor signal"
    )
    axes.set_ylim(0.0, 100.0)
    axes.set_ylabel("%")
    axes.legend(loc="upper left", ncols=4, frameon=False)
