"""Who is compared: those that learn nothing, and predictors with the weights that are named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.tasks.contract import Contender, Task, learners
from predictors.learning.cases import Cases
from predictors.learning.contract import said
from predictors.learning.weights import Weights, load


def trained(task: Task, weights: Sequence[Weights]) -> list[Contender]:
    """Return the predictors that weights make. Raises ValueError on weights that the task does not know, or twice."""
    known, found = learners(task), []
    for one in weights:
        if one.architecture not in known:
            raise ValueError(
                f"weights: {one.path} holds a {one.architecture!r}, which is not allowed; {', '.join(known)}"
            )
        predictor = known[one.architecture]
        about = one.config.get("training")
        training = str(about["regime"]) if isinstance(about, dict) and "regime" in about else one.path.stem
        found.append(Contender(one.architecture, training, predictor.question, predictor.of(one)))
    labels = [one.label for one in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"weights: {label} is there twice; once is allowed")
    return found


def read(task: Task, names: Sequence[str]) -> list[Weights]:
    """Return weights by name, file, or folder of files; everything shipped for the task where nothing is named.

    In a folder, those of predictors of other tasks are passed over.

    Raises:
        ValueError: an unknown name, an empty folder, or weights that cannot be read.
    """
    shipped = {name: one.folder / f"{name}.safetensors" for name, one in learners(task).items()}  # type: ignore[attr-defined]
    if not names:
        return [load(path) for _, path in sorted(shipped.items()) if path.exists()]
    paths: list[str | Path] = []
    for name in names:
        if Path(name).is_dir():
            found = sorted(Path(name).glob("*.safetensors"))
            inside = [path for path in found if path.stem in shipped or path.stem not in known_names()]
            if not inside:
                raise ValueError(f"weights: folder {name} holds no .safetensors files")
            paths += inside
        else:
            paths.append(shipped.get(name, name))
    return [load(path) for path in paths]


def known_names() -> set[str]:
    """Return the names of all predictors, of whatever task."""
    from predictors import ANSWERS, OBSERVERS

    return {*OBSERVERS, *ANSWERS}


def seen(weights: Sequence[Weights], what: str = "subjects_seen") -> set[str]:
    """Return the subjects (or "cases_seen") that any of the weights were trained or chosen on."""
    return {str(one) for weight in weights for one in weight.config.get(what, [])}


def answers(task: Task, one: Contender, cases: Cases) -> dict[str, np.ndarray]:
    """Return what a contender says over whole cases, estimate -> (samples, cases)."""
    return said(one.model, cases, task.keeps.get(one.question))
