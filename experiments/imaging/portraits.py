"""Faces as they were told right and wrong, in pictures and in the course of films."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.figure import Figure

from experiments.imaging import page
from experiments.imaging.contract import Heard, System
from experiments.imaging.measures.pooled import in_pain
from sim.imaging.phantoms import Phantoms

ROW = 5  # faces of a kind and place
STILLS = 4  # frames of a film


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
            for panel in axes[len(chosen) :]:
                panel.set_axis_off()  # own images may be few
            for panel, number in zip(axes, chosen, strict=False):
                page.image(system, panel, test, said, int(number))
    return figure


def courses(system: System, tests: Mapping[str, Phantoms], heard: Heard) -> Figure:
    """Draw films with pain that were told best, in the middle and worst: some frames, and the intensity in all."""
    figure = Figure(figsize=(2.3 * len(page.KINDS) * len(tests), 4.2), layout="constrained")
    halves = figure.subfigures(1, len(tests), squeeze=False)[0]
    for half, (where, test) in zip(halves, tests.items(), strict=True):
        said = heard[system.shown][0][where]
        half.suptitle(page.PHANTOMS[where], fontsize=10)
        off = (said["pspi"] - test.truth["pspi"]).square().mean(1).cpu().numpy()
        hurt = in_pain(test).any(1)
        shown = np.flatnonzero(hurt if hurt.any() else ~hurt)
        order = shown[np.argsort(off[shown], kind="stable")]
        panels = half.subplots(2, len(page.KINDS), sharey="row", height_ratios=(1, 3))
        for column, place in enumerate((0, len(order) // 2, -1)):
            film = int(order[place])
            frames = np.linspace(0, test.images.shape[1] - 1, STILLS).round().astype(int)
            strip = torch.cat(list(test.images[film, frames].cpu()), 1)
            panels[0, column].imshow(strip, cmap="gray", vmin=0, vmax=1)
            panels[0, column].set_axis_off()
            panels[0, column].set_title(f"{page.KINDS[column]}, squared error {off[film]:.1f}", fontsize=8)
            system.draw(panels[1, column], test, said, film)
            panels[1, column].set_xlabel("frame", fontsize=8)
        panels[1, 0].set_ylabel("PSPI", fontsize=8)
    return figure
