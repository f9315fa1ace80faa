"""Pain in films of faces (Rodriguez 2017): is a network that remembers better than an average over the last frames?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor, nn

from experiments.imaging.contract import Answer, Lessons, Said, System
from experiments.imaging.measures import pooled
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.portraits import courses
from experiments.imaging.training import descended, trained
from predictors.imaging import shipped
from predictors.imaging.faces.frames import STEP, FrameNetwork, missed
from predictors.imaging.faces.registered import registered
from predictors.imaging.faces.rodriguez2017 import Cells, Recurrent, windows
from sim.imaging.faces import people
from sim.imaging.faces.films import FRAMES, films
from sim.imaging.faces.units import LEVELS
from sim.imaging.phantoms import Phantoms

SINGLE = range(0, FRAMES, 10)  # frames of a film that a network of single frames learns from
FILMS, FIRST = 300, 1_000_000  # what memories learn from: so many films, from this number on
STEPS, BATCH = 800, 128  # of a memory's learning, and windows of a step
TOGETHER = 512  # frames that are looked at in one go
LEARNED = partial(films, people_met=people.LEARNED)

Smooth = Callable[[Tensor], Tensor]  # (films, frames) -> (films, frames)
View = Callable[[Phantoms], Tensor]  # films -> pictures, (films, frames, height, width)


def majority(lessons: Lessons) -> Answer:
    """Say that nothing hurts, as most frames do; knows no image."""
    return lambda test: {name: torch.zeros_like(test.truth["pspi"]) for name in ("pain", "pspi")}


def coder(lessons: Lessons) -> Answer:
    """Say what somebody coded who looked at the same films."""
    return lambda test: _surely(test.labels["pspi"], test.labels["pspi"])


def true_units(lessons: Lessons) -> Answer:
    """Say the sum of the units that were drawn, before they are rounded: nobody who reads them can know more."""
    return lambda test: _surely(test.truth["pspi"], test.truth["shown"])


def _surely(there: Tensor, intensity: Tensor) -> Said:
    return {"pain": (there > 0.0).float(), "pspi": intensity}


def whole(some: Phantoms) -> Tensor:
    """Return pictures as they were taken."""
    return some.images


def normalised(some: Phantoms) -> Tensor:
    """Return pictures brought to one place by landmarks that another tool has found."""
    return registered(some.images.flatten(0, 1), some.labels["landmarks"].flatten(0, 1)).reshape(
        some.images.shape
    )


class Eyes:
    """A network of single frames that has learned, and what it saw of films: each is looked at once for all who ask."""

    def __init__(self, view: View, network: FrameNetwork) -> None:
        self.view, self.network = view, network
        self.seen: dict[
            int, tuple[Phantoms, Tensor]
        ] = {}  # by whose they are, which are kept: numbers stay theirs

    def look(self, test: Phantoms) -> Tensor:
        """Return features of each frame, (films, frames, features)."""
        if id(test) not in self.seen:
            images = self.view(test)
            with torch.no_grad():
                some = [self.network.features(few) for few in images.flatten(0, 1).split(TOGETHER)]
            self.seen[id(test)] = test, torch.cat(some).reshape(*images.shape[:2], -1)
        return self.seen[id(test)][1]


def frames(smooth: Smooth, view: View, lessons: Lessons) -> Answer:
    """Learn from single frames; what is said of each may be smoothed over those before it."""
    eyes = _eyes(view, lessons)

    def answer(test: Phantoms) -> Said:
        logit, intensity = eyes.network.told(eyes.look(test))
        return {"pain": smooth(logit.sigmoid()), "pspi": smooth(intensity)}

    return answer


def remembering(cells: Cells, length: int, view: View, lessons: Lessons) -> Answer:
    """Learn a memory over the features of as many frames, which a network of single frames has learned before."""
    model = Recurrent(cells).to(lessons.device)
    if lessons.known is None:
        eyes = _eyes(view, replace(lessons, learned=[]))
        _remember(model, eyes, length, lessons)
    else:
        eyes = Eyes(view, FrameNetwork().to(lessons.device))
        shipped.filled(nn.ModuleList([eyes.network, model]), lessons.known)
    lessons.learned[:] = [nn.ModuleList([eyes.network, model])]

    def answer(test: Phantoms) -> Said:
        each = windows(eyes.look(test), length).flatten(0, 1)
        logit, intensity = (one.reshape(test.truth["pspi"].shape) for one in model(each))
        return {"pain": logit.sigmoid(), "pspi": intensity}

    return answer


def _remember(model: Recurrent, eyes: Eyes, length: int, lessons: Lessons) -> None:
    """Learn from windows of whole films."""
    seen = _whole_films(lessons)
    before, intensity = windows(eyes.look(seen), length).flatten(0, 1), seen.labels["pspi"].flatten()

    def loss(numbers: np.ndarray) -> Tensor:
        chosen = torch.from_numpy(numbers % len(intensity)).to(intensity.device)
        return missed(model(before[chosen]), intensity[chosen])

    descended(model, loss, replace(lessons, steps=STEPS, batch=BATCH))


@lru_cache(maxsize=1)
def _eyes(view: View, lessons: Lessons) -> Eyes:
    """Return what sees single frames in a training: learned once for all who use it."""
    model = FrameNetwork()

    def loss(some: Phantoms) -> Tensor:
        return missed(model(view(some).flatten(0, 1)), some.labels["pspi"].flatten())

    trained(model, loss, replace(lessons, generate=partial(LEARNED, frames=SINGLE)), STEP)
    return Eyes(view, model)


@lru_cache(maxsize=1)
def _whole_films(lessons: Lessons) -> Phantoms:
    """Return the films that memories learn from, which no network of single frames has met."""
    return lessons.phantoms(FIRST + np.arange(FILMS))


def as_it_is(values: Tensor) -> Tensor:
    """Return what is said of each frame alone."""
    return values


def averaged(length: int, values: Tensor) -> Tensor:
    """Return the mean over the last frames up to each, (films, frames)."""
    return windows(values[..., None], length)[..., 0].mean(-1)


def squared(said: Said, test: Phantoms) -> np.ndarray:
    """Return by how much the intensity is off, squared."""
    return (said["pspi"] - test.truth["pspi"]).square().cpu().numpy()


def level_told(said: Said, test: Phantoms) -> np.ndarray:
    """Return whether the level was told, 0, 1-2, 3-5 or 6 and more: 0 where pain is not called, 1 or 0."""
    called = torch.where(said["pain"] > 0.5, said["pspi"].round().clamp(min=LEVELS[0]), 0.0)
    return (_level(called) == _level(test.truth["pspi"])).astype(float)


def level_told_of(level: int, said: Said, test: Phantoms) -> np.ndarray:
    """Return `level_told` of the frames of a level, else NaN."""
    return np.where(_level(test.truth["pspi"]) == level, level_told(said, test), np.nan)


def _level(intensity: Tensor) -> np.ndarray:
    edges = torch.tensor(LEVELS, dtype=intensity.dtype, device=intensity.device)
    return torch.bucketize(intensity, edges, right=True).cpu().numpy()


def blinked(said: Said, test: Phantoms) -> np.ndarray:
    """Return whether pain was called in frames where lids only blink, else NaN."""
    alone = test.truth["blink"].cpu().numpy() & ~pooled.in_pain(test)
    return np.where(alone, pooled.pained(said).astype(float), np.nan)


def both(said: Said, test: Phantoms) -> tuple[np.ndarray, np.ndarray]:
    """Return the intensity as it was said and as it is."""
    return said["pspi"].cpu().numpy(), test.truth["pspi"].cpu().numpy()


def draw(axes: Axes, test: Phantoms, said: Said, number: int) -> None:
    """Draw how intense pain is, green, and was said to be, red, in the course of a film."""
    for values, colour in ((test.truth["pspi"], "#2a9d4f"), (said["pspi"], "#d1352b")):
        axes.plot(values[number].cpu(), color=colour, lw=1.4)


MEASURES = {
    "AUC": pooled.told("pain", pooled.in_pain),
    "accuracy": pooled.mean(pooled.right),
    "balanced accuracy": pooled.rates(pooled.balanced),
    "levels": pooled.mean(level_told),
    "levels, balanced": pooled.together(
        [pooled.mean(partial(level_told_of, level)) for level in range(len(LEVELS) + 1)]
    ),
    "MSE of PSPI": pooled.mean(squared),
    "correlation": pooled.correlation(both),
    "pain called in blinks": pooled.mean(blinked),
}
FACE_VIDEO = System(
    name="face_video",
    description="pain in films of faces (Rodriguez 2017)",
    title="Pain in films of faces",
    caveat="Drawn faces, whose pain is a sum of what was drawn: this tries a way of working, not whether pain can be "
    "seen. Nothing here shows clinical accuracy. Learners met 25 people; none of them is judged.",
    quoted="Quoted: 97.2 % accuracy, which may be of emotions on another archive; the abstract claims the best area "
    "under the curve on UNBC-McMaster, where about 83 % of the frames show no pain. No cut was chosen to reach it.",
    generate=films,
    taught=LEARNED,
    learners={
        "majority": majority,
        "frame": partial(frames, as_it_is, whole),
        "frame_mean_5": partial(frames, partial(averaged, 5), whole),
        "lstm_5": partial(remembering, nn.LSTM, 5, whole),
        "lstm_16": partial(remembering, nn.LSTM, 16, whole),
        "gru_16": partial(remembering, nn.GRU, 16, whole),
        "frame_registered": partial(frames, as_it_is, normalised),
        "lstm_16_registered": partial(remembering, nn.LSTM, 16, normalised),
        "coder": coder,
        "true_units": true_units,
    },
    naive="majority",
    shown="lstm_16",
    measures={},
    pooled=MEASURES,
    printed={"lstm_16": "97.2 % (of what is unclear)"},
    own=Form(
        {"pspi": Asked(Kind.NUMBER, framed=True, high=16.0), "person": Asked(Kind.NAME)},
        frames=(2, np.inf),
        marking=("coder", "true_units", "frame_registered", "lstm_16_registered"),  # nobody gives landmarks
        unknown=("pain called in blinks",),
    ),
    draw=draw,
    pictures={"courses": courses},
    steps=1000,
    test=150,
    batch=8,
    size=48,
)
