"""Who is compared: predictors of the index now, from doses alone, and forecasters; with which weights each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.depth import windows
from experiments.depth.cases import DepthCases
from experiments.depth.watching import watch
from predictors.adaptive import AdaptiveFilter
from predictors.dose_history import DoseHistoryObserver
from predictors.forecaster import ForecasterObserver
from predictors.lee2018 import Lee2018Observer
from predictors.nominal import NominalObserver
from predictors.persistence import Persistence, Trend
from predictors.surface import RefittedSurface
from predictors.weights import SHIPPED, Weights, load
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
        training = str(one.config.get("training", {}).get("regime", one.path.stem))
        observer = BUILDERS[one.architecture](one)
        found.append(Contender(one.architecture, training, TASK[one.architecture], observer))
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


def seen(weights: Sequence[Weights]) -> set[str]:
    """Return the subjects that any of the weights were trained or chosen on."""
    return {subject for one in weights for subject in _subjects(one.config)}


def answers(one: Contender, cases: DepthCases) -> dict[str, np.ndarray]:
    """Return what a contender says over whole cases, estimate -> (samples, cases)."""
    if isinstance(one.observer, Lee2018Observer):
        return {"bis": windows.answers(one.observer.network, cases)}
    return watch(one.observer, cases, ("bis",) if one.task == NOW else tuple(one.observer.estimates))


def _subjects(config: Mapping[str, object]) -> list[str]:
    subjects = config.get("subjects_seen", [])
    return [str(subject) for subject in subjects] if isinstance(subjects, list) else []
