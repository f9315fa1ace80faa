"""Boxes in films: how they are judged, frame by frame within each film, and drawn.

Measures are those of Wu, CVPR 2013: one pass, no new start after a loss; precision in mm.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from experiments.imaging import page
from experiments.imaging.contract import Heard, Said, System
from experiments.imaging.judging import leading, ranked
from experiments.imaging.measures import masks
from experiments.imaging.page import DIGITS, KINDS, image
from sim.imaging.phantoms import Phantoms

SUCCESS = 0.5  # overlap from which a frame counts as followed (convention; papers do not say theirs)
CLOSE = 2.0  # mm
STILLS = 6  # frames of a strip
THRESHOLDS = np.linspace(0.0, 1.0, 51)


def overlap(said: Said, films: Phantoms) -> Tensor:
    """Return intersection over union of boxes, (films, frames); NaN where the nerve is hidden."""
    one, other = said["box"], films.truth["box"]
    low = torch.maximum(one[..., :2] - 0.5 * one[..., 2:], other[..., :2] - 0.5 * other[..., 2:])
    high = torch.minimum(one[..., :2] + 0.5 * one[..., 2:], other[..., :2] + 0.5 * other[..., 2:])
    shared = (high - low).clamp(min=0.0).prod(-1)
    return _seen(shared / (one[..., 2:].prod(-1) + other[..., 2:].prod(-1) - shared), films)


def success(said: Said, films: Phantoms) -> Tensor:
    """Return the share of frames with an overlap above 0.5, (films,)."""
    over = overlap(said, films)
    return torch.where(over.isnan(), over, (over > SUCCESS).to(over)).nanmean(1)


def area(said: Said, films: Phantoms) -> Tensor:
    """Return the area under the success plot, (films,): over all thresholds it is the mean overlap."""
    return overlap(said, films).nanmean(1)


def off(said: Said, films: Phantoms) -> Tensor:
    """Return how far the middle was missed on average, mm, (films,)."""
    return _missed(said, films).nanmean(1)


def precision(said: Said, films: Phantoms) -> Tensor:
    """Return the share of frames whose middle was missed by less than 2 mm, (films,)."""
    far = _missed(said, films)
    return torch.where(far.isnan(), far, (far < CLOSE).to(far)).nanmean(1)


def needle(said: Said, films: Phantoms) -> Tensor:
    """Return how far outside of the nerve the said middle lies in the last frame, when the needle arrives, mm."""
    off = masks.outside(said["box"][:, -1, :2], films.truth["mask"][:, -1], films.pixel)
    return torch.where(films.truth["hidden"][:, -1], torch.nan, off)


def _missed(said: Said, films: Phantoms) -> Tensor:
    return _seen((said["box"] - films.truth["box"])[..., :2].norm(dim=-1), films)


def _seen(values: Tensor, films: Phantoms) -> Tensor:
    return torch.where(films.truth["hidden"], torch.nan, values)


def draw(axes: Axes, films: Phantoms, said: Said, number: int) -> None:
    """Draw the box of a still, green, and what was said, red."""
    for boxes, colour in ((films.truth["box"], "#3ad06a"), (said["box"], "#ff5347")):
        x, z, width, height = boxes[number].tolist()
        axes.add_patch(
            Rectangle((x - 0.5 * width, z - 0.5 * height), width, height, fill=False, ec=colour, lw=1.4)
        )


def still(films: Phantoms, frame: int) -> Phantoms:
    """Return a frame of each film as an image, with its box."""
    return Phantoms(films.images[:, frame], {"box": films.truth["box"][:, frame]}, {}, films.pixel)


def strips(system: System, tests: Mapping[str, Phantoms], heard: Heard) -> Figure:
    """Draw frames of the best, the median and the worst film of both sets of phantoms, a film a row."""
    figure = Figure(figsize=(1.5 * STILLS, 1.62 * len(KINDS) * len(tests)), layout="constrained")
    rows = iter(figure.subplots(len(KINDS) * len(tests), STILLS))
    for where, films in tests.items():
        said = heard[system.shown][0][where]
        values = leading(system, said, films)
        order = ranked(system, values)
        for kind, place in zip(KINDS, (0, len(order) // 2, -1), strict=True):
            chosen = int(order[place])
            frames = np.linspace(0, films.images.shape[1] - 1, STILLS).round().astype(int)
            for axes, frame in zip(next(rows), frames, strict=True):
                image(system, axes, still(films, frame), {"box": said["box"][:, frame]}, chosen)
                axes.set_title(f"frame {frame}", fontsize=7)
                if frame == 0:
                    axes.set_ylabel(f"{where}, {kind}: {values[chosen]:.{DIGITS}f}", fontsize=7)
    return figure


def curves(system: System, tests: Mapping[str, Phantoms], heard: Heard) -> Figure:
    """Draw success plots: the share of frames by the overlap from which they count, a panel a kind of phantoms."""
    figure = Figure(figsize=(3.2 * len(system.kinds) * len(tests), 3.9), layout="constrained")
    panels = iter(figure.subplots(1, len(system.kinds) * len(tests), sharey=True))
    for where, films in tests.items():
        for kind, which in system.kinds.items():
            axes, kept = next(panels), which(films)
            for number, (name, every) in enumerate(heard.items()):
                if where not in every[0] or not kept.any():
                    continue
                overs = torch.cat([overlap(one[where], films)[kept] for one in every]).flatten()
                seen = np.sort(overs[~overs.isnan()].cpu().numpy())
                share = 1.0 - np.searchsorted(seen, THRESHOLDS, side="right") / len(seen)
                axes.plot(THRESHOLDS, share, lw=1.3, label=name, **page.line(system, name, number))
            axes.set_title(f"{where}, {kind}", fontsize=9)
            axes.set_xlabel("overlap (IoU) above")
    figure.axes[0].set_ylabel("share of frames")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=(len(labels) + 1) // 2, fontsize=8, frameon=False
    )
    return figure
