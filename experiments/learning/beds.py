"""Several wards side by side as one: patients of several plants in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from experiments.learning.env import DosingVecEnv


class Beds(VecEnv):
    """The patients of several wards, in order; see `DosingVecEnv`.

    Args:
        wards: alike but for who lies in them.
    """

    def __init__(self, wards: Sequence[DosingVecEnv]):
        self.wards = list(wards)
        self._ends = np.cumsum([ward.num_envs for ward in wards])[:-1]
        self.render_mode = None
        super().__init__(
            sum(ward.num_envs for ward in wards), wards[0].observation_space, wards[0].action_space
        )
        self.reset_infos = [{} for _ in range(self.num_envs)]

    @property
    def next_case(self) -> int:
        """Number of the first case that nobody has begun in any ward."""
        return max(ward.next_case for ward in self.wards)

    def turns(self) -> tuple[int, float]:
        """Return how often dials were turned in how many hours of patients since this was last asked."""
        turned, hours = sum(ward.turned for ward in self.wards), sum(ward.hours for ward in self.wards)
        for ward in self.wards:
            ward.turned, ward.hours = 0, 0.0
        return turned, hours

    @property
    def hours(self) -> float:
        """Of patients since turns were last asked for."""
        return sum(ward.hours for ward in self.wards)

    @property
    def price(self) -> float:
        """Of a turn of a dial."""
        return self.wards[0].price

    @price.setter
    def price(self, price: float) -> None:
        for ward in self.wards:
            ward.price = price

    def reset(self) -> np.ndarray:
        """Begin new cases everywhere."""
        return np.concatenate([ward.reset() for ward in self.wards])

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the actions."""
        for ward, theirs in zip(self.wards, np.split(np.asarray(actions), self._ends), strict=True):
            ward.step_async(theirs)

    def step_wait(self) -> VecEnvStepReturn:
        """Advance one decision."""
        observed, rewards, done, infos = zip(*(ward.step_wait() for ward in self.wards), strict=True)
        together = [np.concatenate(part) for part in (observed, rewards, done)]
        return *together, [info for those in infos for info in those]  # type: ignore[return-value]

    def close(self) -> None:
        """Nothing is open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute, the same for every patient."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the whole batch."""
        setattr(self, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Call a method of the whole batch once; the same answer for every patient asked."""
        return [getattr(self, method_name)(*args, **kwargs)] * len(list(self._get_indices(indices)))

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Nothing is wrapped."""
        return [False] * len(list(self._get_indices(indices)))
