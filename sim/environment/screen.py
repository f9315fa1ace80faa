"""A case as a picture that grows: shown index, shown pressure and the doses so far; in memory, or in a window."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib import pyplot
from matplotlib.artist import Artist
from matplotlib.backends import BackendFilter, backend_registry
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.arrays import Array
from sim.interfaces import DRUGS, NOREPINEPHRINE, PROPOFOL, REMIFENTANIL, Readings
from sim.settings import Room
from sim.units import SECONDS_PER_MINUTE, mg_per_kg_h, ug_per_kg_min

SIZE, DPI = (8.0, 6.0), 80  # inches; 640 × 480 pixels
MARGINS = {"left": 0.09, "right": 0.91, "bottom": 0.09, "top": 0.95, "hspace": 0.1}
# Panels: label, highest value (loading doses go beyond it), colour; the lowest is 0.
INDEX = ("index", 100.0, "tab:blue")
PRESSURE = ("mean pressure, mmHg", 160.0, "tab:red")
PROPOFOL_RATE = ("propofol, mg/kg/h", 20.0, "tab:olive")
REMIFENTANIL_RATE = ("remifentanil, µg/kg/min", 0.5, "tab:purple")
TARGET = (40.0, 60.0)  # of the index


class Screen:
    """One patient's case, drawn as it goes on; what was drawn once is not drawn again.

    Args:
        room: says how long a case is.
        pause: s that each new sight stays in a window; None draws in memory only.

    Raises:
        ValueError: a window is wanted, and matplotlib has none here.
    """

    def __init__(self, room: Room, pause: float | None):
        windowless = backend_registry.list_builtin(BackendFilter.NON_INTERACTIVE)
        if pause is not None and matplotlib.get_backend().lower() in windowless:
            raise ValueError(
                f"render_mode: 'human' is not allowed where matplotlib ({matplotlib.get_backend()}) opens no window; "
                "'rgb_array'"
            )
        self._room, self._pause = room, pause
        self.figure: Figure = Figure(SIZE, DPI) if pause is None else pyplot.figure(figsize=SIZE, dpi=DPI)
        self.figure.subplots_adjust(**MARGINS)
        self._canvas: Any = FigureCanvasAgg(self.figure) if pause is None else self.figure.canvas
        index, pressure, doses = self.figure.subplots(3, 1, sharex=True)
        index.axhspan(*TARGET, color="tab:green", alpha=0.15)
        panels = zip(
            (index, pressure, doses, doses.twinx()),
            (INDEX, PRESSURE, PROPOFOL_RATE, REMIFENTANIL_RATE),
            strict=True,
        )
        self._lines: list[Line2D] = []
        for axes, (label, highest, colour) in panels:
            axes.set(ylim=(0.0, highest), ylabel=label)
            axes.yaxis.label.set_color(colour)
            self._lines += axes.plot([], [], color=colour, animated=True)
        doses.set(xlim=(0.0, room.horizon / SECONDS_PER_MINUTE), xlabel="minutes")
        self._total = index.set_title(" ", fontsize="medium", animated=True)
        self._background: Any = None
        self._canvas.mpl_connect("resize_event", self._resized)
        self._seen: list[tuple[float, ...]] = []
        self._infused = np.zeros(len(DRUGS))

    def begin(self, weight: Array, readings: Readings) -> None:
        """Forget the case before and show the beginning of one; weight (1,), kg."""
        self._weight, self._infused = weight, np.zeros(len(DRUGS))
        self._seen.clear()
        self.add(readings)

    def add(self, readings: Readings) -> None:
        """Show what can be read now."""
        rates = readings.infused / self._room.control_period
        self._infused = self._infused + readings.infused[:, 0]
        shown = (
            readings.time / SECONDS_PER_MINUTE,
            np.where(readings.bis_valid, readings.bis, np.nan),
            np.where(readings.pressure_valid, readings.mean_arterial_pressure, np.nan),
            mg_per_kg_h(rates[PROPOFOL], self._weight),
            ug_per_kg_min(rates[REMIFENTANIL], self._weight),
        )
        self._seen.append(tuple(float(value[0]) for value in shown))
        if self._pause is not None:
            self.draw()
            pyplot.pause(self._pause)

    def draw(self) -> None:
        """Draw what is new over what stays."""
        time, *signals = np.array(self._seen).T
        for line, values in zip(self._lines, signals, strict=True):
            line.set_data(time, values)
        mg, ug, pressor = (self._infused[drug] for drug in (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE))
        self._total.set_text(
            f"given: propofol {mg:.0f} mg, remifentanil {ug:.0f} µg, norepinephrine {pressor:.0f} µg"
        )
        if self._background is None:
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.restore_region(self._background)
        moving: list[Artist] = [*self._lines, self._total]
        for artist in moving:
            self.figure.draw_artist(artist)
        self._canvas.blit(self.figure.bbox)

    def _resized(self, event: object) -> None:
        self._background = None

    def picture(self) -> np.ndarray:
        """Return the case so far, (height, width, 3) of uint8."""
        self.draw()
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()

    def close(self) -> None:
        """Close the window, if there is one."""
        pyplot.close(self.figure)
