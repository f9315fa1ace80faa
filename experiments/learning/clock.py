"""A training by the clock: it ends in time, keeps price, curve and best policy, and goes on later."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from experiments.learning.choosing import Primary
from experiments.learning.env import FIRST_PRICE, DosingVecEnv
from experiments.running.results import atomic

CHECKPOINT = "checkpoint.pt"
LOOKED = 45.0  # s of a processor between looks at how the policy does
# Of the logarithm of the price of a turn, where there are twice as many as allowed: what stays, and what is at once.
STEP, AT_ONCE = 0.4, 1.5  # (choice; a multiplier with a proportional part, Stooke 2020, arXiv 2007.03964)
PRICES = (0.002, 1.0)
Tensors = Mapping[str, np.ndarray]


class Report(Protocol):
    """Is told the share done."""

    def __call__(self, *, completed: float) -> None:
        """Tell."""


@dataclass(frozen=True)
class Limits:
    """When a training ends, and where it is kept.

    Attributes:
        minutes: of one processor, whatever else it does meanwhile.
        decisions: in all.
        changes: turns of dials an hour that are allowed.
        folder: of the checkpoint.
    """

    minutes: float
    decisions: int
    changes: float
    folder: Path


class Clock(BaseCallback):
    """Ends learning when the time is over, thinks over the price of a turn, keeps curve and best policy.

    Args:
        limits: see there.
        weights: returns the policy of the model that learns, as it is saved.
        judge: tells how such a policy does.
        report: is told the share done.
    """

    def __init__(
        self,
        limits: Limits,
        weights: Callable[[BaseAlgorithm], Tensors],
        judge: Callable[[Tensors], Primary],
        report: Report,
    ):
        super().__init__()
        self.limits, self.weights, self.judge, self.report = limits, weights, judge, report
        self.begun = time.process_time()
        self.looked = -np.inf
        self.curve: list[dict[str, float]] = []
        self.best: Tensors = {}
        self.best_score, self.chosen = np.inf, 0
        self.price = FIRST_PRICE

    @property
    def ward(self) -> DosingVecEnv:
        """The patients."""
        env = self.model.get_env()
        assert isinstance(env, DosingVecEnv)
        return env

    @property
    def minutes(self) -> float:
        """Of a processor spent on learning, interrupted or not."""
        return (time.process_time() - self.begun) / 60.0

    def share(self) -> float:
        """Return how much of the training is done, by time or by decisions, 0 to 1."""
        by_decisions = self.num_timesteps / self.limits.decisions
        return min(1.0, max(self.minutes / self.limits.minutes, by_decisions))

    def _on_step(self) -> bool:
        return self.share() < 1.0

    def _on_rollout_end(self) -> None:
        self.report(completed=self.share())
        if time.process_time() - self.looked > LOOKED:
            self.look()

    def look(self) -> None:
        """Judge the policy as it is now, keep it if it is the best, and save the training."""
        self.looked = time.process_time()
        candidate = self.weights(self.model)
        seen = self.judge(candidate)
        if seen.score < self.best_score:
            self.best, self.best_score, self.chosen = candidate, seen.score, self.num_timesteps
        row = {name: float(np.nanmean(values)) for name, values in seen._asdict().items()}
        more = np.clip(row["changes"] / self.limits.changes - 1.0, -1.0, 1.0)
        self.price = float(np.clip(self.price * np.exp(STEP * more), *PRICES))
        self.ward.price = self.price * float(np.exp(AT_ONCE * more))
        done = {"decisions": self.num_timesteps, "minutes": self.minutes, "price": self.ward.price}
        self.curve.append({**done, **row, "score": seen.score})
        self.save()

    def save(self) -> None:
        """Keep the training as it is, to go on from."""
        kept = {
            "learner": self.model.get_parameters(),
            "decisions": self.num_timesteps,
            "minutes": self.minutes,
            "next_case": self.ward.next_case,
            "price": self.price,
            "curve": self.curve,
            "best": {name: torch.from_numpy(values) for name, values in self.best.items()},
            "best_score": self.best_score,
            "chosen": self.chosen,
        }
        with atomic(self.limits.folder / CHECKPOINT) as partial:
            torch.save(kept, partial)

    def go_on(self, kept: dict[str, Any]) -> None:
        """Take up what `save` has kept."""
        self.begun = time.process_time() - 60.0 * kept["minutes"]
        self.curve, self.best_score, self.chosen = kept["curve"], kept["best_score"], kept["chosen"]
        self.price = kept["price"]
        self.best = {name: values.numpy() for name, values in kept["best"].items()}

    def _on_training_end(self) -> None:
        self.look()
