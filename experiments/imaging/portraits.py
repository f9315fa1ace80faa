"""Faces as they were told right and wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from experiments.imaging import page
from experiments.imaging.contract import Heard, System
from experiments.imaging.measures.pooled import in_pain
from sim.imaging.phantoms import Phantoms

ROW = 5  # faces of a kind and place


def plate(system: System, tests: Mapping[str, Phantoms], heard: Heard) -> Figure:
    """Draw the surest right answers, those nearest to doubt, and the surest wrong ones, of both kinds of phantoms."""
    figure = Figure(figsize=(1.5 * 2 * ROW, 5.6), layout="constrained")
    halves = figure.subfigures(1, len(tests), squeeze=False)[0]
    for half, (where, test) in zip(halves, tests.items(), strict=True):
        said = heard[system.shown][0][where]
        sure = said["pain"].cpu().numpy()
        order = np.argsort(np.abs(in_pain(test) - sure), kind="stable")
        middle = int(np.argsort(np.abs(sure - 0.5), kind="stable")[0])
        doubt = np.argsort(np.abs(sure - sure[middle]), kind="stable")[:ROW]
        half.suptitle(page.PHANTOMS[where], fontsize=10)
        for axes, chosen in zip(half.subplots(3, ROW), (order[:ROW], doubt, order[::-1][:ROW]), strict=True):
            for panel, number in zip(axes, chosen, strict=True):
                page.image(system, panel, test, said, int(number))
    return figure
