"""What a training leaves: weights, with the configuration that sizes them and a card that says where they come from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from experiments.running.results import atomic, git_commit, package_versions, write_json, write_text
from experiments.tasks import TASKS
from predictors.learning.cases import Cases
from predictors.learning.contract import Learned

SYNTHETIC, REAL = "synthetic", "real"


@dataclass(frozen=True)
class Training:
    """What a card says of a training.

    Attributes:
        predictor, regime: by name.
        request: the options, `experiments.running.trainings.Request`.
        mix: shares of the sites that simulated cases came from.
        train, validation: cases.
        minutes: that it took.
    """

    predictor: str
    regime: str
    request: Any
    mix: Mapping[str, float]
    train: Cases
    validation: Cases
    minutes: float


def save(training: Training, learned: Learned, path: Path) -> None:
    """Write configuration, card and, last, the weights: with them the training is done."""
    config: dict[str, Any] = {
        "architecture": training.predictor,
        **learned.settings,
        "training": {
            "regime": training.regime,
            "seed": training.request.seed,
            "cases": training.train.count,
            "validation_cases": training.validation.count,
            "minutes": round(training.minutes, 2),
            "device": training.request.device,
            **learned.notes,
        },
        "commit": git_commit(),
        "versions": package_versions(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    if training.regime != SYNTHETIC:
        both = (training.train, training.validation)
        config["subjects_seen"] = sorted({str(one) for cases in both for one in cases.subject})
        config["cases_seen"] = sorted({str(one) for cases in both for one in cases.who})
    write_json(path.with_suffix(".json"), config)
    write_text(path.with_suffix(".md"), card(training, config))
    with atomic(path) as partial:
        save_file({name: np.asarray(array, order="C") for name, array in learned.tensors.items()}, partial)


def card(training: Training, config: Mapping[str, Any]) -> str:
    """Return the card that goes with the weights as they leave training; `experiments.publish` adds scores."""
    request, notes = training.request, config["training"]
    used = notes.get("fitted_cases", notes["cases"])
    recorded = "recorded ones (VitalDB, Lee HC, Sci Data 2022;9:279; not to be redistributed)"
    shares = ", ".join(f"{name} ({share:.0%})" for name, share in training.mix.items())
    origin = {
        SYNTHETIC: f"{used} simulated cases of the sites {shares}, which share people; no recorded case",
        REAL: f"{used} {recorded}",
    }.get(training.regime, f"simulated cases first, then {used} {recorded}")
    validated = f"{notes['validation_cases']} validation cases of other subjects chose the epoch"
    choices = TASKS.get(request.task).choices if training.regime != REAL and len(training.mix) > 1 else ""
    split = "nothing was chosen on validation cases" if "fitted_cases" in notes else validated
    return f"""# {training.predictor}

Research only: nothing here may guide the care of a patient.

- Data: {origin}
- Split: {split}; trained on nobody tested{choices and f", but {choices}"}
- Command: `python -m experiments.train --task {request.task} --on {training.regime} --seed {request.seed} \
--epochs {request.epochs} --patients {request.patients} --site {request.site}`
- Trained in {notes["minutes"]:g} min on {notes["device"]}, commit {config["commit"]}, {config["date"]}
"""
