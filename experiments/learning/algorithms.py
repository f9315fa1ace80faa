"""The algorithms, with their settings: each is made for patients and a seed, and learns by `learn`."""

from __future__ import annotations

from typing import Any

from sb3_contrib import TQC, RecurrentPPO
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from experiments.learning import policies

GAMMA = 0.985  # a decision is 30 s: half an hour counts for a half
QUIET = -2.3  # log SD of exploration at first: a policy that was warmed up need not be lost
ON_POLICY: dict[str, Any] = {
    "n_steps": 40,
    "batch_size": 2560,
    "gamma": GAMMA,
    "gae_lambda": 0.95,
    "max_grad_norm": 0.5,
    "target_kl": 0.03,
}
OFF_POLICY: dict[str, Any] = {
    "buffer_size": 400_000,
    "batch_size": 512,
    "gamma": GAMMA,
    "tau": 0.01,
    "train_freq": 1,
    "gradient_steps": 4,
    "learning_starts": 0,
    "ent_coef": 0.003,
}


def ppo(env: VecEnv, seen: int, seed: int) -> PPO:
    """Proximal policy optimisation (Schulman 2017, arXiv 1707.06347)."""
    net: dict[str, Any] = {"net_arch": {"pi": [96, 96], "vf": [96, 96]}, "log_std_init": QUIET, "seen": seen}
    return PPO(
        policies.FeedforwardPolicy, env, n_epochs=6, policy_kwargs=net, seed=seed, device="cpu", **ON_POLICY
    )


def recurrent_ppo(env: VecEnv, seen: int, seed: int) -> RecurrentPPO:
    """The same with a long short-term memory before the actor; the critic knows the truth and needs none."""
    net: dict[str, Any] = {
        "net_arch": {"pi": [64], "vf": [96]},
        "log_std_init": QUIET,
        "lstm_hidden_size": 64,
        "enable_critic_lstm": False,
        "seen": seen,
    }
    return RecurrentPPO(
        policies.RecurrentPolicy, env, n_epochs=4, policy_kwargs=net, seed=seed, device="cpu", **ON_POLICY
    )


def sac(env: VecEnv, seen: int, seed: int) -> SAC:
    """Soft actor-critic (Haarnoja 2018, arXiv 1812.05905)."""
    net = {"net_arch": {"pi": [96, 96], "qf": [96, 96]}, "activation_fn": nn.Tanh, "seen": seen}
    return SAC(policies.SoftPolicy, env, policy_kwargs=net, seed=seed, device="cpu", **OFF_POLICY)


def tqc(env: VecEnv, seen: int, seed: int) -> TQC:
    """Truncated quantile critics (Kuznetsov 2020, arXiv 2005.04269)."""
    net = {"net_arch": {"pi": [96, 96], "qf": [96, 96]}, "activation_fn": nn.Tanh, "seen": seen}
    return TQC(
        policies.QuantilePolicy,
        env,
        policy_kwargs=net,
        seed=seed,
        device="cpu",
        top_quantiles_to_drop_per_net=2,
        **OFF_POLICY,
    )
