"""The epidural target in a plane beside the spine (Pesteie 2018): where a needle should go, and if there is a way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.nn import functional

from experiments.imaging.contract import Answer, Lessons, Said, System
from experiments.imaging.measures import pooled
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.training import examples, trained
from predictors.imaging import heat
from predictors.imaging.classical import landmarks
from predictors.imaging.pesteie2018 import EpiduralNetwork
from predictors.imaging.unet import UNet
from sim.imaging.anatomy.spine import spine
from sim.imaging.phantoms import Phantoms

CLOSE = 5.0  # mm


def mean_place(lessons: Lessons) -> Answer:
    """Learn where targets lie on average; knows no image."""
    labels = examples(lessons).labels
    place, share = labels["target"][with_window(labels)].mean(0), labels["present"].float().mean(0)
    return lambda test: {
        "target": place.expand(len(test.images), *place.shape),
        "present": share.expand(len(test.images), *share.shape),
    }


def with_window(answers: Mapping[str, Tensor]) -> Tensor:
    """Return whether there is a window in an image, or in any plane of a stack: others have no target."""
    present = answers["present"]
    return present.reshape(len(present), -1).any(1)


def marked(lessons: Lessons) -> Answer:
    """Say what somebody marked who looked at the same images."""
    return lambda test: {"target": test.labels["target"], "present": test.labels["present"].float()}


def window(lessons: Lessons) -> Answer:
    """Learn three numbers alone: the brightest column behind the bones is the window, and the target lies so far down.

    Bones throw a shadow, so a window is where columns stay bright; bones are where the brightest echoes come from.
    """
    seen = examples(lessons)
    here = seen.labels["present"]
    column, bone, light = columns(seen)
    lit = 0.5 * (light[here].median() + light[~here].median())
    below = (seen.labels["target"][:, 1] - bone)[here].median()
    aside = (seen.labels["target"][:, 0] - column)[here].median()

    def answer(test: Phantoms) -> Said:
        column, bone, bright = columns(test)
        return {
            "target": torch.stack([column + aside, bone + below], dim=1),
            "present": (bright > lit).float(),
        }

    return answer


def template(lessons: Lessons) -> Answer:
    """Learn a filter that answers at the target, in closed form, and where targets mostly lie (`landmarks`).

    How high its answer is says whether there is a window, by the height half-way between planes with and without.
    """
    seen = examples(lessons)
    here, maps = seen.labels["present"], filtered(seen)
    heights = landmarks.spotted(maps, seen.images, seen.pixel)[1][:, 0]
    least = 0.5 * (heights[here].median() + heights[~here].median())

    def answer(test: Phantoms) -> Said:
        found, high = landmarks.spotted(maps, test.images, test.pixel)
        return {"target": found[:, 0], "present": torch.sigmoid(high[:, 0] - least)}

    return answer


def filtered(seen: Phantoms) -> landmarks.Maps:
    """Return maps that are highest at the target, learned from those planes that meet a window."""
    here = seen.labels["present"]
    targets = seen.labels["target"][here][:, None]
    return landmarks.learned(landmarks.correlation, seen.images[here], targets, seen.pixel)


def columns(phantoms: Phantoms) -> tuple[Tensor, Tensor, Tensor]:
    """Return where columns are brightest deep down, mm, how deep bones lie, mm, and how bright these columns are."""
    images = phantoms.images
    height, width = images.shape[-2:]
    profile = functional.avg_pool1d(images[:, height // 4 : 3 * height // 4].amax(2)[:, None], 3, 1, 1)[:, 0]
    bone = profile.argmax(dim=1) + height // 4
    rows = torch.arange(height, device=images.device)[None, :, None]
    deep = ((rows > bone[:, None, None] + height // 16) * images).sum(1)
    smooth = functional.avg_pool1d(deep[:, None], 5, 1, 2)[:, 0] * torch.hann_window(width + 2)[1:-1].to(
        images
    )
    best = smooth.max(dim=1)
    return (best.indices + 0.5) * phantoms.pixel[1], (bone + 0.5) * phantoms.pixel[0], best.values


def network(featured: bool, lessons: Lessons) -> Answer:
    """Learn by the paper's kind of network, with or without its features."""
    model = EpiduralNetwork(featured)
    trained(model, partial(missed, model), lessons)

    def answer(test: Phantoms) -> Said:
        said, present = model(test.images)
        return {"target": said * _field(test), "present": present.sigmoid()}

    return answer


