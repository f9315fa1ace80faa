"""One training from one seed: patients, algorithm, warm start, clock; what it leaves is a policy and a curve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import load_file, save_file
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import get_schedule_fn

from agents.learned import anticipation
from agents.learned.foresight import Foresight
from agents.learned.networks import Network
from agents.learned.titration import DECISION
from experiments.learning import ALGORITHMS, warming
from experiments.learning.algorithms import GAMMA
from experiments.learning.choosing import Primary, lived
from experiments.learning.clock import CHECKPOINT, Clock, Limits, Report
from experiments.learning.env import DosingVecEnv
from experiments.learning.policies import tensors
from experiments.learning.task import ALONE, Task
from experiments.learning.warming import Lessons
from experiments.loop.evaluation import agent_named
from experiments.running.results import atomic, write_csv, write_json
from sim.interfaces import Agent
from sim.settings import Room

SELECTION_SEED, SELECTION_PATIENTS = 800_001, 120
WEIGHTS, CURVE, CHOSEN = "foresight.safetensors", "curve.csv", "chosen.json"
FIRST_STEP, LAST_STEP = 3e-4, 3e-5


@dataclass(frozen=True)
class Course:
    """How a policy learns, whatever the seed.

    Attributes:
        algorithm: by name in `ALGORITHMS`.
        task: what is to be learned.
        minutes, decisions: when it ends, by whichever is first.
        patients: at once.
        period: s between readings.
        teacher: agent by name that the policy copies at first; none.
        plants: patients alternate over these, by name in `sim.plants.PLANTS`.
        faults: that strike every patient once, by name in `sim.faults.FAULTS`.
        engine: what computes the patients.
    """

    algorithm: str
    task: Task
    minutes: float
    decisions: int
    patients: int
    period: float
    teacher: str
    plants: tuple[str, ...]
    faults: tuple[str, ...] = ()
    engine: str = "numpy"

    def ward(self, seed: int, first: int = 0, teacher: Agent | None = None) -> DosingVecEnv:
        """Return the patients, and who teaches the policy: agents are made for the usual pace of readings."""
        period = Room.control_period if teacher else self.period
        own = {"plants": self.plants, "faults": self.faults, "engine": self.engine}
        return DosingVecEnv(self.patients, seed, self.task, first, period, teacher, **own)

    def agent(self, weights: Mapping[str, np.ndarray]) -> Foresight:
        """Return the policy as it runs."""
        beside = None if self.task.beside == ALONE else agent_named(self.task.beside)
        return Foresight(Network.of(weights, anticipation.FEATURES), beside)

    def weights(self, model: BaseAlgorithm) -> dict[str, np.ndarray]:
        """Return the policy of a model as it is saved."""
        return tensors(model, anticipation.columns(self.task.without), np.array(self.task.zone))

    def judged(self, weights: Mapping[str, np.ndarray]) -> Primary:
        """Return how a policy does on the patients that it is chosen by."""
        return lived(self.agent(weights), SELECTION_SEED, SELECTION_PATIENTS, self.period, self.plants)


def learner(course: Course, seed: int, first: int = 0) -> Any:
    """Return the algorithm, ready for cases from the first on."""
    return ALGORITHMS.get(course.algorithm)(course.ward(seed, first), anticipation.FEATURES, seed)


def taught(course: Course, seed: int) -> Lessons | None:
    """Return what the teacher does with patients of a seed; None if there is none."""
    if course.teacher == ALONE and course.task.beside == ALONE:
        return None
    ward = course.ward(seed, teacher=None if course.teacher == ALONE else agent_named(course.teacher))
    return warming.lessons(ward, round(ward.ward.room.horizon / DECISION), GAMMA, seed)


def learn(course: Course, seed: int, folder: Path, learnt: Lessons | None, report: Report) -> None:
    """Learn, from where the same training was interrupted if it was; leave policy and curve in the folder.

    Args:
        course, seed: what is learned, from which patients.
        folder: of the training.
        learnt: what a warm start copies; None begins cold.
        report: is told the share done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    limits = Limits(course.minutes, course.decisions, course.task.changes, folder)
    clock, kept = Clock(limits, course.weights, course.judged, report), None
    if (folder / CHECKPOINT).exists():
        kept = torch.load(folder / CHECKPOINT, weights_only=True)
        print(f"{folder}: continues after {kept['decisions']:,} decisions, {kept['minutes']:.1f} min")
        clock.go_on(kept)
    model = learner(course, seed, kept["next_case"] if kept else 0)
    clock.init_callback(model)
    if kept:
        model.set_parameters(kept["learner"])
        model.num_timesteps = kept["decisions"]
        clock.ward.price = kept["price"]
    elif learnt:
        warming.warm(model, learnt, seed)
    model.lr_schedule = get_schedule_fn(lambda _: FIRST_STEP * (LAST_STEP / FIRST_STEP) ** clock.share())
    model.learn(course.decisions, callback=clock, reset_num_timesteps=kept is None)
    with atomic(folder / WEIGHTS) as partial:
        save_file(dict(clock.best), partial)
    write_csv(folder / CURVE, pd.DataFrame(clock.curve))
    write_json(
        folder / CHOSEN,
        {
            "score": clock.best_score,
            "decisions": clock.chosen,
            "of": clock.num_timesteps,
            "minutes": clock.minutes,
        },
    )


def ended(folder: Path) -> dict[str, Any]:
    """Return what a training in this folder has chosen."""
    return json.loads((folder / CHOSEN).read_text(encoding="utf-8"))


def saved(folder: Path) -> dict[str, np.ndarray]:
    """Return the policy that a training in this folder has left."""
    return load_file(folder / WEIGHTS)
