"""Windows drawn by lot, recorded and simulated mixed and unlabelled: look twice, then read the key."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.population.recorded import CLEAN
from experiments.population.view import PER_MINUTE, View
from predictors.learning.cases import Cases
from sim.units import mg_per_kg_h, ug_per_kg_min

PANELS, MINUTES, COLUMNS = 12, 60, 3
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STYLE = {"bis": "#1b6ca8", "pressure": "#d1495b", "heart_rate": "#3a7d44"}


def drawn(recorded: Cases, simulated: Cases, seed: int) -> pd.DataFrame:
    """Return letter, side, case, minute and signals of windows of an hour: half recorded, of different subjects.

    The hour begins 15 min after the first propofol or later; every other window begins with it.
    """
    rng = np.random.default_rng(seed)
    sides = rng.permutation(np.arange(PANELS) % 2)
    parts, used = [], set()
    for place, side in enumerate(sides):
        cases, name = ((recorded, "recorded"), (simulated, "simulated"))[side]
        view = View(cases)
        length = MINUTES * PER_MINUTE
        room = view.maintenance.sum(axis=0) - length
        free = np.array([who not in used for who in cases.subject]) & (room >= 0) & view.known_start
        if not free.any():
            continue
        case = int(rng.choice(np.flatnonzero(free)))
        used.add(cases.subject[case])
        begin = int(np.flatnonzero(view.since[:, case] == 0)[0])
        if place % 2:
            begin = int(np.flatnonzero(view.maintenance[:, case])[0] + rng.integers(room[case] + 1))
        rows = slice(begin, begin + length)
        weight = cases.person.weight[case]
        signals = {signal: cases[signal][rows, case] for signal in CLEAN}
        signals["propofol"] = mg_per_kg_h(cases["propofol"][rows, case], weight)
        signals["remifentanil"] = ug_per_kg_min(cases["remifentanil"][rows, case], weight)
        minute = np.arange(len(signals["bis"])) / PER_MINUTE
        parts.append(
            pd.DataFrame(
                {"letter": LETTERS[place], "side": name, "case": cases.who[case], "minute": minute, **signals}
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def key(windows: pd.DataFrame) -> list[str]:
    """Return which panels were recorded and which simulated."""
    if windows.empty:
        return []
    sides = windows.groupby("letter")["side"].first()
    return [f"- {side}: {', '.join(sides.index[sides == side])}" for side in ("recorded", "simulated")]


def draw(windows: pd.DataFrame) -> Figure:
    """Draw the windows: index, pressure and heart rate above, rates below; nothing says whose they are."""
    letters = list(windows["letter"].unique())
    rows = -(-len(letters) // COLUMNS)
    figure = Figure(figsize=(17, 3.6 * rows), layout="constrained")
    grid = figure.add_gridspec(2 * rows, COLUMNS, height_ratios=(2.2, 1.0) * rows)
    for place, letter in enumerate(letters):
        own = windows[windows["letter"] == letter]
        row, column = divmod(place, COLUMNS)
        upper = figure.add_subplot(grid[2 * row, column])
        lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
        _monitors(upper, own, letter)
        _pumps(lower, own)
    return figure


def _monitors(axes: Axes, own: pd.DataFrame, letter: str) -> None:
    for signal, colour in STYLE.items():
        axes.plot(own["minute"], own[signal], color=colour, linewidth=0.9, label=signal.replace("_", " "))
    axes.set(ylim=(10, 150), xlim=(0, MINUTES))
    axes.set_title(letter, loc="left", fontweight="bold")
    axes.tick_params(labelbottom=False)
    if letter == LETTERS[0]:
        axes.legend(fontsize=8, ncols=3, frameon=False, loc="upper right")


def _pumps(axes: Axes, own: pd.DataFrame) -> None:
    axes.step(own["minute"], own["propofol"], where="post", color="0.2", linewidth=0.9)
    axes.step(own["minute"], 50.0 * own["remifentanil"], where="post", color="#8f5db7", linewidth=0.9)
    axes.set(ylim=(0, 30), xlabel="min")
    axes.set_ylabel("mg/kg/h; 0.02 µg/kg/min", fontsize=7)
