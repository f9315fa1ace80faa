"""How much the left ventricle ejects, from a film of a beat (Jiang): its cavity outlined, or straight from the film."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.nn import functional

from experiments.imaging.contract import Answer, Lessons, Said, System
from experiments.imaging.measures import masks
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.training import trained
from predictors.imaging import discs
from predictors.imaging.ouyang2020 import FilmNetwork
from predictors.imaging.unet import UNet, outline_loss
from sim.imaging.anatomy.ventricle import ventricle
from sim.imaging.phantoms import Phantoms

EXAMPLES = 64  # films that methods without weights look at
TOGETHER = 16  # films that are looked at in one go
GREYS, SMOOTH = 24, 3  # steps of grey, and pixels over which it is averaged
TRUE, SAID = "#3ad06a", "#ff5347"


def mean_beat(lessons: Lessons) -> Answer:
    """Learn what is ejected on average, and where cavities mostly lie; knows no image."""
    labels = lessons.phantoms(np.arange(EXAMPLES)).labels
    mean, place = labels["ejection"].mean(), labels["cavity"].float().mean((0, 1)) > 0.5
    return lambda test: {
        "ejection": mean.expand(len(test.images)),
        "cavity": place.expand(test.images.shape),
    }


def marked(lessons: Lessons) -> Answer:
    """Say what somebody marked who looked at the same films."""
    return lambda test: {name: test.labels[name] for name in ("ejection", "cavity")}


def grey_and_place(lessons: Lessons) -> Answer:
    """Learn how often a cavity lies at a pixel, and how grey it is there and elsewhere: Bayes' rule, pixel by pixel.

    Where a cavity mostly lies keeps outlines from moving, so a straight line puts right what discs make of them.
    """
    seen = lessons.phantoms(np.arange(EXAMPLES))
    inner, grey = seen.labels["cavity"], _steps(seen.images)
    place = inner.float().mean((0, 1)).clamp(1e-3, 1.0 - 1e-3).logit()
    counts = [torch.bincount(grey[where], minlength=GREYS) + 1.0 for where in (inner, ~inner)]
    odds = (counts[0] / counts[0].sum()).log() - (counts[1] / counts[1].sum()).log()

    def outlined(films: Phantoms) -> dict[str, Tensor]:
        return _outlined(place + odds[_steps(films.images)] > 0.0, films)

    said, wanted = outlined(seen)["ejection"], seen.labels["ejection"].double()
    slope = ((said - said.mean()) * (wanted - wanted.mean())).sum() / said.sub(said.mean()).square().sum()

    def answer(test: Phantoms) -> Said:
        rough = outlined(test)
        return rough | {"ejection": wanted.mean() + slope * (rough["ejection"] - said.mean())}

    return answer


def _steps(images: Tensor) -> Tensor:
    smooth = functional.avg_pool2d(images, SMOOTH, 1, SMOOTH // 2)
    return (GREYS * smooth).long().clamp(max=GREYS - 1)


def unet(lessons: Lessons) -> Answer:
    """Learn to outline the cavity in every frame; discs say the rest."""
    model = UNet(1)

    def loss(phantoms: Phantoms) -> Tensor:
        logits = model(phantoms.images.flatten(0, 1)[:, None] - 0.5)[:, 0]
        return outline_loss(logits, phantoms.labels["cavity"].flatten(0, 1).float())

    trained(model, loss, lessons)

    def answer(test: Phantoms) -> Said:
        parts = [model(some.flatten(0, 1)[:, None] - 0.5)[:, 0] for some in test.images.split(TOGETHER)]
        return _outlined(torch.cat(parts).reshape(test.images.shape) > 0.0, test)

    return answer


def film(lessons: Lessons) -> Answer:
    """Learn what is ejected straight from the film; outlines nothing."""
    model = FilmNetwork()

    def loss(phantoms: Phantoms) -> Tensor:
        return (model(phantoms.images) - 0.01 * phantoms.labels["ejection"]).abs().mean()

    trained(model, loss, lessons)
    return lambda test: {"ejection": 100.0 * torch.cat([model(some) for some in test.images.split(TOGETHER)])}


def _outlined(said: Tensor, test: Phantoms) -> dict[str, Tensor]:
    """Return the largest part of each mask, and what discs make of them."""
    cavity = discs.largest(said)
    return {"cavity": cavity, "ejection": discs.ejection(cavity, test.pixel)}


def off(said: Said, phantoms: Phantoms) -> Tensor:
    """Return how far the ejection fraction was missed, points."""
    return less(said, phantoms).abs()


def less(said: Said, phantoms: Phantoms) -> Tensor:
    """Return by how much it was said too large, points."""
    return said["ejection"] - phantoms.truth["ejection"]


def dice(said: Said, phantoms: Phantoms) -> Tensor:
    """Return the overlap of cavities, twice what is shared by the sum of both, mean over a film's frames."""
    return _of_masks(said, phantoms, masks.dice)


