"""Pain in single pictures of faces (Kharghanian 2016): features that nobody labelled, and a line between two groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch
from matplotlib.axes import Axes
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torch import Tensor

from experiments.imaging.contract import Answer, Lessons, Said, System, phantoms
from experiments.imaging.measures import pooled
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.portraits import plate
from experiments.imaging.training import trained
from predictors.imaging.faces.frames import STEP, FrameNetwork, missed
from predictors.imaging.faces.hog import oriented
from predictors.imaging.faces.kharghanian2016 import FOUR, LAYERS, BeliefNetwork
from predictors.imaging.faces.kharghanian2021 import DiscriminantNetwork
from predictors.imaging.faces.light import evened
from sim.imaging.faces import people
from sim.imaging.faces.stills import stills
from sim.imaging.faces.units import LEVELS
from sim.imaging.phantoms import Phantoms

Features = Callable[[Tensor], Tensor]  # (images, height, width) -> (images, features)
SOFTNESS = 1e-4, 1e-3, 1e-2, 1e-1  # C of support vector machines: one after the other until one is worse
HELD = 5  # of the people, on whom it is chosen
COMPONENTS = 60
SHOWN, PASSES = 600, 8  # pictures that belief networks learn from, and how often
PLENTY = range(300, 400)  # four times as many people, whom nobody else meets
LEARNED = partial(stills, people_met=people.LEARNED)


def majority(lessons: Lessons) -> Answer:
    """Say of everybody what most were; knows no image."""
    share = (_seen(lessons).labels["pspi"] > 0.0).float().mean()
    return lambda test: {"pain": share.expand(test.truth["pspi"].shape)}


def coder(lessons: Lessons) -> Answer:
    """Say what somebody coded who looked at the same pictures."""
    return lambda test: {"pain": (test.labels["pspi"] > 0.0).float()}


def machine(features: Callable[[Lessons], Features], lessons: Lessons) -> Answer:
    """Learn a linear support vector machine on features, as hard as suits people who are held back."""
    seen = _seen(lessons)
    of = features(lessons)
    inputs, pain = _rows(of, seen), (seen.labels["pspi"] > 0.0).cpu().numpy()
    held = seen.truth["person"].cpu().numpy() - people.LEARNED.start < HELD
    best, chosen = 0.0, SOFTNESS[0]
    for soft in SOFTNESS:
        right = _fitted(inputs[~held], pain[~held], soft).score(inputs[held], pain[held])
        if right < best:
            break
        best, chosen = right, soft
    model = _fitted(inputs, pain, chosen)

    def answer(test: Phantoms) -> Said:
        return {"pain": torch.from_numpy(model.decision_function(_rows(of, test))).sigmoid()}

    return answer


def _fitted(inputs: np.ndarray, pain: np.ndarray, soft: float):  # type: ignore[no-untyped-def]
    return make_pipeline(StandardScaler(), LinearSVC(C=soft, dual=False, tol=1e-3)).fit(inputs, pain)


def _rows(of: Features, test: Phantoms) -> np.ndarray:
    with torch.no_grad():
        return of(test.images).cpu().numpy()


def components(lessons: Lessons) -> Features:
    """Learn the principal components of evened pictures."""
    found = PCA(COMPONENTS, random_state=0).fit(evened(_seen(lessons).images).flatten(1).cpu().numpy())
    return lambda images: torch.from_numpy(found.transform(evened(images).flatten(1).cpu().numpy()))


def gradients(lessons: Lessons) -> Features:
    """Return histograms of gradients, which learn nothing."""
    return oriented


@lru_cache(maxsize=1)
def beliefs(lessons: Lessons) -> BeliefNetwork:
    """Learn a convolutional deep belief network from pictures without their labels."""
    network = BeliefNetwork(LAYERS, lessons.size).to(lessons.device)
    network.learn(_seen(lessons).images[:SHOWN], lessons.batch, PASSES)
    return network


def deeper(lessons: Lessons) -> Features:
    """Learn two more layers on top of those."""
    network = BeliefNetwork(FOUR, lessons.size, beliefs(lessons)).to(lessons.device)
    network.learn(_seen(lessons).images[:SHOWN], lessons.batch, PASSES)
    return network


def discriminant(lessons: Lessons) -> Features:
    """Learn its successor, which is also told who is in pain, from the same pictures."""
    network, seen = DiscriminantNetwork(FOUR, lessons.size).to(lessons.device), _seen(lessons)
    network.learn_labelled(seen.images[:SHOWN], seen.labels["pspi"][:SHOWN] > 0.0, lessons.batch, PASSES)
    return network


def network(lessons: Lessons) -> Answer:
    """Learn a plain convolutional network, from labels."""
    model = FrameNetwork()
    trained(model, lambda seen: missed(model(seen.images), seen.labels["pspi"]), lessons, STEP)
    return lambda test: {"pain": model(test.images)[0].sigmoid()}


def of_plenty(lessons: Lessons) -> Answer:
    """Learn the same network from as many pictures of more people."""
    return network(replace(lessons, generate=partial(stills, people_met=PLENTY)))


def _seen(lessons: Lessons) -> Phantoms:
    """Return as many pictures as a network sees."""
    return _made(lessons.seed, lessons.steps * lessons.batch, lessons.size, lessons.device)


@lru_cache(maxsize=1)  # one after the other, learners see the same
def _made(seed: int, count: int, size: int, device: str) -> Phantoms:
    return phantoms(LEARNED, seed, np.arange(count), size, device=device)


def between(low: float, high: float, said: Said, test: Phantoms) -> np.ndarray:
    """Return whether it was told right whether there is pain, of intensities from `low` to below `high`; else NaN."""
    intensity = test.truth["pspi"].cpu().numpy()
    return np.where((intensity >= low) & (intensity < high), pooled.right(said, test), np.nan)


def draw(axes: Axes, test: Phantoms, said: Said, number: int) -> None:
    """Write the intensity of pain, and how probable pain was called."""
    axes.set_xlabel(f"PSPI {test.truth['pspi'][number]:.0f}, said {said['pain'][number]:.2f}", fontsize=8)


MEASURES = {
    "accuracy": pooled.mean(pooled.right),
    "lowest tenth of people": pooled.by_person(pooled.right, 0.1),
    "AUC": pooled.told("pain", pooled.in_pain),
    "AUC, 3 and more": pooled.told("pain", partial(pooled.at_least, LEVELS[1]), pooled.free),
    "F1, evened": pooled.rates(pooled.balanced_f1),
    "right at PSPI 0": pooled.mean(partial(between, 0, LEVELS[0])),
    "1–2": pooled.mean(partial(between, *LEVELS[:2])),
    "3–5": pooled.mean(partial(between, *LEVELS[1:])),
    "6 and more": pooled.mean(partial(between, LEVELS[2], np.inf)),
}
CAVEAT = (
    "Drawn faces, whose pain is a sum of what was drawn: this tries a way of working, not whether pain can be seen. "
    "Nothing here shows clinical accuracy. Learners met 25 people; none of them is judged."
)
FACES = System(
    name="faces",
    description="pain in pictures of faces (Kharghanian 2016)",
    title="Pain in pictures of faces",
    caveat=CAVEAT,
    quoted="Quoted: 95 % accuracy, which may have been the area under the curve. By subject others reach an F1 of 40 "
    "to 67 % on the UNBC-McMaster archive, and 91 to 96 % where the same people are learned from and judged.",
    generate=stills,
    taught=LEARNED,
    learners={
        "majority": majority,
        "components_svm": partial(machine, components),
        "gradients_svm": partial(machine, gradients),
        "cdbn_svm": partial(machine, beliefs),
        "cdbn4_svm": partial(machine, deeper),
        "successor_svm": partial(machine, discriminant),
        "network": network,
        "network_100": of_plenty,
        "coder": coder,
    },
    naive="majority",
    shown="cdbn_svm",
    measures={},
    pooled=MEASURES,
    printed={"cdbn_svm": "95 % (accuracy or AUC)"},
    own=Form({"pspi": Asked(Kind.NUMBER, high=16.0), "person": Asked(Kind.NAME)}, marking=("coder",)),
    draw=draw,
    pictures={"plate": plate},
    steps=1000,
    test=500,
    batch=12,
    size=48,
)
