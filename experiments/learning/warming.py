"""A warm start: the actor copies a teacher, the critic learns what the teacher's cases come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from sb3_contrib import TQC, RecurrentPPO
from stable_baselines3 import PPO, SAC

from experiments.learning.env import DosingVecEnv

SHAKEN = 0.25  # SD of how far off (choice)
EPOCHS, BATCH, STEP = 30, 2048, 2e-3
CASES, STRETCH = 64, 30  # of a batch for a memory: cases at once, and decisions
QUIET = -2.3  # log SD at first, where an actor decides on it
NEARLY = 0.97  # of a squashed action that is copied: a tanh never is 1


class Lessons(NamedTuple):
    """What the teacher did, (steps, patients, ...): observations, its actions, those taken, and what they came to."""

    seen: np.ndarray
    taught: np.ndarray
    taken: np.ndarray
    came_to: np.ndarray


def lessons(env: DosingVecEnv, steps: int, gamma: float, seed: int) -> Lessons:
    """Let the teacher dose from the beginning of cases; `steps` decisions, usually to their ends.

    Every other patient is dosed a little off what the teacher would give, so that the copy has seen how to come back.
    """
    rng, observed = np.random.default_rng(seed), np.asarray(env.reset())
    shaken = SHAKEN * (np.arange(env.num_envs) % 2)[:, None]
    rows = []
    for _ in range(steps):
        taught = env.taught()
        taken = np.clip(taught + shaken * rng.standard_normal(taught.shape), -1.0, 1.0)
        after, rewards, done, _ = env.step(taken)
        rows.append((observed, taught, taken, rewards, done))
        observed = np.asarray(after)
    seen, taught, taken, rewards, done = map(np.stack, zip(*rows, strict=True))
    came_to, later = np.zeros(rewards.shape), 0.0 * rewards[0]
    for step in reversed(range(steps)):
        came_to[step] = later = rewards[step] + gamma * np.where(done[step], 0.0, later)
    return Lessons(*(part.astype(np.float32) for part in (seen, taught, taken, came_to)))


def warm(model: Any, learnt: Lessons, seed: int) -> float:
    """Fit actor and critic of an algorithm to lessons; return the actor's last mean squared error."""
    rng, error = np.random.default_rng(seed), 0.0
    parameters = [*model.policy.parameters()]
    optimiser = torch.optim.Adam([one for one in parameters if one.requires_grad], STEP)
    if isinstance(model, SAC | TQC):
        spread: Any = model.actor.log_std
        torch.nn.init.zeros_(spread.weight)
        torch.nn.init.constant_(spread.bias, QUIET)
    for epoch in range(EPOCHS):
        errors, optimiser.param_groups[0]["lr"] = [], STEP * (1.0 - epoch / EPOCHS)
        for acted, valued, taught, came_to in _batches(model, learnt, rng):
            miss = ((acted - taught) ** 2).mean()
            loss = miss + sum(((value - came_to) ** 2).mean() for value in valued)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 5.0)
            optimiser.step()
            errors.append(float(miss))
        error = float(np.mean(errors))
    if isinstance(model, SAC | TQC):
        model.critic_target.load_state_dict(model.critic.state_dict())
    return error


Batch = tuple[torch.Tensor, list[torch.Tensor], torch.Tensor, torch.Tensor]


def _batches(model: Any, learnt: Lessons, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield what the actor does, what its critics think, and what they should; cases stay whole for a memory."""
    if isinstance(model, RecurrentPPO):
        yield from _in_turn(model, learnt, rng)
        return
    flat = [torch.from_numpy(part.reshape(-1, *part.shape[2:])) for part in learnt]
    order = torch.from_numpy(rng.permutation(len(flat[0])))
    for chosen in order.split(BATCH):
        seen, taught, taken, came_to = (part[chosen] for part in flat)
        if isinstance(model, PPO):
            policy = model.policy
            for_actor, for_critic = policy.extract_features(seen)
            acted = policy.action_net(policy.mlp_extractor.forward_actor(for_actor))
            yield (
                acted,
                [policy.value_net(policy.mlp_extractor.forward_critic(for_critic))[:, 0]],
                taught,
                came_to,
            )
        else:
            mean, *_ = model.actor.get_action_dist_params(seen)
            answers = model.critic(seen, taken)
            values = [answers] if isinstance(model, TQC) else [answer[:, 0] for answer in answers]
            should = came_to[:, None, None] if isinstance(model, TQC) else came_to
            yield torch.tanh(mean), values, NEARLY * taught, should


def _in_turn(model: Any, learnt: Lessons, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield stretches of the same cases one after another; the memory goes on, gradients end with a stretch."""
    policy, (steps, patients) = model.policy, learnt.came_to.shape
    for chosen in np.array_split(rng.permutation(patients), max(1, patients // CASES)):
        state = None
        for first in range(0, steps, STRETCH):
            rows = slice(first, first + STRETCH)
            wanted = (learnt.seen, learnt.taught, learnt.came_to)
            seen, taught, came_to = (torch.from_numpy(part[rows][:, chosen]) for part in wanted)
            for_actor, for_critic = policy.extract_features(seen.reshape(-1, seen.shape[-1]))
            said, state = policy.lstm_actor(for_actor.reshape(*seen.shape), state)
            state = tuple(one.detach() for one in state)
            acted = policy.action_net(policy.mlp_extractor.forward_actor(said))
            value = policy.value_net(policy.mlp_extractor.forward_critic(policy.critic(for_critic)))
            yield acted, [value.reshape(came_to.shape)], taught, came_to
