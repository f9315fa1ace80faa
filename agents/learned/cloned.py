"""A clinician cloned from records: a recurrent network says how likely each turn of a dial is now; run without torch.

Its weights are yours: they are trained on your records by `experiments.tuning.cloning` and do not come with the
package. What is decided is drawn from the odds, so each case has a clinician of its own. Pressors are injected as the
anaesthetist as recorded does, because records do not say when they were.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from agents.files import in_folder
from agents.human.as_recorded import TABLE, dialled
from agents.human.attention import looked
from agents.human.habits import Habits
from agents.human.rescue import Rescue
from agents.learned import imitation
from agents.learned.imitation import CLASSES, DECISION, INPUTS, Sight
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import About, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.randomness import truncated_normals, uniforms

FILE = "cloned.safetensors"
PLACE, USUAL = (
    "ANESTHESIA_CLONED",
    Path("results/cloning"),
)  # environment variable; folder that the training writes
MAKES = "python -m experiments.tuning.cloning --data DIR"
TENSORS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "head.weight", "head.bias", "start")


@dataclass(frozen=True)
class Network:
    """A gated recurrent unit (Cho, EMNLP 2014) and a linear head on its state and inputs, in NumPy.

    Attributes:
        tensors: by name, as torch has them; `start` (2, 3): mean log of the first target at 60 years, its change in ten
            years, and its SD.
    """

    tensors: Mapping[str, np.ndarray]

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read weights. Raises ValueError if the file is broken or does not fit."""
        try:
            tensors = {name: tensor.astype(float) for name, tensor in load_file(str(path)).items()}
        except SafetensorError as error:
            raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None
        if set(tensors) != set(TENSORS):
            raise ValueError(f"weights: {path} holds {sorted(tensors)}; {sorted(TENSORS)} are needed")
        size = tensors["weight_hh_l0"].shape[1]
        memory = ((3 * size, INPUTS), (3 * size, size), (3 * size,), (3 * size,))
        shapes = (*memory, (2 * CLASSES, size + INPUTS), (2 * CLASSES,), (2, 3))
        for name, shape in zip(TENSORS, shapes, strict=True):
            if tensors[name].shape != shape:
                raise ValueError(f"weights: {path} has {name} {tensors[name].shape}; {shape} is needed")
        return cls(tensors)

    @property
    def size(self) -> int:
        """Of the state."""
        return self.tensors["weight_hh_l0"].shape[1]

    def step(self, state: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the state (size, patients) after what is shown (INPUTS, patients), and odds (2, CLASSES, patients)."""
        own = self.tensors
        seen = own["weight_ih_l0"] @ shown + own["bias_ih_l0"][:, None]
        kept = own["weight_hh_l0"] @ state + own["bias_hh_l0"][:, None]
        reset, update = np.split(_logistic(seen[: 2 * self.size] + kept[: 2 * self.size]), 2)
        new = np.tanh(seen[2 * self.size :] + reset * kept[2 * self.size :])
        state = (1.0 - update) * new + update * state
        logits = own["head.weight"] @ np.concatenate([state, shown]) + own["head.bias"][:, None]
        logits = logits.reshape(2, CLASSES, -1)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return state, odds / odds.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Memory:
    """What is remembered of the cases, arrays (..., patients).

    Attributes:
        keys: of their chance.
        person: (4, patients), age, female, height, weight.
        state: (size, patients), of the network.
        mind: (3, patients), index, pressure and heart rate as smoothed by eye.
        time, next: s, of the last look, NaN before; of the next decision.
        targets, turned_at, turned: (2, patients), as in `agents.learned.imitation.Sight`.
        inclined, injected_at: to treat hypotension, and when it was last done.
    """

    keys: np.ndarray
    person: Array
    state: Array
    mind: Array
    time: Array
    next: Array
    targets: Array
    turned_at: Array
    turned: Array
    inclined: Array
    injected_at: Array


@dataclass(frozen=True)
class Cloned:
    """Turns dials as a network trained on records thinks that clinicians would."""

    orders: ClassVar[OrderMode] = "targets"
    about: ClassVar[About] = About(moves="both targets, injections at a low pressure", limits="as recorded")
    network: Network = field(repr=False)
    rescue: Rescue

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Memory:
        """Return the memory for new cases; the first targets are drawn."""
        warn_outside("agent cloned", covariates, ADULTS)
        keys, none = np.atleast_1d(keys), 0.0 * covariates.age
        mean, by_age, sd = self.network.tensors["start"].T[:, :, None]
        z = truncated_normals(keys, "cloned start", 2)
        targets = dialled(np.exp(mean + by_age * (covariates.age - 60.0) / 10.0 + sd * z))
        person = np.stack([covariates.age, covariates.female, covariates.height, covariates.weight])
        pair, unseen = np.stack([none, none]), np.stack([none] * 3) + np.nan
        inclined = self.rescue.spread * truncated_normals(keys, "cloned rescuer", 1)[0]
        state = np.zeros((self.network.size, len(none)))
        clock = (unseen[0], none + DECISION)
        return Memory(keys, person, state, unseen, *clock, targets, pair, pair, inclined, none - np.inf)

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return the targets for the next control period, and the memory."""
        time, seconds = readings.time, np.nan_to_num(readings.time - state.time)
        state = replace(state, mind=looked(state.mind, readings, seconds), time=time)
        due = time > state.next - 1e-6
        if due.any():
            state = self._decided(state, readings, due)
        chance = uniforms(state.keys, "cloned rescue", time.astype(np.int64), 3)
        pressors, last = self.rescue.injected(
            state.mind, state.inclined, state.injected_at, time, seconds, chance
        )
        infusions = np.concatenate([state.targets, 0.0 * state.targets[:1]])
        return Orders(infusions, 0.0 * infusions, pressors), replace(state, injected_at=last)

    def _decided(self, state: Memory, readings: Readings, due: np.ndarray) -> Memory:
        """Return the memory with the dials turned that are, of cases that are due."""
        since = readings.time - state.turned_at
        index, pressure, rate = state.mind
        dials = (state.targets, since, state.turned, readings.time, readings.phase)
        sight = Sight(index, pressure, rate, *dials, *state.person)  # type: ignore[call-arg]
        moved, odds = self.network.step(state.state, imitation.shown(sight))
        chance = uniforms(state.keys, "cloned decision", readings.time.astype(np.int64), 4)
        kind = (np.cumsum(odds, axis=1) < chance[:2, None]).sum(axis=1).clip(max=CLASSES - 1)
        new = imitation.decided(state.targets, kind, chance[2:])
        new = np.where(new > 0.0, dialled(new), 0.0)
        turns = due & (new != state.targets)
        return replace(
            state,
            state=np.where(due, moved, state.state),
            next=np.where(due, readings.time + DECISION, state.next),
            targets=np.where(turns, new, state.targets),
            turned=np.where(turns, np.sign(new - state.targets), state.turned),
            turned_at=np.where(turns, readings.time, state.turned_at),
        )


def cloned(path: Path | None = None) -> Cloned:
    """Return the clinician cloned from your own records, which are not shipped: train it first.

    Args:
        path: of the weights or their folder; default: what ANESTHESIA_CLONED names, or results/cloning.

    Raises:
        FileNotFoundError: no weights there.
    """
    place = in_folder(Path(path or os.environ.get(PLACE) or USUAL), FILE)
    if not place.is_file():
        raise FileNotFoundError(
            f"cloned: no weights at {place}; `{MAKES}` makes them, {PLACE} says where they are"
        )
    return Cloned(Network.load(place), Habits.read(TABLE).rescue)


def _logistic(values: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * values))
