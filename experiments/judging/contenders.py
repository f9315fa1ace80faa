"""Who is compared: predictors of the index now, from doses alone, and forecasters; with which weights each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.depth import windows
from predictors.depth.adaptive import AdaptiveFilter
from predictors.depth.dose_history import DoseHistoryObserver
from predictors.depth.forecaster import ForecasterObserver
from predictors.depth.lee2018 import Lee2018Observer
from predictors.depth.nominal import NominalObserver
from predictors.depth.persistence import Persistence, Trend
from predictors.depth.surface import RefittedSurface
from predictors.learning.cases import DepthCases
from predictors.learning.watching import watch
from predictors.learning.weights import SHIPPED, Weights, load
from sim.interfaces import Observer

NOW, AHEAD = "now", "ahead"
BUILDERS: Mapping[str, Callable[[Weights], Observer]] = {
    "surface_refitted": RefittedSurface.of,
    "lee2018": Lee2018Observer.of,
    "dose_history": DoseHistoryObserver.of,
    "adaptive": AdaptiveFilter.of,
    "forecaster": ForecasterObserver.of,
}
TASK = dict.fromkeys(("surface_refitted", "lee2018", "dose_history"), NOW) | dict.fromkeys(
    ("adaptive", "forecaster"), AHEAD
)


@dataclass(frozen=True)
class Contender:
    """A predictor that takes part.

    Attributes:
        name: of the predictor.
        training: what its weights were trained on; "" where nothing was.
        task: "now" or "ahead".
        observer: the predictor.
    """

    name: str
    training: str
    task: str
    observer: Observer

    @property
    def label(self) -> str:
        """Name and training."""
        return f"{self.name} ({self.training})" if self.training else self.name


def untrained() -> list[Contender]:
    """Return those that learn nothing: the surfaces of the clinic, persistence and the trend line."""
    return [
        Contender("nominal_surface", "", NOW, NominalObserver()),
        Contender("pump_surface", "", NOW, NominalObserver(propofol="marsh_pump")),
        Contender("persistence", "", AHEAD, Persistence()),
        Contender("trend", "", AHEAD, Trend()),
    ]


def trained(weights: Sequence[Weights]) -> list[Contender]:
    """Return the predictors that weights make. Raises ValueError on weights of an unknown architecture."""
    found = []
    for one in weights:
        if one.architecture not in BUILDERS:
            raise ValueError(
                f"weights: {one.path} holds a {one.architecture!r}, which is not allowed; {', '.join(BUILDERS)}"
            )
        about = one.config.get("training")
        training = str(about["regime"]) if isinstance(about, dict) and "regime" in about else one.path.stem
        observer = BUILDERS[one.architecture](one)
        found.append(Contender(one.architecture, training, TASK[one.architecture], observer))
    labels = [one.label for one in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"weights: {label} is there twice; once is allowed")
    return found


def read(names: Sequence[str]) -> list[Weights]:
    """Return weights by shipped name, file, or folder of files; everything shipped where nothing is named.

    Raises:
        ValueError: an unknown name, an empty folder, or weights that cannot be read.
    """
    paths: list[str | Path] = []
    for name in names or (str(SHIPPED),):
        if Path(name).is_dir():
            inside = sorted(Path(name).glob("*.safetensors"))
            if not inside:
                raise ValueError(f"weights: folder {name} holds no .safetensors files")
            paths += inside
        else:
            paths.append(name)
    return [load(path) for path in paths]


def seen(weights: Sequence[Weights], what: str = "subjects_seen") -> set[str]:
    """Return the subjects (or "cases_seen") that any of the weights were trained or chosen on."""
    return {str(one) for weight in weights for one in weight.config.get(what, [])}


def answers(one: Contender, cases: DepthCases) -> dict[str, np.ndarray]:
    """Return what a contender says over whole cases, estimate -> (samples, cases)."""
    if isinstance(one.observer, Lee2018Observer):
        return {"bis": windows.answers(one.observer.network, cases)}
    return watch(one.observer, cases, ("bis",) if one.task == NOW else tuple(one.observer.estimates))
