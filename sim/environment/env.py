"""The Gymnasium environments: one patient ("Anesthesia-v0") and many at once, over the same ward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from sim.environment import actions
from sim.environment.actions import as_numbers
from sim.environment.ward import Options, Ward
from sim.settings import shown, whole, wholes

LARGEST_SEED = 2**31  # of those drawn where none is given
FRAMES = 10  # a second, of a recorded case: one control period each
RenderMode = Literal["human", "rgb_array"]


class AnesthesiaEnv(gym.Env):
    """One patient, one control period a step.

    Observations and actions are flat float32 vectors in clinical units; `observation_names` and `action_names`
    name them. `terminated`: the patient is lost. `truncated`: the case is over. `info` holds `reward_terms`
    (weighted, by name) and `truth` (for scoring; an agent must not look).

    Args:
        render_mode: None; "rgb_array": `render` returns the case so far as a picture; "human": a window shows it.
        **options: see `sim.environment.ward.Options`.

    Raises:
        ValueError: an unknown option or a value that is not allowed; "human" where there is no window.
    """

    metadata = {"render_modes": ["human", "rgb_array"], "render_fps": FRAMES}  # noqa: RUF012 (Gymnasium's convention)

    def __init__(self, render_mode: RenderMode | None = None, **options: Any):
        modes = (None, *self.metadata["render_modes"])
        if render_mode not in modes:
            allowed = ", ".join(map(repr, modes))
            raise ValueError(f"render_mode: {shown(render_mode)} is not allowed; {allowed}")
        self.render_mode = render_mode
        self.ward = Ward(Options.of(**options), beds=1)
        self._screen = None
        if render_mode:
            from sim.environment.screen import Screen  # who draws nothing does without matplotlib

            self._screen = Screen(self.ward.room, 1.0 / FRAMES if render_mode == "human" else None)
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
        seed = None if seed is None else whole("seed", seed)
        number = whole("case", _checked(options).get("case", 0 if seed is not None else self._number))
        super().reset(seed=seed)
        if seed is not None or self._seed is None:
            self._seed = seed if seed is not None else int(self.np_random.integers(LARGEST_SEED))
        self._number = number + 1
        self.ward.reset(np.array([self._seed]), np.array([number]))
        if self._screen:
            self._screen.begin(self.ward.case.told.weight, self.ward.seen.readings)
        return self.ward.observe()[0], {"case": number, "seed": self._seed}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Advance one control period. Raises ValueError on an action of wrong shape, NaN or out of range."""
        out = self.ward.step(np.asarray(action)[None])
        if self._screen:
            self._screen.add(self.ward.seen.readings)
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

    def render(self) -> np.ndarray | None:
        """Return the case so far as a picture, (height, width, 3) of uint8; None where a window shows it."""
        if self.render_mode is None:
            gym.logger.warn("render: nothing is drawn; make the environment with render_mode='rgb_array'")
        return self._screen.picture() if self._screen and self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._screen:
            self._screen.close()


class AnesthesiaVectorEnv(VectorEnv):
    """Many patients in one batch of arrays; the same cases as as many `AnesthesiaEnv`.

    Of one seed s, sub-environment i of n plays cases i, i + n, i + 2n, ...: no case comes twice, and none is of another
    seed. Gymnasium's "sync" and "async" vector environments give their copies the seeds s, s + 1, ... instead, of which
    each walks through cases 0, 1, 2, ...; the same patients are had here with `reset(seed=[s, s + 1, ...])`. A patient
    whose case ended is replaced in the next step (Gymnasium's default autoreset mode).

    Args:
        num_envs: patients.
        render_mode: None; a picture is of one patient, see `AnesthesiaEnv`.
        **options: see `sim.environment.ward.Options`.
    """

    def __init__(self, num_envs: int = 1, render_mode: None = None, **options: Any):
        if render_mode is not None:
            raise ValueError(f"render_mode: {shown(render_mode)} is not allowed; None with many patients")
        num_envs = whole("num_envs", num_envs, lowest=1)
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
        self._stride = num_envs  # from a case to the next in the same bed
        self._over = np.zeros(num_envs, dtype=bool)

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin a case for every patient; see the class.

        Args:
            seed: one for all, or one for each sub-environment.
            options: none.
        """
        _checked(options, allowed=())
        seeds = None if seed is None else wholes("seed", seed)
        if seeds is not None and seeds.shape not in ((), (self.num_envs,)):
            raise ValueError(f"seed: a list of {len(seeds)} is not allowed; one seed, or {self.num_envs}")
        super().reset(seed=None if seeds is None else int(seeds.flat[0]))
        if seeds is None and self._seeds is None:
            seeds = self.np_random.integers(LARGEST_SEED, size=())
        if seeds is None:
            self._numbers = self._numbers + self._stride
        else:
            self._stride = 1 if seeds.ndim else self.num_envs
            self._numbers = np.zeros(self.num_envs, np.int64) if seeds.ndim else np.arange(self.num_envs)
            self._seeds = np.broadcast_to(seeds, (self.num_envs,))
        assert self._seeds is not None
        self.ward.reset(self._seeds, self._numbers)
        self._over = np.zeros(self.num_envs, dtype=bool)
        return self.ward.observe(), {"case": self._numbers.copy()}

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Advance every patient one control period; those whose case had ended begin a new one instead."""
        numbers = as_numbers(actions, self.num_envs, self.action_names)
        fresh = np.flatnonzero(self._over)
        if fresh.size:
            numbers = numbers.copy()
            numbers[fresh] = 0.0  # nobody has seen the new patient yet
        out = self.ward.step(numbers)
        reward, terminated, truncated = out.rewards, out.terminated, out.truncated
        observed = out.observations
        if fresh.size:
            self._numbers[fresh] += self._stride
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
    if not isinstance(options, Mapping | None):
        raise ValueError(f"options: {shown(options)} is not allowed; a mapping")
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
