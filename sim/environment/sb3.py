"""The ward as a stable-baselines3 `VecEnv`: batched, actions scaled to [-1, 1] as its algorithms like them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from sim.environment.actions import as_numbers
from sim.environment.env import action_space, observation_space
from sim.environment.ward import Options, Ward
from sim.settings import whole


class Terms(Mapping[str, float]):
    """One environment's reward terms, looked up when asked for: a dictionary for each would double the time of a step.

    Args:
        terms: (num_envs,) by name.
        number: of the environment.
    """

    __slots__ = ("_number", "_terms")

    def __init__(self, terms: Mapping[str, np.ndarray], number: int):
        self._terms, self._number = terms, number

    def __getitem__(self, name: str) -> float:
        return float(self._terms[name][self._number])

    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def __repr__(self) -> str:
        return repr(dict(self))


class AnesthesiaVecEnv(VecEnv):
    """Many patients for stable-baselines3; a case that ended is replaced in the same step, as it expects.

    `observation_names` and `action_names` name the columns; every info holds `reward_terms` (weighted, by name).

    Args:
        num_envs: patients.
        seed: of the cases; environment i plays cases i, i + num_envs, ...
        first: number of the first case, above 0 to go on where others have ended.
        **options: see `sim.environment.ward.Options`.
    """

    def __init__(self, num_envs: int, seed: int = 0, first: int = 0, **options: Any):
        num_envs, seed = whole("num_envs", num_envs, lowest=1), whole("seed", seed)
        self._first = whole("first", first)
        self.ward = Ward(Options.of(**options), num_envs)
        self.observation_names, self.action_names = list(self.ward.signals), self.ward.levers
        self._clinical = action_space(self.ward)
        scaled = gym.spaces.Box(-1.0, 1.0, self._clinical.shape, np.float32)
        self.render_mode = None
        super().__init__(num_envs, observation_space(self.ward), scaled)
        self.reset_infos = [{} for _ in range(num_envs)]
        self._seed, self._numbers = seed, self._before()
        self._actions = np.zeros((num_envs, *scaled.shape), np.float32)
        self._length = np.zeros(num_envs, dtype=int)
        self._return = np.zeros(num_envs)

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Set the seed of the cases from the next reset on."""
        if seed is not None:
            self._seed, self._numbers = whole("seed", seed), self._before()
        return [self._seed] * self.num_envs

    @property
    def next_case(self) -> int:
        """Number of the first case that nobody has begun."""
        return int(self._numbers.max()) + 1

    def _before(self) -> np.ndarray:
        return self._first + np.arange(self.num_envs) - self.num_envs

    def reset(self) -> np.ndarray:
        """Begin new cases everywhere."""
        self._begin(None)
        return self.ward.observe()

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the actions (num_envs, levers), -1 to 1. Raises ValueError at a wrong shape, or what is no numbers."""
        self._actions = as_numbers(actions, self.num_envs, self.action_names)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Advance one control period."""
        out = self.ward.step(unscale(self._actions, self._clinical.high))
        self._length += 1
        self._return += out.rewards
        done = out.terminated | out.truncated
        infos: list[dict[str, Any]] = [{"reward_terms": Terms(out.terms, i)} for i in range(self.num_envs)]
        observed = out.observations
        over = np.flatnonzero(done)
        for i in over:
            infos[i] |= {
                "terminal_observation": observed[i],
                "TimeLimit.truncated": bool(out.truncated[i]),
                "episode": {"r": float(self._return[i]), "l": int(self._length[i]), "t": 0.0},
            }
        if over.size:
            self._begin(over)
            observed = self.ward.observe()
        return observed, out.rewards.astype(np.float32), done, infos

    def _begin(self, beds: np.ndarray | None) -> None:
        chosen = slice(None) if beds is None else beds
        self._numbers[chosen] += self.num_envs
        numbers = self._numbers[chosen]
        self.ward.reset(np.full(len(numbers), self._seed), numbers, beds)
        self._length[chosen] = 0
        self._return[chosen] = 0.0

    def close(self) -> None:
        """Nothing is open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute, the same for every environment."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the whole batch."""
        setattr(self, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Call a method of the whole batch once; the same answer for every environment asked."""
        return [getattr(self, method_name)(*args, **kwargs)] * len(list(self._get_indices(indices)))

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Nothing is wrapped."""
        return [False] * len(list(self._get_indices(indices)))


def unscale(scaled: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Turn actions in [-1, 1] into clinical units, 0 to `high`."""
    return (np.clip(scaled, -1.0, 1.0) + 1.0) * (0.5 * high)
