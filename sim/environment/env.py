"""The Gymnasium environments: one patient ("Anesthesia-v0") and many at once, over the same ward."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from sim.environment import actions
from sim.environment.ward import Options, Ward

LARGEST_SEED = 2**31


class AnesthesiaEnv(gym.Env):
    """One patient, one control period a step.

    Observations and actions are flat float32 vectors in clinical units; `observation_names` and `action_names`
    name them. `terminated`: the patient is lost. `truncated`: the case is over. `info` holds `reward_terms`
    (weighted, by name) and `truth` (for scoring; an agent must not look).

    Args:
        render_mode: None; pictures are drawn from traces.
        **options: see `sim.environment.ward.Options`.

    Raises:
        ValueError: an unknown option or a value that is not allowed.
    """

    metadata = {"render_modes": []}  # noqa: RUF012 (Gymnasium's own convention)

    def __init__(self, render_mode: None = None, **options: Any):
        self.render_mode = render_mode
        self.ward = Ward(Options.of(**options), beds=1)
        self.observation_names, self.action_names = list(self.ward.signals), self.ward.levers
        self.observation_space, self.action_space = observation_space(self.ward), action_space(self.ward)
        self._seed: int | None = None
        self._number = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin a case. The same seed gives the same case; resets without one walk on from it.

        Args:
            options: {"case": k} begins case number k of the seed.
        """
        super().reset(seed=seed)
        if seed is not None or self._seed is None:
            self._seed = seed if seed is not None else int(self.np_random.integers(LARGEST_SEED))
            self._number = 0
        number = int(_checked(options).get("case", self._number))
        self._number = number + 1
        self.ward.reset(np.array([self._seed]), np.array([number]))
        return self.ward.observe()[0], {"case": number, "seed": self._seed}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Advance one control period. Raises ValueError on an action of wrong shape, NaN or out of range."""
        out = self.ward.step(np.asarray(action)[None])
        info = {
            "reward_terms": {name: float(value[0]) for name, value in out.terms.items()},
            "truth": {name: float(value[0]) for name, value in out.truth.items()},
        }
        return (
            out.observations[0],
            float(out.rewards[0]),
            bool(out.terminated[0]),
            bool(out.truncated[0]),
            info,
        )


class AnesthesiaVectorEnv(VectorEnv):
    """Many patients in one batch of arrays; the same cases as as many `AnesthesiaEnv`.

    Sub-environment i plays cases i, i + n, i + 2n, ... of the seed. A patient whose case ended is replaced in the
    next step (Gymnasium's default autoreset mode).

    Args:
        num_envs: patients.
        **options: see `sim.environment.ward.Options`.
    """

    def __init__(self, num_envs: int = 1, render_mode: None = None, **options: Any):
        if num_envs < 1:
            raise ValueError(f"num_envs: {num_envs} is not allowed; 1 or more")
        self.num_envs, self.render_mode = num_envs, render_mode
        self.metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}
        self.ward = Ward(Options.of(**options), num_envs)
        self.observation_names, self.action_names = list(self.ward.signals), self.ward.levers
        self.single_observation_space = observation_space(self.ward)
        self.single_action_space = action_space(self.ward)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._seeds: np.ndarray | None = None
        self._numbers = np.arange(num_envs)
        self._over = np.zeros(num_envs, dtype=bool)

    def reset(
        self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin a case for every patient; see the class."""
        _checked(options, allowed=())
        super().reset(seed=seed if not isinstance(seed, list) else seed[0])
        if seed is not None or self._seeds is None:
            chosen = seed if seed is not None else int(self.np_random.integers(LARGEST_SEED))
            if isinstance(chosen, list) and len(chosen) != self.num_envs:
                raise ValueError(
                    f"seed: a list of {len(chosen)} is not allowed; one seed, or {self.num_envs}"
                )
            self._seeds = np.broadcast_to(np.asarray(chosen), (self.num_envs,))
            self._numbers = np.arange(self.num_envs)
        else:
            self._numbers = self._numbers + self.num_envs
        self.ward.reset(self._seeds, self._numbers)
        self._over = np.zeros(self.num_envs, dtype=bool)
        return self.ward.observe(), {"case": self._numbers.copy()}

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Advance every patient one control period; those whose case had ended begin a new one instead."""
        actions = np.array(actions, dtype=np.float64)
        fresh = np.flatnonzero(self._over)
        if fresh.size and actions.shape == self.action_space.shape:
            actions[fresh] = 0.0  # nobody has seen the new patient yet
        out = self.ward.step(actions)
        reward, terminated, truncated = out.rewards, out.terminated, out.truncated
        observed = out.observations
        if fresh.size:
            self._numbers[fresh] += self.num_envs
            assert self._seeds is not None
            self.ward.reset(self._seeds[fresh], self._numbers[fresh], fresh)
            observed = self.ward.observe()
            reward = np.where(self._over, 0.0, reward)
            terminated, truncated = terminated & ~self._over, truncated & ~self._over
            terms = {name: np.where(self._over, 0.0, term) for name, term in out.terms.items()}
            out = out._replace(terms=terms, truth=self.ward.truth())
        self._over = terminated | truncated
        return observed, reward, terminated, truncated, {"reward_terms": out.terms, "truth": out.truth}


def _checked(options: dict[str, Any] | None, allowed: tuple[str, ...] = ("case",)) -> dict[str, Any]:
    """Return the options of a reset. Raises ValueError on an unknown one."""
    for name in options or {}:
        if name not in allowed:
            raise ValueError(f"options: unknown name {name!r}; allowed are {', '.join(allowed) or 'none'}")
    return options or {}


def observation_space(ward: Ward) -> gym.spaces.Box:
    """Return the space of one patient's observations."""
    low, high = ([getattr(signal, end) for signal in ward.signals.values()] for end in ("low", "high"))
    return gym.spaces.Box(np.array(low, np.float32), np.array(high, np.float32), dtype=np.float32)


def action_space(ward: Ward) -> gym.spaces.Box:
    """Return the space of one patient's actions, clinical units."""
    levers = actions.LEVERS[ward.options.actions]
    high = np.array([levers[name].high for name in ward.levers], dtype=np.float32)
    return gym.spaces.Box(np.zeros_like(high), high, dtype=np.float32)
