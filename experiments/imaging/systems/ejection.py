"""How much the left ventricle ejects, from a film of a beat (Jiang): its cavity outlined, or straight from the film."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.nn import functional

from experiments.imaging.contract import Answer, Lessons, Said, System
from experiments.imaging.measures import masks, pooled
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.training import trained
from predictors.imaging import discs
from predictors.imaging.classical import contours
from predictors.imaging.ouyang2020 import FilmNetwork
from predictors.imaging.unet import UNet, outline_loss
from sim.imaging.anatomy.ventricle import ventricle
from sim.imaging.phantoms import Phantoms

EXAMPLES = 64  # films that methods without weights look at
TOGETHER = 16  # films that are looked at in one go
GREYS, SMOOTH = 24, 3  # steps of grey, and pixels over which it is averaged
RARE = 0.02  # share of the cavities that reach a pixel; where fewer do, no contour goes
REACH = 9.0  # mm over which contours compare greys
SETTLED, MOVES = 30, 10  # steps in the first frame, from where cavities mostly lie, and in each later one
AGREED = 1.96  # SDs to the limits of agreement
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
    return _straightened(lambda films: _outlined(place + odds[_steps(films.images)] > 0.0, films), seen)


def _steps(images: Tensor) -> Tensor:
    return (GREYS * _smooth(images)).long().clamp(max=GREYS - 1)


def _smooth(images: Tensor) -> Tensor:
    return functional.avg_pool2d(images, SMOOTH, 1, SMOOTH // 2)


def active_contour(lessons: Lessons) -> Answer:
    """Learn where cavities mostly lie; contours move on from there, and from frame to frame."""
    place = lessons.phantoms(np.arange(EXAMPLES)).labels["cavity"].float().mean(0)
    within = place.amax(0) > RARE

    def answer(test: Phantoms) -> Said:
        said, moves = [(place[0] > 0.5).expand(len(test.images), -1, -1)], SETTLED
        for frame in _smooth(test.images).unbind(1):
            said.append(contours.moved(frame, said[-1], within, test.pixel, REACH, moves))
            moves = MOVES
        return _outlined(torch.stack(said[1:], 1), test)

    return answer


def unet(lessons: Lessons) -> Answer:
    """Learn to outline the cavity in every frame; discs say the rest."""
    model = _outliner(lessons)
    return lambda test: _outlined(_logits(model, test) > 0.0, test)


def unet_line(steady: bool, lessons: Lessons) -> Answer:
    """Put a straight line through what the same network says.

    If it has to be steady, of each pixel the median over three frames counts, the last one being followed by the first:
    the control of what single frames are off by. It cuts off the heart's largest and smallest, too, hence the line.
    """
    model = _outliner(lessons)

    def outlined(films: Phantoms) -> dict[str, Tensor]:
        logits = _logits(model, films)
        if steady:
            logits = torch.stack([logits.roll(step, 1) for step in (-1, 0, 1)]).median(0).values
        return _outlined(logits > 0.0, films)

    with torch.no_grad():
        return _straightened(outlined, lessons.phantoms(np.arange(EXAMPLES)))


@lru_cache(maxsize=1)
def _outliner(lessons: Lessons) -> UNet:
    """Return the network that outlines: learned once for all who use it."""
    model = UNet(1)

    def loss(phantoms: Phantoms) -> Tensor:
        logits = model(phantoms.images.flatten(0, 1)[:, None] - 0.5)[:, 0]
        return outline_loss(logits, phantoms.labels["cavity"].flatten(0, 1).float())

    trained(model, loss, lessons)
    return model


def _logits(model: UNet, films: Phantoms) -> Tensor:
    parts = [model(some.flatten(0, 1)[:, None] - 0.5)[:, 0] for some in films.images.split(TOGETHER)]
    return torch.cat(parts).reshape(films.images.shape)


def _straightened(outlined: Callable[[Phantoms], dict[str, Tensor]], seen: Phantoms) -> Answer:
    """Return who outlines, with the straight line that suits what is ejected by these films best."""
    said, wanted = outlined(seen)["ejection"], seen.labels["ejection"].double()
    slope = ((said - said.mean()) * (wanted - wanted.mean())).sum() / said.sub(said.mean()).square().sum()

    def answer(test: Phantoms) -> Said:
        rough = outlined(test)
        return rough | {"ejection": wanted.mean() + slope * (rough["ejection"] - said.mean())}

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


def share(said: Said, phantoms: Phantoms) -> Tensor:
    """Return how far it was missed, % of what is ejected."""
    return 100.0 * off(said, phantoms) / phantoms.truth["ejection"]


def too_large(said: Said, phantoms: Phantoms) -> np.ndarray:
    """Return by how much each was said too large, points."""
    return less(said, phantoms).cpu().numpy()


def both(said: Said, phantoms: Phantoms) -> tuple[np.ndarray, np.ndarray]:
    """Return what was said to be ejected, and what is."""
    return said["ejection"].cpu().numpy(), phantoms.truth["ejection"].cpu().numpy()


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
        "active_contour": active_contour,
        "unet": unet,
        "unet_line": partial(unet_line, False),
        "unet_median": partial(unet_line, True),
        "film": film,
        "marked": marked,
    },
    naive="mean_beat",
    shown="unet",
    measures={
        "off, points": off,
        "off, %": share,
        "too large by, points": less,
        "Dice": dice,
        "IoU": iou,
        "HD95, mm": hd95,
        "cavity found": found,
        "pixels right": pixels_right,
    },
    pooled={
        "lower limit": pooled.limit(too_large, -AGREED),
        "upper limit": pooled.limit(too_large, AGREED),
        "r": pooled.correlation(both),
    },
    ascending=("Dice", "IoU", "cavity found", "pixels right"),
    printed={"unet": "3.9 points; 96.8 % (similarity); 88.8 % found"},
    claims={"off, points": 3.9, "Dice": 0.968},
    own=Form({"ejection": Asked(Kind.NUMBER, high=100.0), "cavity": Asked(Kind.MASK)}, frames=(2, np.inf)),
    draw=draw,
    steps=120,
    test=100,
    batch=6,
)
