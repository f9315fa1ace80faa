"""Where the nerve went: trackers on films of the median and the sciatic nerve (Alkhatib 2018 and 2019)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from experiments.imaging import films
from experiments.imaging.contract import Answer, Lessons, System
from experiments.imaging.measures import recovery
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.training import descended
from predictors.imaging.tracking.classical.ambp import pf_ambp
from predictors.imaging.tracking.classical.kcf import kcf
from predictors.imaging.tracking.classical.lucas_kanade import lucas_kanade
from predictors.imaging.tracking.classical.mean_shift import mean_shift
from predictors.imaging.tracking.classical.mosse import mosse
from predictors.imaging.tracking.classical.ncc import ncc
from predictors.imaging.tracking.offline.dcfnet import FilterFeatures, dcfnet_like
from predictors.imaging.tracking.offline.goturn import BoxNetwork, goturn_like
from predictors.imaging.tracking.offline.hcft import hcft_like
from predictors.imaging.tracking.offline.outlined import Outlines, outlined
from predictors.imaging.tracking.offline.siamfc import SiameseNetwork, siamfc_like
from predictors.imaging.tracking.online.cnt import cnt_like
from predictors.imaging.tracking.online.crest import crest_like
from predictors.imaging.tracking.online.dlt import AutoEncoder, dlt_like
from predictors.imaging.tracking.online.mdnet import SharedLayers, mdnet_like
from predictors.imaging.tracking.pairs import pairs
from sim.imaging.anatomy.nerve import nerves
from sim.imaging.phantoms import Phantoms

RENEWED = 0.1  # share of a running template that is the newest frame's (choice)
TAUGHT = 120  # films that networks learn from, over and over, each time looking elsewhere
TAUGHT_FRAMES = 0, 4, 25, 70  # of each

Tracker = Callable[[Tensor, Tensor], Tensor]  # see `predictors.imaging.tracking`


Network = TypeVar(
    "Network",
    bound=SiameseNetwork | BoxNetwork | Outlines | FilterFeatures | SharedLayers | AutoEncoder,
)


def follows(tracker: Tracker, lessons: Lessons) -> Answer:
    """Follow from the box that somebody marked in the first frame; nothing is learned beforehand."""

    def answer(test: Phantoms) -> dict[str, Tensor]:
        pixels = _pixels(test)
        return {"box": tracker(test.images, test.labels["box"][:, 0] / pixels) * pixels}

    return answer


def guesses(tracker: Callable[..., Tensor], lessons: Lessons) -> Answer:
    """Follow by particles, whose guesses are others in each training."""
    return follows(partial(tracker, seed=lessons.seed), lessons)


def learns(network: Callable[[], Network], tracker: Callable[..., Tensor], lessons: Lessons) -> Answer:
    """Learn a network from pairs of frames, and follow by it."""
    return follows(partial(tracker, _learned(network(), lessons)), lessons)


def outlines(tracker: Callable[..., Tensor], lessons: Lessons) -> Answer:
    """Follow by the network that learned to outline nerves, or by some of its layers."""
    network = _outlines(lessons)
    if not lessons.learned:  # it had learned for another tracker
        lessons.learned.append(network)
    return follows(partial(tracker, network), lessons)


def encoded(lessons: Lessons) -> Answer:
    """Follow by particles and an auto-encoder that has learned without labels."""
    return guesses(partial(dlt_like, _learned(AutoEncoder(), lessons)), lessons)


@lru_cache(maxsize=1)
def _outlines(lessons: Lessons) -> Outlines:
    """Return the U-Net of a training: learned once for all who look through it."""
    return _learned(Outlines(), lessons)


def _learned(network: Network, lessons: Lessons) -> Network:
    """Return the network after its lessons."""
    seen = _taught(lessons)
    boxes = seen.labels["box"] / _pixels(seen)

    def loss(numbers: np.ndarray) -> Tensor:
        chosen = torch.from_numpy(numbers % TAUGHT).to(boxes.device)
        return network.loss(pairs(seen.images[chosen], boxes[chosen], seen.labels["mask"][chosen], chosen))

    descended(network, loss, lessons)
    return network


@lru_cache(maxsize=1)
def _taught(lessons: Lessons) -> Phantoms:
    """Return the films that all networks of a training learn from: made once for all of them."""
    return lessons.phantoms(np.arange(TAUGHT))


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
        "lucas_kanade": partial(follows, lucas_kanade),
        "mean_shift": partial(follows, mean_shift),
        "mosse": partial(follows, mosse),
        "kcf": partial(follows, kcf),
        "pf_ambp": partial(guesses, pf_ambp),
        "cnt_like": partial(guesses, cnt_like),
        "dlt_like": encoded,
        "siamfc_like": partial(learns, SiameseNetwork, siamfc_like),
        "goturn_like": partial(learns, BoxNetwork, goturn_like),
        "dcfnet_like": partial(learns, FilterFeatures, dcfnet_like),
        "mdnet_like": partial(learns, partial(SharedLayers, TAUGHT), mdnet_like),
        "hcft_like": partial(outlines, hcft_like),
        "crest_like": partial(outlines, crest_like),
        "unet": partial(outlines, outlined),
        "marked": marked,
    },
    naive="stays",
    shown="unet",
    measures={
        "IoU > 0.5": films.success,
        "success AUC": films.area,
        "within 2 mm": films.precision,
        "off, mm": films.off,
        "lost": recovery.lost,
        "found again": recovery.found,
        "back with contact": recovery.back,
    },
    ascending=("IoU > 0.5", "success AUC", "within 2 mm", "found again", "back with contact"),
    beside=("ncc", "ncc_running", "pf_ambp"),
    timed=True,
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
    test=24,
    batch=4,
    size=80,
)