def iou(said: Said, phantoms: Phantoms) -> Tensor:
    """Return what is shared of cavities by what both cover, likewise."""
    return _of_masks(said, phantoms, masks.iou)


def hd95(said: Said, phantoms: Phantoms) -> Tensor:
    """Return how far edges of cavities are apart but for the farthest 5 %, mm, likewise."""

    def apart(here: Tensor, there: Tensor) -> Tensor:
        return masks.hd95(here.flatten(0, 1), there.flatten(0, 1), phantoms.pixel).unflatten(
            0, here.shape[:2]
        )

    return _of_masks(said, phantoms, apart)


def found(said: Said, phantoms: Phantoms) -> Tensor:
    """Return the share of the cavity that was found: recall, or true positive rate."""
    return _of_masks(said, phantoms, lambda here, there: (here & there).sum((2, 3)) / there.sum((2, 3)))


def pixels_right(said: Said, phantoms: Phantoms) -> Tensor:
    """Return the share of all pixels that were told right, most of which lie far away from any heart."""
    return _of_masks(said, phantoms, lambda here, there: (here == there).float().mean((2, 3)))


def _of_masks(said: Said, phantoms: Phantoms, measure: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return a measure of what is said beside what is there, mean over frames; NaN of who outlines nothing."""
    there = phantoms.truth["cavity"]
    if "cavity" not in said:
        return torch.full((len(there),), torch.nan, device=there.device)
    return measure(said["cavity"], there).mean(1)


def draw(axes: Axes, phantoms: Phantoms, said: Said, number: int) -> None:
    """Draw the cavity at the end of diastole and of systole, what is there, green, and what was said, red."""
    there = phantoms.truth["cavity"][number]
    last = int(there.sum((1, 2)).argmin())
    height, width = there.shape[-2:]
    x = (np.arange(width) + 0.5) * phantoms.pixel[1]
    z = (np.arange(height) + 0.5) * phantoms.pixel[0]
    for outlined, colour in ((there, TRUE), (said["cavity"][number], SAID)):
        for frame, style in ((0, "solid"), (last, "dashed")):
            mask = outlined[frame].float().cpu().numpy()
            axes.contour(x, z, mask, [0.5], colors=colour, linewidths=1.0, linestyles=style)


EJECTION = System(
    name="ejection",
    description="how much the left ventricle ejects, from a film (Jiang; Ouyang 2020)",
    title="The ejection fraction",
    caveat="Synthetic phantoms, tuned on nothing: half an ellipsoid of revolution, which discs suit exactly. "
    "Nothing here shows clinical accuracy.",
    quoted="Quoted of Jiang: similarity 96.8 %, true positive rate 88.8 %, error 3.9 points (the paper was not read). "
    "Dice cannot be more than 2 × 0.888 / 1.888 = 0.941 where 88.8 % of a cavity is found: 96.8 % is another measure. "
    "Whoever marks is off by 0.5 mm of radius and 1.5 mm of length (SD) here, which learners are taught by.",
    generate=ventricle,
    learners={
        "mean_beat": mean_beat,
        "grey_and_place": grey_and_place,
        "unet": unet,
        "film": film,
        "marked": marked,
    },
    naive="mean_beat",
    shown="unet",
    measures={
        "off, points": off,
        "too large by, points": less,
        "Dice": dice,
        "IoU": iou,
        "HD95, mm": hd95,
        "cavity found": found,
        "pixels right": pixels_right,
    },
    ascending=("Dice", "IoU", "cavity found", "pixels right"),
    printed={"unet": "3.9 points; 96.8 % (similarity); 88.8 % found"},
    own=Form({"ejection": Asked(Kind.NUMBER, high=100.0), "cavity": Asked(Kind.MASK)}, frames=(2, np.inf)),
    draw=draw,
    steps=120,
    test=100,
    batch=6,
)
