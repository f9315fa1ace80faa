"""Train a dosing policy with PPO (stable-baselines3) and save small weights with a card.

Once a minute the training is saved; the same command goes on from there after an interruption. Network, optimiser,
best policy and time spent are the same; the patients in bed are new ones, and so is the exploration.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from rich.progress import Progress
from safetensors.numpy import save_file
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import get_schedule_fn

from agents import AGENTS
from agents.learned.ppo import LearnedPolicy
from experiments.judging.statistics import paired_difference
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import atomic, write_csv, write_json, write_text
from experiments.tuning import cards
from experiments.tuning.titration_env import REWARD, TitrationVecEnv
from predictors.nominal import NominalObserver
from sim.environment.rewards import weighted
from sim.interfaces import Agent
from sim.metrics import case_metrics
from sim.settings import Scenario, whole
from sim.theatre import Theatre
from sim.theatre.engines import ENGINES
from sim.theatre.rollout import cases, simulate

SELECTION_SEED, SELECTION_PATIENTS, SELECTION_INTERVAL = 800_001, 100, 60.0  # s
CHECKPOINT = "checkpoint.pt"
RESULTS = (CHECKPOINT, "ppo.safetensors", "learning_curve.csv", "scores.json", "ppo.md")
SCORES = ("time_in_40_60_percent", "map_below_65_percent", "mdape_percent", "awareness_s")


@dataclass
class Training:
    """Train a PPO policy on sampled patients and score it on patients it never saw.

    Running it again with the same options continues an interrupted training.

    Attributes:
        minutes: wall-clock time for learning; it ends earlier at `steps`.
        steps: decisions in all.
        patients: simulated at once.
        engine: what computes the patients, by name in `sim.theatre.engines.ENGINES`.
        seed: of the training patients and the network.
        validation_patients: scored at the end, against the reference agent.
        validation_seed: of those patients; never the training's.
        reference: agent by name.
        reward: terms of `sim.environment.rewards.TERMS` (a plug-in's, too) and their weights, in place of the shipped
            policy's: --reward depth 1 mine 0.5.
        out: results folder; the weights and the card go there.
    """

    minutes: float = 18.0
    steps: int = 12_000_000
    patients: int = 256
    engine: str = "numpy"
    seed: int = 1
    validation_patients: int = 200
    validation_seed: int = 900_001
    reference: str = "anaesthetist_textbook"
    reward: dict[str, float] = field(default_factory=dict)
    out: Path = Path("results/ppo")


class Clock(BaseCallback):
    """Ends learning when the time is over, shows progress, keeps the learning curve and the best policy so far.

    The best is chosen once a minute on patients of their own: time in BIS 40-60 less time with MAP < 65 mmHg.
    """

    def __init__(self, config: Training):
        super().__init__()
        self.config = config
        self.begun = time.monotonic()
        self.bar = Progress()
        self.curve: list[dict[str, float]] = []
        self.best: dict[str, np.ndarray] = {}
        self.best_score, self.chosen = -np.inf, 0
        self.looked = self.begun

    def _on_training_start(self) -> None:
        self.bar.start()
        self.task = self.bar.add_task("learning", total=1.0)

    @property
    def minutes(self) -> float:
        """Spent on learning, interrupted or not."""
        return (time.monotonic() - self.begun) / 60.0

    def share(self) -> float:
        """Return how much of the training is done, by time or by steps, 0 to 1."""
        return min(1.0, max(self.minutes / self.config.minutes, self.num_timesteps / self.config.steps))

    def _on_step(self) -> bool:
        return self.share() < 1.0

    def _on_rollout_end(self) -> None:
        self.bar.update(self.task, completed=self.share())
        if self.model.ep_info_buffer:
            returns = float(np.mean([episode["r"] for episode in self.model.ep_info_buffer]))
            self.curve.append(
                {
                    "decisions": self.num_timesteps,
                    "minutes": self.minutes,
                    "return": returns,
                }
            )
        if time.monotonic() - self.looked > SELECTION_INTERVAL or not self.best:
            self._keep_the_best()

    def _keep_the_best(self) -> None:
        self.looked = time.monotonic()
        assert isinstance(self.model, PPO)
        candidate = tensors(self.model)
        values = lived(LearnedPolicy.of(candidate), SELECTION_SEED, SELECTION_PATIENTS)
        score = float(np.nanmean(values["time_in_40_60_percent"] - values["map_below_65_percent"]))
        if score > self.best_score:
            self.best, self.best_score, self.chosen = candidate, score, self.num_timesteps
        self.save()

    def save(self) -> None:
        """Keep the training as it is, to go on from."""
        assert isinstance(self.model, PPO)
        env = self.model.get_env()
        assert isinstance(env, TitrationVecEnv)
        kept = {
            "learner": self.model.get_parameters(),
            "decisions": self.num_timesteps,
            "minutes": self.minutes,
            "next_case": env.next_case,
            "curve": self.curve,
            "best": {name: torch.from_numpy(values) for name, values in self.best.items()},
            "best_score": self.best_score,
            "chosen": self.chosen,
        }
        with atomic(self.config.out / CHECKPOINT) as partial:
            torch.save(kept, partial)

    def go_on(self, kept: dict[str, Any]) -> None:
        """Take up what `save` has kept."""
        self.begun = time.monotonic() - 60.0 * kept["minutes"]
        self.curve, self.best_score, self.chosen = kept["curve"], kept["best_score"], kept["chosen"]
        self.best = {name: values.numpy() for name, values in kept["best"].items()}

    def _on_training_end(self) -> None:
        self._keep_the_best()
        self.bar.stop()


def main(config: Training) -> None:
    """Train, save, score.

    Raises:
        ValueError: a number that is not positive, an unknown reference agent or reward term, or the same seed twice.
    """
    check(config)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    with folders.begin(
        config.out, config, freshness.files("experiments.tuning.ppo", config), results=RESULTS
    ) as same:
        learn(config, same)


def learn(config: Training, same: bool) -> None:
    """Learn, from where the same training was interrupted if it was; save and score the policy."""
    clock, kept = Clock(config), None
    if same and (config.out / CHECKPOINT).exists():
        kept = torch.load(config.out / CHECKPOINT, weights_only=True)
        print(f"{config.out}: continues after {kept['decisions']:,} decisions, {kept['minutes']:.1f} min")
        clock.go_on(kept)
    model = learner(config, clock, kept["next_case"] if kept else 0)
    if kept:
        model.set_parameters(kept["learner"])
        model.num_timesteps = kept["decisions"]
    model.learn(config.steps, callback=clock, reset_num_timesteps=kept is None)
    minutes = clock.minutes
    weights = config.out / "ppo.safetensors"
    with atomic(weights) as partial:
        save_file(clock.best, partial)
    write_csv(config.out / "learning_curve.csv", pd.DataFrame(clock.curve))
    scores = score(config, LearnedPolicy.load(weights))
    write_json(config.out / "scores.json", scores)
    write_text(config.out / "ppo.md", card(config, clock, minutes, scores))
    print((config.out / "ppo.md").read_text(encoding="utf-8"))
    print(f"weights: {weights}")


def check(config: Training) -> None:
    """Raise ValueError on the first bad option."""
    for name in ("minutes", "steps", "patients", "validation_patients"):
        if not getattr(config, name) > 0:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; a positive number")
    for name in ("seed", "validation_seed"):
        whole(name, getattr(config, name))
    if config.validation_seed in (config.seed, SELECTION_SEED):
        raise ValueError(f"validation_seed: {config.validation_seed} is used in training; another is needed")
    AGENTS.get(config.reference)
    ENGINES.get(config.engine)
    weighted(config.reward)


def learner(config: Training, clock: Clock, first: int = 0) -> PPO:
    """Return the learning algorithm with its settings, for cases from the first on; the step size falls to a tenth."""
    reward = config.reward or REWARD
    env = TitrationVecEnv(config.patients, config.seed, first=first, reward=reward, engine=config.engine)
    model = PPO(
        "MlpPolicy",
        env,
        n_steps=40,
        batch_size=2560,
        n_epochs=6,
        gamma=0.985,
        gae_lambda=0.95,
        clip_range=0.2,
        max_grad_norm=0.5,
        policy_kwargs={"net_arch": [64, 64], "log_std_init": -0.7},
        seed=config.seed,
        device="cpu",
    )
    model.lr_schedule = get_schedule_fn(lambda _: 6e-4 * (1.0 - 0.9 * clock.share()))
    return model


def tensors(model: PPO) -> dict[str, np.ndarray]:
    """Return the policy's layers as weight0, bias0, weight1, ..."""
    hidden = model.policy.mlp_extractor.policy_net.modules()
    layers = [layer for layer in [*hidden, model.policy.action_net] if isinstance(layer, torch.nn.Linear)]
    out: dict[str, np.ndarray] = {}
    for i, layer in enumerate(layers):
        out[f"weight{i}"] = layer.weight.detach().numpy().copy()
        out[f"bias{i}"] = layer.bias.detach().numpy().copy()
    return out


def score(config: Training, policy: Agent) -> dict[str, dict[str, list[float]]]:
    """Return mean, and mean paired difference to the reference with its 95 % interval, per score."""
    values = {}
    for name, agent in (("ppo", policy), (config.reference, AGENTS.get(config.reference)())):
        values[name] = lived(agent, config.validation_seed, config.validation_patients)
    result: dict[str, dict[str, list[float]]] = {}
    for metric in SCORES:
        ours, theirs = values["ppo"][metric], values[config.reference][metric]
        result[metric] = {
            "ppo": [float(np.nanmean(ours))],
            "reference": [float(np.nanmean(theirs))],
            "difference": list(map(float, paired_difference(ours, theirs))),
        }
    return result


def lived(agent: Agent, seed: int, patients: int) -> dict[str, np.ndarray]:
    """Return the metrics of whole cases under an agent."""
    room = Theatre(orders=agent.orders)
    case = cases(room, seed=seed, numbers=patients)
    trace = simulate(room, case, agent, NominalObserver(room.control_period))
    return case_metrics(trace, case.patient.covariates.weight)


def card(config: Training, clock: Clock, minutes: float, scores: dict[str, dict[str, list[float]]]) -> str:
    """Return the model card, Markdown."""
    options = ("minutes", "steps", "patients", "seed", "reference")
    again = " ".join(f"--{name} {getattr(config, name)}" for name in options)
    if config.reward:
        again += " --reward " + " ".join(f"{name} {weight:g}" for name, weight in config.reward.items())
    reward = ", ".join(f"{name} {weight:g}" for name, weight in (config.reward or REWARD).items())
    return cards.card(
        "PPO titration policy",
        "A tanh network (64, 64) that moves the effect-site targets of propofol and remifentanil and the rate of "
        f"norepinephrine every 30 s. It learned for {minutes:.1f} min, {clock.num_timesteps:,} decisions; kept is "
        f"the policy after {clock.chosen:,}, the best of those tried once a minute on {SELECTION_PATIENTS} patients "
        f"of seed {SELECTION_SEED} (time in BIS 40-60 less time with MAP < 65 mmHg). Reward: {reward}.",
        cards.made("experiments.tuning.ppo"),
        f"python -m experiments.tuning.ppo {again}",
        f"cohort {Scenario.cohort}, training seed {config.seed}, random surgery, 3 h cases, no recorded patient; the "
        f"pumps and the observer assume {Scenario.assumed_propofol} and {Scenario.assumed_remifentanil}",
        f"{config.validation_patients} patients of seed {config.validation_seed}, none of them seen in training; "
        "mean, and mean paired difference with 95 % bootstrap interval over patients",
        [
            f"| metric | ppo | {config.reference} | difference |",
            "|---|---|---|---|",
            *(
                f"| {name} | {row['ppo'][0]:.2f} | {row['reference'][0]:.2f} "
                f"| {row['difference'][0]:+.2f} [{row['difference'][1]:+.2f}, {row['difference'][2]:+.2f}] |"
                for name, row in scores.items()
            ),
        ],
    )


if __name__ == "__main__":
    run(main, Training)
