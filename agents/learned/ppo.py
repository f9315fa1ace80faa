"""A dosing policy learned by proximal policy optimisation, run from its shipped weights without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from agents.files import in_folder
from agents.learned import titration
from agents.learned.titration import Titration
from sim.arrays import Array, like, map_arrays, namespace, some, stack, within
from sim.covariates import Covariates
from sim.interfaces import About, OrderMode, Orders, Readings
from sim.published import ADULTS, warn_outside
from sim.units import SECONDS_PER_MINUTE

WEIGHTS = Path(__file__).parents[1] / "weights" / "ppo.safetensors"
Layers = tuple[tuple[np.ndarray, np.ndarray], ...]


@dataclass(frozen=True)
class PolicyState:
    """Memory of the patients, who they are, and the time of the last decision (s; minus infinity before any)."""

    memory: Titration
    weight: Array
    age: Array
    female: Array
    height: Array
    decided: Array


@dataclass(frozen=True)
class LearnedPolicy:
    """A small tanh network that titrates; see `agents.learned.titration`.

    It needs the nominal observer's estimates, under their own names or as a team's ("nominal.effect_propofol").

    Attributes:
        layers: (weights, biases) from features to the mean action.
    """

    orders: ClassVar[OrderMode] = "targets"
    observers: ClassVar[tuple[str, ...]] = ("nominal",)
    any_arrays: ClassVar[bool] = True
    about: ClassVar[About] = About(
        moves="both targets, rate of norepinephrine",
        limits="propofol {:g} µg/mL, remifentanil {:g} ng/mL, norepinephrine {:g} µg/kg/min at most".format(
            *titration.HIGHEST[:, 0]
        ),
    )
    layers: Layers

    @classmethod
    def load(cls, path: str | Path) -> LearnedPolicy:
        """Read weights; how they came about is on their card. Raises ValueError if the file does not fit."""
        try:
            tensors = load_file(str(path))
        except SafetensorError as error:
            raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None
        return cls.of(tensors, path)

    @classmethod
    def of(cls, tensors: Mapping[str, np.ndarray], path: str | Path = "the network") -> LearnedPolicy:
        """Build from weight0, bias0, weight1, ...; raises ValueError if they do not fit."""
        count = len(tensors) // 2
        if count == 0 or set(tensors) != {f"{kind}{i}" for kind in ("weight", "bias") for i in range(count)}:
            raise ValueError(
                f"weights: {path} holds {sorted(tensors)}; weight0, bias0, weight1, ... are needed"
            )
        layers = tuple(
            (tensors[f"weight{i}"].astype(float), tensors[f"bias{i}"].astype(float)) for i in range(count)
        )
        if layers[0][0].shape[1] != titration.FEATURES or layers[-1][0].shape[0] != len(titration.START):
            raise ValueError(f"weights: {path} does not fit {titration.FEATURES} features and 3 actions")
        return cls(layers)

    def initial(self, covariates: Covariates, keys: Array) -> PolicyState:
        """Return the memory before the first look."""
        warn_outside("agent ppo", covariates, ADULTS)
        nothing = np.zeros(len(covariates.age))
        blank = Titration(
            np.zeros((3, len(nothing))), nothing, nothing, nothing, nothing, np.zeros((2, len(nothing)))
        )
        person = (covariates.weight, covariates.age, covariates.female, covariates.height)
        return PolicyState(blank, *person, decided=nothing - np.inf)

    def act(
        self, state: PolicyState, readings: Readings, estimates: Mapping[str, Array]
    ) -> tuple[Orders, PolicyState]:
        """Return the settings, moved if a decision is due: at the first reading 30 s or more after the last."""
        memory, xp = state.memory, namespace(readings.time)
        due = readings.time - state.decided > titration.DECISION - 1e-6
        if some(due):
            seen = titration.seen_in(readings, estimates, state)
            memory = _choose(xp.isfinite(state.decided), memory, titration.begin(seen))
            features, looked = titration.look(memory, seen)
            moved = titration.move(looked, self.action(features), readings.phase)
            memory = _choose(due, moved, state.memory)
        propofol, remifentanil, norepinephrine = memory.settings
        infusions = stack([propofol, remifentanil, norepinephrine * state.weight / SECONDS_PER_MINUTE])
        after = replace(state, memory=memory, decided=xp.where(due, readings.time, state.decided))
        return Orders(infusions, 0.0 * infusions), after

    def follow(self, state: PolicyState, orders: Orders) -> PolicyState:
        """Return the memory with the settings that others have made, from which it moves on."""
        propofol, remifentanil, norepinephrine = orders.infusions
        settings = stack([propofol, remifentanil, norepinephrine * SECONDS_PER_MINUTE / state.weight])
        return replace(state, memory=replace(state.memory, settings=settings))

    def action(self, features: Array) -> Array:
        """Return the mean action (patients, 3), -1 to 1, for features (patients, FEATURES)."""
        layers = [(like(weight, features).T, like(bias, features)) for weight, bias in self.layers]
        hidden, last = features, len(layers) - 1
        for number, (weight, bias) in enumerate(layers):
            hidden = hidden @ weight + bias
            hidden = within(hidden, -1.0, 1.0) if number == last else namespace(hidden).tanh(hidden)
        return hidden


def shipped(path: Path = WEIGHTS) -> LearnedPolicy:
    """Return the policy that comes with the package, or another; its card lies beside the weights."""
    return LearnedPolicy.load(in_folder(path, WEIGHTS.name))


def _choose(mask: Array, yes: Titration, no: Titration) -> Titration:
    return map_arrays(lambda one, other: namespace(mask).where(mask, one, other), yes, no)
