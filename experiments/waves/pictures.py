"""Pictures of the synthetic EEG, drawn from saved tables alone."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.reporting.figures import COLOURS, FAINT, REFERENCE, STYLE, WIDTH

TITLES = {"before": "Awake", "after": "After loss of consciousness"}
LOOKS = {"recorded": (REFERENCE, "13 people recorded"), "synthetic": (COLOURS[0], "synthetic")}
ROW = 1.05  # in, of a trace
ROOMS = (60.0, 180.0, 450.0)  # µV, shown on both sides of zero: the least that holds a trace


def spectra(table: pd.DataFrame) -> Figure:
    """Draw medians over people, and between which half of them lies, recorded and synthetic."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
        for axes, (state, title) in zip(figure.subplots(1, 2, sharey=True), TITLES.items(), strict=True):
            for source, (colour, name) in LOOKS.items():
                rows = table[(table["source"] == source) & (table["state"] == state)]
                axes.fill_between(
                    rows["frequency_hz"], rows["q0.25"], rows["q0.75"], color=colour, alpha=0.2, lw=0
                )
                axes.plot(rows["frequency_hz"], rows["q0.5"], color=colour, lw=1.2, label=name)
            axes.set(title=title, xlabel="Frequency, Hz", xscale="log", xlim=(0.5, 50.0))
            axes.set_xticks([0.5, 1, 2, 4, 8, 13, 25, 47], ["0.5", "1", "2", "4", "8", "13", "25", "47"])
            axes.minorticks_off()
        figure.axes[0].set_ylabel("Density, dB re 1 µV²/Hz")
        figure.axes[1].legend(frameon=False)
        return figure


def traces(table: pd.DataFrame) -> Figure:
    """Draw ten seconds of every state, under each other."""
    names = [str(name) for name in table if name != "time_s"]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, ROW * len(names) + 0.4), layout="constrained")
        for axes, name in zip(figure.subplots(len(names), 1, sharex=True), names, strict=True):
            _trace(axes, table["time_s"], table[name])
            axes.set_title(f"{name[0].upper()}{name[1:]}")
        figure.axes[-1].set_xlabel("Time, s")
        figure.supylabel("µV", fontsize=8.0)
        return figure


def levels(table: pd.DataFrame) -> Figure:
    """Draw what openibis reads over the true index, and how people spread."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(0.5 * WIDTH, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.plot([0.0, 100.0], [0.0, 100.0], color=FAINT, lw=0.8)
        read = table["true_index"] + table["mean_error"]
        reach = [-(table["low"] - table["mean_error"]), table["high"] - table["mean_error"]]
        axes.errorbar(
            table["true_index"], read, yerr=reach, color=COLOURS[0], marker="o", ms=3, lw=0, elinewidth=1
        )
        axes.set(
            xlabel="True index", ylabel="openibis: mean, and 80 % of people", xlim=(0, 100), ylim=(0, 100)
        )
        return figure


def _trace(axes: Axes, time: pd.Series, eeg: pd.Series) -> None:
    room = min((room for room in ROOMS if room >= eeg.abs().max()), default=ROOMS[-1])
    axes.plot(time, eeg, color=REFERENCE, lw=0.5)
    axes.set(xlim=(0.0, float(time.iloc[-1])), ylim=(-room, room))
