"""The ward as a learning problem: titration features in, moves of the settings out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from agents.learned import titration
from predictors.nominal import NominalObserver
from sim.environment.env import action_space
from sim.environment.sb3 import AnesthesiaVecEnv

REWARD = {
    "depth": 0.5,
    "in_range": 1.0,
    "hypotension": 2.5,
    "hypertension": 0.2,
    "norepinephrine": 0.02,
    "remifentanil": 0.03,
    "awareness": 0.5,
    "recovery": 0.5,
    "lost": 50.0,
}


class TitrationVecEnv(VecEnvWrapper):
    """Patients as a learned policy meets them: decisions every 30 s that move the settings of the pumps."""

    def __init__(
        self,
        patients: int,
        seed: int,
        horizon: float = 10800.0,
        first: int = 0,
        reward: Mapping[str, float] = REWARD,
        **options: Any,
    ):
        ward = AnesthesiaVecEnv(
            patients,
            seed=seed,
            first=first,
            actions="targets",
            norepinephrine=True,
            control_period=titration.DECISION,
            horizon=horizon,
            observer=NominalObserver(titration.DECISION),
            reward=reward,
            **options,
        )
        low = np.full(titration.FEATURES, -5.0, np.float32)
        super().__init__(
            ward, gym.spaces.Box(low, -low), gym.spaces.Box(-1.0, 1.0, (len(titration.START),), np.float32)
        )
        self.names = list(ward.ward.signals)
        self.high = action_space(ward.ward).high

    @property
    def next_case(self) -> int:
        """Number of the first case that nobody has begun."""
        assert isinstance(self.venv, AnesthesiaVecEnv)
        return self.venv.next_case

    def reset(self) -> np.ndarray:
        """Begin new cases everywhere."""
        seen = self._named(np.asarray(self.venv.reset()))
        features, self.memory = titration.look(titration.begin(seen), seen)
        self.phase = seen["phase"]
        return features

    def step_async(self, actions: np.ndarray) -> None:
        """Move the settings and order them."""
        self.memory = titration.move(self.memory, actions, self.phase)
        self.venv.step_async((2.0 * self.memory.settings.T / self.high - 1.0).astype(np.float32))

    def step_wait(self) -> VecEnvStepReturn:
        """Advance one decision."""
        answer, rewards, done, infos = self.venv.step_wait()
        observed = np.asarray(answer)
        seen = self._named(observed)
        if done.any():
            fresh = titration.begin(seen)
            ended = self._named(
                np.stack([info.get("terminal_observation", observed[i]) for i, info in enumerate(infos)])
            )
            last, _ = titration.look(self.memory, ended)
            for i in np.flatnonzero(done):
                infos[i]["terminal_observation"] = last[i]
            names = titration.Titration.__dataclass_fields__
            self.memory = titration.Titration(
                *(np.where(done, getattr(fresh, name), getattr(self.memory, name)) for name in names)
            )
        features, self.memory = titration.look(self.memory, seen)
        self.phase = seen["phase"]
        return features, rewards, done, infos

    def _named(self, observed: np.ndarray) -> dict[str, np.ndarray]:
        columns = observed.astype(float).T
        return dict(zip(self.names, columns, strict=True))
