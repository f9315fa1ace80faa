"""The brachial plexus outlined (Long): is it there, and where? Beside three people who outlined it, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import numpy as np
import torch
from matplotlib.axes import Axes
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional

from experiments.imaging.contract import Answer, Lessons, Said, System
from experiments.imaging.measures import masks, pooled
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.training import trained
from predictors.imaging.classical import blobs, contours
from predictors.imaging.oktay2018 import AttentionUNet
from predictors.imaging.unet import UNet, outline_loss
from sim.imaging.anatomy.plexus import plexus
from sim.imaging.anatomy.trunks import ANNOTATORS
from sim.imaging.phantoms import Phantoms

EXAMPLES = 256  # phantoms that methods without weights look at
TOGETHER = 32  # images that are looked at in one go
RADII = 1.5, 2.2, 3.0  # mm, of the dark discs that are looked for
APART = 4  # pixels between those a line is fitted to
SMALLEST = 3.0  # mm²; half of the smallest trunk: connected parts below it are dropped
NEAR = 5  # pixels over which it is averaged how sure a method is
SMOOTH = 3  # pixels over which greys are averaged that contours compare
REACH, MOVES, LEAST = (
    2.5,
    6,
    0.3,
)  # mm that they compare, steps, and the share of the cut that they never leave
CUTS = np.linspace(0.05, 0.7, 14)  # of what is taken for a trunk's pixel
TRUE, SAID = "#3ad06a", "#ff5347"


def mean_mask(lessons: Lessons) -> Answer:
    """Learn where trunks mostly lie, and say it of every image; knows none."""
    labels = lessons.phantoms(np.arange(EXAMPLES)).labels
    place, share = labels["mask"].float().mean(0), labels["present"].float().mean()
    cut = _best(lambda cut: (place > cut * place.max()).expand(labels["mask"].shape), labels)
    return lambda test: {
        "mask": (place > cut * place.max()).expand(test.images.shape),
        "present": share.expand(len(test.images)),
    }


def annotator(number: int, lessons: Lessons) -> Answer:
    """Say what one of those outlined who are learned from."""

    def answer(test: Phantoms) -> Said:
        mask = test.labels["masks"][:, number]
        return {
            "mask": mask,
            "present": mask.flatten(1).any(1).float(),
            "annotator": torch.full((len(mask),), number, device=mask.device),
        }

    return answer


def blobs_and_place(moved: bool, lessons: Lessons) -> Answer:
    """Look for dark discs where trunks mostly lie: a logistic regression, pixel by pixel.

    If contours are moved, they go on from there to where greys part, as far as anything is likely at all.
    """
    seen = lessons.phantoms(np.arange(EXAMPLES))
    likely = _discs(lessons)
    taught = likely(seen)
    cut = _best(lambda cut: taught > cut, seen.labels)
    sure = _parting(_surest(taught), seen.labels["present"])

    def answer(test: Phantoms) -> Said:
        chance = likely(test)
        there, mask = _surest(chance), chance > cut
        if moved:
            smooth = functional.avg_pool2d(test.images, SMOOTH, 1, SMOOTH // 2)
            mask = contours.moved(smooth, mask, chance > LEAST * cut, test.pixel, REACH, MOVES)
        return {"mask": _tidy(mask, test) & (there > sure)[:, None, None], "present": there}

    return answer


@lru_cache(maxsize=1)
def _discs(lessons: Lessons) -> Callable[[Phantoms], Tensor]:
    """Return who says how likely each pixel is one of a trunk: learned once for both who use it."""
    seen = lessons.phantoms(np.arange(EXAMPLES))
    place = functional.avg_pool2d(seen.labels["mask"].float().mean(0)[None], NEAR, 1, NEAR // 2)[0]
    place = place.clamp(min=1e-4).logit()

    def features(some: Phantoms) -> Tensor:
        response = blobs.dark(some.images, some.pixel, RADII)
        grey = functional.avg_pool2d(some.images[:, None], NEAR, 1, NEAR // 2)
        there = place.expand(len(some.images), 1, -1, -1)
        covered = blobs.within(response, some.pixel, RADII)
        return torch.cat([response, covered, covered * there, grey, grey**2, there], 1).movedim(1, -1)

    few = features(seen)[:, ::APART, ::APART].flatten(0, 2).cpu().numpy()
    wanted = seen.labels["mask"][:, ::APART, ::APART].flatten().cpu().numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(few, wanted)

    def likely(some: Phantoms) -> Tensor:
        each = features(some)
        found = model.predict_proba(each.flatten(0, 2).cpu().numpy())[:, 1]
        return torch.from_numpy(found).to(some.images).reshape(some.images.shape)

    return likely


def unet(sure: bool, lessons: Lessons) -> Answer:
    """Learn to outline trunks; if it has to be sure, nothing is outlined where no pixel is as probable as it should be.

    How probable that is, is learned from phantoms whose presence is known: the control of a head of its own.
    """
    return _outlined(_outliner(UNet, lessons), sure, lessons)


def attention_unet(lessons: Lessons) -> Answer:
    """Learn to outline trunks with gates on what the way down saw."""
    return _outlined(_outliner(AttentionUNet, lessons), False, lessons)


def _outlined(model: UNet, sure: bool, lessons: Lessons) -> Answer:

    def likely(some: Phantoms) -> Tensor:
        return _maps(model, some)[:, 0].sigmoid()

    enough = 0.0
    if sure:
        seen = lessons.phantoms(np.arange(EXAMPLES))
        with torch.no_grad():
            enough = float(_parting(_surest(likely(seen)), seen.labels["present"]))

    def answer(test: Phantoms) -> Said:
        chance = likely(test)
        there = _surest(chance)
        return {"mask": _tidy(chance > 0.5, test) & (there > enough)[:, None, None], "present": there}

    return answer


@lru_cache(maxsize=1)
def _outliner(kind: type[UNet], lessons: Lessons) -> UNet:
    """Return a network that outlines without a head: learned once for all who use it."""
    model = kind(1)

    def loss(phantoms: Phantoms) -> Tensor:
        return outline_loss(model(phantoms.images[:, None] - 0.5)[:, 0], phantoms.labels["mask"].float())

    trained(model, loss, lessons)
    return model


def unet_presence(lessons: Lessons) -> Answer:
    """Learn to outline trunks and whether there are any, by another map's mean; else nothing is outlined."""
    model = UNet(2)

    def loss(phantoms: Phantoms) -> Tensor:
        maps, labels = model(phantoms.images[:, None] - 0.5), phantoms.labels
        met = functional.binary_cross_entropy_with_logits(maps[:, 1].mean((1, 2)), labels["present"].float())
        return outline_loss(maps[:, 0], labels["mask"].float()) + met

    trained(model, loss, lessons)

    def answer(test: Phantoms) -> Said:
        maps = _maps(model, test)
        there = maps[:, 1].mean((1, 2)).sigmoid()
        return {"mask": _tidy(maps[:, 0] > 0.0, test) & (there > 0.5)[:, None, None], "present": there}

    return answer


