"""Where the nerve went: trackers on films of the median and the sciatic nerve (Alkhatib 2018 and 2019)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from torch import Tensor

from experiments.imaging import films
from experiments.imaging.contract import Answer, Lessons, System
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.training import descended
from predictors.imaging.tracking.goturn import BoxNetwork, goturn_like
from predictors.imaging.tracking.mosse import mosse
from predictors.imaging.tracking.ncc import ncc
from predictors.imaging.tracking.outlined import Outlines, outlined
from predictors.imaging.tracking.pairs import pairs
from predictors.imaging.tracking.particles import pf_ambp
from predictors.imaging.tracking.siamfc import SiameseNetwork, siamfc_like
from sim.imaging.anatomy.nerve import nerves
from sim.imaging.phantoms import Phantoms

RENEWED = 0.1  # share of a running template that is the newest frame's (choice)
TAUGHT = 120  # films that networks learn from, over and over, each time looking elsewhere
TAUGHT_FRAMES = 0, 4, 25, 70  # of each

Network = SiameseNetwork | BoxNetwork | Outlines
Tracker = Callable[[Tensor, Tensor], Tensor]  # see `predictors.imaging.tracking`


def follows(tracker: Tracker, lessons: Lessons) -> Answer:
    """Follow from the box that somebody marked in the first frame; nothing is learned beforehand."""

    def answer(test: Phantoms) -> dict[str, Tensor]:
        pixels = _pixels(test)
        return {"box": tracker(test.images, test.labels["box"][:, 0] / pixels) * pixels}

    return answer


def learns(network: Callable[[], Network], tracker: Callable[..., Tensor], lessons: Lessons) -> Answer:
    """Learn a network from pairs of frames, and follow by it."""
    seen = _taught(lessons)
    boxes, model = seen.labels["box"] / _pixels(seen), network()

    def loss(numbers: np.ndarray) -> Tensor:
        chosen = numbers % TAUGHT
        return model.loss(pairs(seen.images[chosen], boxes[chosen], seen.labels["mask"][chosen]))

    return follows(partial(tracker, descended(model, loss, lessons)), lessons)


@lru_cache(maxsize=1)
def _taught(lessons: Lessons) -> Phantoms:
    """Return the films that all networks of a training learn from: made once for all of them."""
    return lessons.phantoms(np.arange(TAUGHT))


def guessed(lessons: Lessons) -> Answer:
    """Follow by particles, whose guesses are others in each training."""
    return follows(partial(pf_ambp, seed=lessons.seed), lessons)


def marked(lessons: Lessons) -> Answer:
    """Say what somebody marked in each frame."""
    return lambda test: {"box": test.labels["box"]}


def _pixels(test: Phantoms) -> Tensor:
    return test.images.new_tensor([test.pixel[1], test.pixel[0]] * 2)


def _stays(frames: Tensor, first: Tensor) -> Tensor:
    return first[:, None].expand(-1, frames.shape[1], -1)


TRACKERS = System(
    name="trackers",
    description="where the median or sciatic nerve went, frame by frame (Alkhatib 2018, 2019)",
    title="Nerve trackers",
    caveat="Synthetic phantoms, made before any tracker was tried on them. Names ending in -like are small stand-ins "
    "of a family, not the published trackers. Nothing here shows clinical accuracy.",
    quoted="Quoted by a review, with no definition of accuracy: the best of thirteen trackers 95 % on the median "
    "nerve and 72 % on the sciatic nerve, PF-AMBP 84 and 64 %. Here a frame is followed where boxes overlap by more "
    "than half; frames in which contact is lost do not count.",
    generate=nerves,
    taught=partial(nerves, frames=TAUGHT_FRAMES),
    learners={
        "stays": partial(follows, _stays),
        "ncc": partial(follows, ncc),
        "ncc_running": partial(follows, partial(ncc, renewed=RENEWED)),
        "mosse": partial(follows, mosse),
        "pf_ambp": guessed,
        "siamfc_like": partial(learns, SiameseNetwork, siamfc_like),
        "goturn_like": partial(learns, BoxNetwork, goturn_like),
        "unet": partial(learns, Outlines, outlined),
        "marked": marked,
    },
    naive="stays",
    shown="unet",
    measures={
        "IoU > 0.5": films.success,
        "success AUC": films.area,
        "within 2 mm": films.precision,
        "off, mm": films.off,
    },
    ascending=("IoU > 0.5", "success AUC", "within 2 mm"),
    printed={"pf_ambp": "median .84, sciatic .64"},
    own=Form(
        {
            "box": Asked(Kind.MM, (4,), framed=True),
            "hidden": Asked(Kind.FLAG, framed=True),
            "sciatic": Asked(Kind.FLAG),
        },
        frames=(2, np.inf),
    ),
    draw=films.draw,
    needle=films.needle,
    kinds={
        "median nerve": lambda test: ~test.truth["sciatic"],
        "sciatic nerve": lambda test: test.truth["sciatic"],
    },
    pictures={"strips": films.strips, "success": films.curves},
    steps=1000,
    test=16,
    batch=4,
    size=80,
)
