"""A problem with a known answer: say what was shown. The truth says something else."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

SEEN, TRUTHS = 5, 2


class Echo(VecEnv):
    """One decision a case: the reward is minus the squared distance of the action from the first three shown."""

    def __init__(self, patients: int, seed: int = 0):
        self.rng, self.render_mode = np.random.default_rng(seed), None
        shown = gym.spaces.Box(-5.0, 5.0, (SEEN + TRUTHS,), np.float32)
        super().__init__(patients, shown, gym.spaces.Box(-1.0, 1.0, (3,), np.float32))

    def reset(self):
        self.shown = self.rng.uniform(-0.8, 0.8, (self.num_envs, SEEN + TRUTHS)).astype(np.float32)
        return self.shown

    def step_async(self, actions):
        self.rewards = -((np.clip(actions, -1, 1) - self.shown[:, :3]) ** 2).sum(1).astype(np.float32)

    def step_wait(self):
        done = np.ones(self.num_envs, bool)
        return self.reset(), self.rewards, done, [{} for _ in done]

    def taught(self):
        return self.shown[:, :3]

    def close(self):
        pass

    def get_attr(self, attr_name, indices=None):
        return [getattr(self, attr_name)] * self.num_envs

    def set_attr(self, attr_name, value, indices=None):
        setattr(self, attr_name, value)

    def env_method(self, method_name, *args, indices=None, **kwargs):
        return [getattr(self, method_name)(*args, **kwargs)] * self.num_envs

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * self.num_envs
