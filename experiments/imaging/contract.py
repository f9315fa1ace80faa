"""What an image system says: all that `experiments.imaging` knows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from experiments.imaging.own.form import Form
from predictors.learning.contract import Progress
from sim.imaging.phantoms import Generator, Phantoms
from sim.randomness import case_keys

Said = Mapping[str, Tensor]  # name of a truth -> what is said of each image
Answer = Callable[[Phantoms], Said]
Measure = Callable[[Said, Phantoms], Tensor]  # (images,), NaN where an image does not count
Statistic = Callable[[np.ndarray], np.ndarray]  # how often people count, (draws, people) -> (draws,)
Pooled = Callable[[Said, Phantoms], Statistic]
HOME, SHIFTED = "home", "shifted"  # phantoms as learned from, and of another machine and other people
OWN = "own"  # images of whoever asks


@dataclass(frozen=True)
class Lessons:
    """What a learner may learn from, as much of it as it likes, made when it is asked for.

    Attributes:
        generate: makes phantoms.
        size: pixels of height and width.
        steps, batch: how often weights may be changed, and by how many images at once.
        seed: of the phantoms and of the learner's own chance.
        device: where to learn.
        report: is told how far it is, 0 to 1; lessons are the same whoever is told.
        known: file of weights to answer with instead of learning; none by default.
        learned: networks that have learned, or were known, are put here.
    """

    generate: Generator
    size: int
    steps: int
    batch: int
    seed: int
    device: str
    report: Progress = field(compare=False)
    known: Path | None = None
    learned: list[nn.Module] = field(default_factory=list, compare=False)

    def phantoms(self, numbers: np.ndarray) -> Phantoms:
        """Return the phantoms of these numbers, each always the same."""
        return phantoms(self.generate, self.seed, numbers, self.size, device=self.device)


Learner = Callable[[Lessons], Answer]
Heard = Mapping[str, Sequence[Mapping[str, Said]]]  # learner -> training -> where -> what was said
Picture = Callable[["System", Mapping[str, Phantoms], Heard], Figure]


@dataclass(frozen=True)
class System:
    """A published system with the phantoms on which it is tried.

    Attributes:
        name: as in the registry.
        description: in a line.
        title: of the report.
        caveat: what must be said wherever its figures stand.
        quoted: what others say its figures are, and what they are.
        generate: makes phantoms.
        learners: name -> who learns; classical methods among them, and people who mark.
        naive: the learner that knows no image.
        shown: the learner whose best, median and worst cases are drawn.
        measures: name -> what is judged, an image each; the first one ranks cases.
        pooled: name -> what is judged over all images at once, whose truth has `person`; see `pooled`.
        ascending: measures of which more is better.
        printed: learner -> what the paper prints for it.
        claims: measure -> what is printed of it: at least that where more is better, else at most.
        draw: draws what is there and what was said, of an image or of a film's frame.
        taught: makes what is learned from, where that is other than what is judged: films of fewer frames.
        beside: learners that others are compared with, too, each image by image, in a table of their own.
        timed: whether it is told how many images a second learners answer.
        kinds: name -> which phantoms, (images,), have a table of their own; by default all have one.
        pictures: name -> what is drawn; by default a plate of best, median and worst images.
        own: how images of whoever asks are described; by default they are not read.
        needle: mm from its target at which a needle ends that goes where is said, (images,); infinite where none is
            placed, NaN where there is no target. By default nobody guides one.
        steps: of learning, by default.
        test: images that are judged, by default.
        batch: images of a step.
        size: pixels of height and width, by default.
    """

    name: str
    description: str
    title: str
    caveat: str
    quoted: str
    generate: Generator
    learners: Mapping[str, Learner]
    naive: str
    shown: str
    measures: Mapping[str, Measure]
    draw: Callable[[Axes, Phantoms, Said, int], None]
    taught: Generator | None = None
    beside: tuple[str, ...] = ()
    timed: bool = False
    kinds: Mapping[str, Callable[[Phantoms], Tensor]] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    pooled: Mapping[str, Pooled] = field(default_factory=dict)
    own: Form | None = None
    needle: Measure | None = None
    ascending: tuple[str, ...] = ()
    printed: Mapping[str, str] | None = None
    claims: Mapping[str, float] = field(default_factory=dict)
    steps: int = 400
    test: int = 300
    batch: int = 12
    size: int = 64


def phantoms(
    generate: Generator, seed: int, numbers: np.ndarray, size: int, shifted: float = 0.0, device: str = "cpu"
) -> Phantoms:
    """Return phantoms by their numbers under a seed, of `size` pixels a side."""
    keys = torch.from_numpy(case_keys(seed, numbers).view(np.int64)).to(device)
    with torch.no_grad():
        return generate(keys, shifted, size)
