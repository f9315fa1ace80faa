"""A backend of matplotlib with a window that nobody sees, for machines without a display."""

from __future__ import annotations

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

waited: list[float] = []


class FigureCanvas(FigureCanvasAgg):
    """Draws as Agg does, and notes how long each sight of it was kept."""

    manager_class = FigureManagerBase

    def start_event_loop(self, timeout=0):
        waited.append(timeout)
