"""Policies of stable-baselines3 whose actor is blind to the truth that their critic sees (Pinto, RSS 2018)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib import TQC, RecurrentPPO
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.sac.policies import SACPolicy
from torch import nn

from agents.learned.networks import CELL


class Blind(FlattenExtractor):
    """Shows an actor the first columns; nothing is left of the others.

    Args:
        observation_space: of everything.
        seen: columns that the actor sees.
    """

    def __init__(self, observation_space: spaces.Space, seen: int):
        super().__init__(observation_space)
        mask = torch.zeros(self.features_dim)
        mask[:seen] = 1.0
        self.mask: torch.Tensor
        self.register_buffer("mask", mask)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Return the observations without what is not for actors."""
        return super().forward(observations) * self.mask


class FeedforwardPolicy(ActorCriticPolicy):
    """Of PPO."""

    def __init__(self, *args: Any, seen: int, **options: Any):
        self.seen = seen
        super().__init__(*args, **{**options, "share_features_extractor": False})

    def _build(self, lr_schedule: Any) -> None:
        self.features_extractor = self.pi_features_extractor = Blind(self.observation_space, self.seen)
        super()._build(lr_schedule)


class RecurrentPolicy(FeedforwardPolicy, RecurrentActorCriticPolicy):
    """Of recurrent PPO."""


class SoftPolicy(SACPolicy):
    """Of SAC."""

    def __init__(self, *args: Any, seen: int, **options: Any):
        self.seen = seen
        super().__init__(*args, **{**options, "share_features_extractor": False})

    def make_actor(self, features_extractor: Any = None) -> Any:
        """Return the actor, blind."""
        return super().make_actor(Blind(self.observation_space, self.seen))


class QuantilePolicy(TQCPolicy):
    """Of TQC."""

    def __init__(self, *args: Any, seen: int, **options: Any):
        self.seen = seen
        super().__init__(*args, **{**options, "share_features_extractor": False})

    def make_actor(self, features_extractor: Any = None) -> Any:
        """Return the actor, blind."""
        return super().make_actor(Blind(self.observation_space, self.seen))


def actor_layers(model: BaseAlgorithm) -> list[nn.Linear]:
    """Return the layers from what is shown (or what is remembered of it) to the mean action."""
    policy: Any = model.policy
    if isinstance(model, PPO | RecurrentPPO):
        hidden, last = policy.mlp_extractor.policy_net, policy.action_net
    else:
        hidden, last = policy.actor.latent_pi, policy.actor.mu
    return [layer for layer in [*hidden.modules(), last] if isinstance(layer, nn.Linear)]


def tensors(model: BaseAlgorithm, shown: np.ndarray, zone: np.ndarray) -> dict[str, np.ndarray]:
    """Return what `agents.learned.networks.Network` runs; weights of what the actor does not see are left out.

    Args:
        model: that learns.
        shown: bool (features,), which of what the actor sees is not withheld.
        zone: (3,), see `experiments.learning.task.Task`.
    """
    seen = len(shown)
    out: dict[str, np.ndarray] = {}
    for i, layer in enumerate(actor_layers(model)):
        out[f"weight{i}"], out[f"bias{i}"] = _numbers(layer.weight), _numbers(layer.bias)
    if isinstance(model, RecurrentPPO):
        cell: Any = model.policy.lstm_actor
        parts = (cell.weight_ih_l0[:, :seen], cell.weight_hh_l0, cell.bias_ih_l0, cell.bias_hh_l0)
        out |= {name: _numbers(part) for name, part in zip(CELL, parts, strict=True)}
    else:
        out["weight0"] = np.ascontiguousarray(out["weight0"][:, :seen])
    squashed = np.array(float(isinstance(model, SAC | TQC)), np.float32)
    return out | {"shown": shown.astype(np.float32), "zone": zone.astype(np.float32), "squashed": squashed}


def _numbers(tensor: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().cpu().numpy()).copy()
