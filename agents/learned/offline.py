"""A dosing policy learned from logged cases, run from its weights without torch.

It begins with the textbook's targets, moves them every minute from the third on, and stops both drugs at emergence.
Hypotension is left to whom the logs left it to: pressors are injected as the anaesthetist as recorded does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from agents.files import in_folder
from agents.human.as_recorded import TABLE
from agents.human.habits import Habits
from agents.human.rescue import Rescue
from agents.learned import minutely
from agents.learned.minutely import BEGIN, DECISION, INPUTS, MOVES, Course
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import About, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.randomness import truncated_normals, uniforms
from sim.surgery import EMERGENCE

WEIGHTS = Path(__file__).parents[1] / "weights" / "offline.safetensors"
TEMPERATURE = "temperature"
ORIGIN, SIMULATED, RECORDED = "cases", "simulated", "recorded"  # said beside the weights


@dataclass(frozen=True)
class Choices:
    """A network that scores every move, and how its scores become odds.

    Attributes:
        layers: (weights, biases) from what is shown to a score a move; rectified between.
        temperature: of the odds, which are the softmax of scores over it; 0: the best move, always.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    temperature: float

    @classmethod
    def load(cls, path: Path) -> Choices:
        """Read weights. Raises ValueError if the file is broken or does not fit."""
        try:
            tensors = {name: tensor.astype(float) for name, tensor in load_file(str(path)).items()}
        except SafetensorError as error:
            raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None
        return cls.of(tensors, path)

    @classmethod
    def of(cls, tensors: Mapping[str, np.ndarray], path: str | Path = "the network") -> Choices:
        """Build from temperature, weight0, bias0, weight1, ...; raises ValueError if they do not fit."""
        count = len(tensors) // 2
        names = {f"{kind}{i}" for kind in ("weight", "bias") for i in range(count)}
        if count == 0 or set(tensors) != {TEMPERATURE, *names}:
            raise ValueError(
                f"weights: {path} holds {sorted(tensors)}; {TEMPERATURE}, weight0, bias0, weight1, ... are needed"
            )
        layers = tuple((tensors[f"weight{i}"], tensors[f"bias{i}"]) for i in range(count))
        if layers[0][0].shape[1] != INPUTS or layers[-1][0].shape[0] != len(MOVES):
            raise ValueError(f"weights: {path} does not fit {INPUTS} inputs and {len(MOVES)} moves")
        return cls(layers, float(tensors[TEMPERATURE]))

    def odds(self, shown: np.ndarray) -> np.ndarray:
        """Return the odds of moves, (moves, ...), given what is shown, (INPUTS, ...)."""
        return softmax(self.scores(shown), self.temperature)

    def scores(self, shown: np.ndarray) -> np.ndarray:
        """Return the score of every move, (moves, ...)."""
        hidden = shown
        for number, (weight, bias) in enumerate(self.layers):
            if number:
                hidden = np.maximum(hidden, 0.0)
            hidden = np.tensordot(weight, hidden, 1) + bias.reshape(-1, *[1] * (shown.ndim - 1))
        return hidden


def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Return odds over the first axis; all to the highest score at temperature 0."""
    best = scores.max(axis=0)
    odds = np.exp((scores - best) / temperature) if temperature > 0.0 else 1.0 * (scores == best)
    return odds / odds.sum(axis=0)


@dataclass(frozen=True)
class Memory:
    """What is remembered of the cases: their course; and of pressors, as in `agents.learned.cloned`."""

    keys: np.ndarray
    course: Course
    next: Array
    inclined: Array
    injected_at: Array


@dataclass(frozen=True)
class Offline:
    """Moves the targets of propofol and remifentanil every minute, as it learned from logged cases."""

    orders: ClassVar[OrderMode] = "targets"
    observers: ClassVar[tuple[str, ...]] = ("nominal",)
    about: ClassVar[About] = About(moves="both targets once a minute, injections at a low pressure")
    choices: Choices = field(repr=False)
    rescue: Rescue

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Memory:
        """Return the memory for new cases, the textbook's targets dialled in."""
        warn_outside("agent offline", covariates, ADULTS)
        keys, none = np.atleast_1d(keys), 0.0 * covariates.age
        course = minutely.begin(covariates, minutely.usual_start(covariates.age))
        inclined = self.rescue.spread * truncated_normals(keys, "offline rescuer", 1)[0]
        return Memory(keys, course, none + BEGIN, inclined, none - np.inf)

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return the targets for the next control period, what is injected, and the memory."""
        time, seconds = readings.time, np.nan_to_num(readings.time - state.course.time)
        course = minutely.look(state.course, readings)
        due = time > state.next - 1e-6
        if due.any():
            odds = self.choices.odds(minutely.features(course, readings, estimates))
            chance = uniforms(state.keys, "offline", time.astype(np.int64), 1)[0]
            new = minutely.moved(course.targets, minutely.drawn(odds, chance))
            course = minutely.turn(course, np.where(due, new, course.targets), time)
        chance = uniforms(state.keys, "offline rescue", time.astype(np.int64), 3)
        pressors, last = self.rescue.injected(
            course.mind, state.inclined, state.injected_at, time, seconds, chance
        )
        targets = np.where(readings.phase >= EMERGENCE, 0.0, course.targets)
        infusions = np.concatenate([targets, 0.0 * targets[:1]])
        after = np.where(due, time + DECISION, state.next)
        memory = replace(state, course=course, next=after, injected_at=last)
        return Orders(infusions, 0.0 * infusions, pressors), memory


def offline(path: Path = WEIGHTS) -> Offline:
    """Return the policy learned from logged cases that comes with the package, or another of `experiments.offline`."""
    return Offline(Choices.load(in_folder(path, WEIGHTS.name)), Habits.read(TABLE).rescue)


def shippable(path: Path) -> Offline:
    """Return the policy of these weights. Raises ValueError if they were not made of simulated cases."""
    agent = offline(path)
    with safe_open(in_folder(path, WEIGHTS.name), "numpy") as held:
        origin = (held.metadata() or {}).get(ORIGIN)
    if origin != SIMULATED:
        raise ValueError(f"weights: {path} is made of {origin} cases, which is not allowed; {SIMULATED} ones")
    return agent