def _maps(model: UNet, some: Phantoms) -> Tensor:
    return torch.cat([model(few[:, None] - 0.5) for few in some.images.split(TOGETHER)])


def _best(said: Callable[[float], Tensor], labels: Mapping[str, Tensor]) -> float:
    """Return the cut whose masks overlap best with those that were outlined."""
    overlap = [float(masks.dice(said(cut), labels["mask"])[labels["present"]].mean()) for cut in CUTS]
    return float(CUTS[int(np.argmax(overlap))])


def _parting(likely: Tensor, present: Tensor) -> Tensor:
    """Return the one of these numbers above which most images with a plexus lie, and most without below."""
    right = ((likely > likely[:, None]) == present).float().mean(1)
    return likely[right.argmax()]


def _tidy(mask: Tensor, test: Phantoms) -> Tensor:
    return masks.without_specks(mask, SMALLEST / (test.pixel[0] * test.pixel[1]))


def _surest(chance: Tensor) -> Tensor:
    """Return how probable a trunk is where it is most so, over a few pixels, (images,)."""
    return functional.avg_pool2d(chance[:, None], NEAR, 1, NEAR // 2).amax((1, 2, 3))


def dice(said: Said, phantoms: Phantoms) -> Tensor:
    """Return the overlap with what is there; images without a plexus do not count."""
    return _met(masks.dice(said["mask"], phantoms.truth["mask"]), phantoms)


def above(said: Said, phantoms: Phantoms) -> Tensor:
    """Return the overlap above the collarbone."""
    return torch.where(phantoms.truth["above"], dice(said, phantoms), torch.nan)


def agreed(said: Said, phantoms: Phantoms) -> Tensor:
    """Return the overlap with what the annotators outlined, of one of them with the others."""
    marks = phantoms.labels["masks"]
    own = said.get("annotator", torch.full((len(marks),), -1, device=marks.device))
    each = [
        torch.where(own == number, torch.nan, masks.dice(said["mask"], marks[:, number]))
        for number in range(len(ANNOTATORS))
    ]
    return _met(torch.stack(each).nanmean(0), phantoms)


def ahead(said: Said, phantoms: Phantoms) -> Tensor:
    """Return by how much the overlap with what is there exceeds that of annotators with each other."""
    marks = phantoms.labels["masks"]
    pairs = [masks.dice(marks[:, one], marks[:, other]) for one, other in ((0, 1), (0, 2), (1, 2))]
    return dice(said, phantoms) - torch.stack(pairs).nanmean(0)


def iou(said: Said, phantoms: Phantoms) -> Tensor:
    """Return what is shared by what is covered; images without a plexus do not count."""
    return _met(masks.iou(said["mask"], phantoms.truth["mask"]), phantoms)


def edges(said: Said, phantoms: Phantoms) -> Tensor:
    """Return from how far on the farthest 5 % of edges lie, mm; the image's diagonal where nothing was said."""
    return _met(masks.hd95(said["mask"], phantoms.truth["mask"], phantoms.pixel), phantoms)


def alarm(said: Said, phantoms: Phantoms) -> Tensor:
    """Return whether anything was outlined where no plexus is."""
    said_so = said["mask"].flatten(1).any(1).float()
    return torch.where(phantoms.truth["present"], torch.nan, said_so)


def needle(said: Said, phantoms: Phantoms) -> Tensor:
    """Return how far outside of all trunks the middle of what was outlined lies, mm; infinite where nothing was."""
    aimed = masks.middle(said["mask"], phantoms.pixel)
    off = masks.outside(aimed, phantoms.truth["mask"], phantoms.pixel)
    return _met(torch.where(aimed[:, 0].isnan(), torch.inf, off), phantoms)


def _met(values: Tensor, phantoms: Phantoms) -> Tensor:
    return torch.where(phantoms.truth["present"], values, torch.nan)


def draw(axes: Axes, phantoms: Phantoms, said: Said, number: int) -> None:
    """Draw outlines of what is there, green, and of what was said, red."""
    height, width = phantoms.images.shape[-2:]
    x, z = (
        (np.arange(count) + 0.5) * mm for count, mm in zip((width, height), phantoms.pixel[::-1], strict=True)
    )
    for mask, colour in ((phantoms.truth["mask"][number], TRUE), (said["mask"][number], SAID)):
        if mask.any():
            axes.contour(x, z, mask.float().cpu().numpy(), [0.5], colors=colour, linewidths=1.0)


PLEXUS = System(
    name="plexus",
    description="the brachial plexus outlined, beside three people who did (Long)",
    title="The brachial plexus",
    caveat="Synthetic phantoms, tuned on nothing. Two thirds of what annotators are off by (variance) are chance of "
    "their own, which networks average away; people share more. Nothing here shows clinical accuracy.",
    quoted="Quoted of Long: more accurate than manual, with no number (the paper was not read). For scale: doctors and "
    "a model share an IoU of .47 to .52 on 320 images (arXiv 2205.08143); a public U-Net reached a Dice of .57 on the "
    "Kaggle neck set. The claim is met where overlap with what is there exceeds that of annotators with each other.",
    generate=plexus,
    learners={
        "mean_mask": mean_mask,
        "blobs_and_place": partial(blobs_and_place, False),
        "blobs_contour": partial(blobs_and_place, True),
        "unet": partial(unet, False),
        "unet_sure": partial(unet, True),
        "attention_unet": attention_unet,
        "unet_presence": unet_presence,
        **{f"annotator {name}": partial(annotator, number) for number, name in enumerate(ANNOTATORS)},
    },
    naive="mean_mask",
    shown="unet_presence",
    measures={
        "Dice": dice,
        "above the collarbone": above,
        "with annotators": agreed,
        "ahead of annotators": ahead,
        "IoU": iou,
        "HD95, mm": edges,
        "false alarms": alarm,
    },
    pooled={"presence AUC": pooled.told("present", lambda test: test.truth["present"].cpu().numpy())},
    ascending=("Dice", "above the collarbone", "with annotators", "ahead of annotators", "IoU"),
    printed={"unet": "IoU .52, Dice .57 (other sets)"},
    claims={"ahead of annotators": 0.0},
    own=Form(
        {"mask": Asked(Kind.MASK), "present": Asked(Kind.FLAG)},
        marking=tuple(f"annotator {name}" for name in ANNOTATORS),
        unknown=("above the collarbone", "with annotators", "ahead of annotators"),
    ),
    draw=draw,
    needle=needle,
    steps=300,
    test=300,
    batch=12,
    size=96,
)