def missed(model: EpiduralNetwork, phantoms: Phantoms) -> Tensor:
    """Return by how much the paper's kind of network misses what was marked: see `both`."""
    said, present = model(phantoms.images)
    off = (said * _field(phantoms) - phantoms.labels["target"]).abs().sum(1)
    return both(off, present, phantoms)


def heat_map(lessons: Lessons) -> Answer:
    """Learn by a U-Net with a map of the target; how large another map becomes says whether there is a window."""
    model = UNet(2)

    def loss(phantoms: Phantoms) -> Tensor:
        maps = model(phantoms.images[:, None] - 0.5)
        off = heat.loss(maps[:, :1], phantoms.labels["target"][:, None], phantoms.pixel)
        return both(off, maps[:, 1].mean((1, 2)), phantoms)

    trained(model, loss, lessons)

    def answer(test: Phantoms) -> Said:
        maps = model(test.images[:, None] - 0.5)
        return {
            "target": heat.points(maps[:, :1], test.pixel)[:, 0],
            "present": maps[:, 1].mean((1, 2)).sigmoid(),
        }

    return answer


def both(off: Tensor, present: Tensor, phantoms: Phantoms) -> Tensor:
    """Return how far targets are missed, where there are any, and how windows, logits, are mistaken."""
    here = phantoms.labels["present"].float()
    counted = with_window(phantoms.labels).float()
    return (off * counted).mean() + functional.binary_cross_entropy_with_logits(present, here)


def _field(phantoms: Phantoms) -> Tensor:
    height, width = phantoms.images.shape[-2:]
    return phantoms.images.new_tensor([width * phantoms.pixel[1], height * phantoms.pixel[0]])


def off(said: Said, phantoms: Phantoms) -> Tensor:
    """Return how far the target was missed, mm; planes without a window do not count."""
    return _counted((said["target"] - phantoms.truth["target"]).norm(dim=1), phantoms)


def along(axis: int, said: Said, phantoms: Phantoms) -> Tensor:
    """Return how far it was missed along an axis, mm."""
    return _counted((said["target"] - phantoms.truth["target"])[:, axis].abs(), phantoms)


def close(said: Said, phantoms: Phantoms) -> Tensor:
    """Return whether it was missed by less than 5 mm."""
    return _counted((off(said, phantoms) < CLOSE).float(), phantoms)


def plane(said: Said, phantoms: Phantoms) -> Tensor:
    """Return whether it was told right that there is a window, or that there is none."""
    return ((said["present"] > 0.5) == phantoms.truth["present"]).float()


def met(phantoms: Phantoms) -> np.ndarray:
    """Return whether each image meets a window, or each plane of a stack."""
    return phantoms.truth["present"].cpu().numpy()


def _counted(values: Tensor, phantoms: Phantoms) -> Tensor:
    return torch.where(with_window(phantoms.truth), values, torch.nan)


def draw(axes: Axes, phantoms: Phantoms, said: Said, number: int) -> None:
    """Draw the target, green, and what was said, red."""
    axes.plot(*phantoms.truth["target"][number].tolist(), "o", ms=9, mfc="none", mec="#3ad06a", mew=1.6)
    axes.plot(*said["target"][number].tolist(), "x", ms=7, color="#ff5347", mew=1.6)


EPIDURAL = System(
    name="epidural",
    description="where the needle should go, beside the spine (Pesteie 2018)",
    title="The epidural target",
    caveat="Synthetic phantoms, tuned on nothing: their bones are clean, so models do better here than on people. "
    "Nothing here shows clinical accuracy.",
    quoted="Quoted: 1.0 mm sideways and 0.4 mm in depth in planes, 1.7 and 0.8 in volumes; a review may have swapped "
    "them (the paper was not read). Whoever marks is off by 0.8 and 0.4 mm (SD) here, which learners are taught by.",
    generate=spine,
    learners={
        "mean_place": mean_place,
        "window": window,
        "template": template,
        "network": partial(network, False),
        "network_hadamard": partial(network, True),
        "heat_map": heat_map,
        "marked": marked,
    },
    naive="mean_place",
    shown="heat_map",
    measures={
        "off, mm": off,
        "sideways, mm": partial(along, 0),
        "in depth, mm": partial(along, 1),
        "within 5 mm": close,
        "plane right": plane,
    },
    pooled={"plane AUC": pooled.told("present", met)},
    ascending=("within 5 mm", "plane right"),
    printed={"network_hadamard": "sideways 1.0, in depth 0.4 (or 1.7, 0.8)"},
    own=Form({"target": Asked(Kind.MM, (2,)), "present": Asked(Kind.FLAG)}),
    draw=draw,
    needle=off,
)
