"""Train dosing policies by rewards, from several seeds, and save the best with its card and the learning curves.

    python -m experiments.tuning.rl
    python -m experiments.tuning.rl --algorithm recurrent_ppo --without forecast --out results/rl_blind

PPO, recurrent PPO, SAC and TQC learn the same task: moves of wishes that dials follow (see
`agents.learned.anticipation`), paid for by the time outside BIS 40-60, low pressure, awareness, waking and turns of
dials. Every 45 s of work a training is judged and saved; the same command goes on from there after an interruption,
with new patients in bed.
"""

from __future__ import annotations

import shutil
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from rich.progress import Progress

from experiments.learning import ALGORITHMS, curves, scoring, training
from experiments.learning.choosing import Primary, lived
from experiments.learning.task import ALONE, Task
from experiments.learning.training import CURVE, SELECTION_PATIENTS, SELECTION_SEED, WEIGHTS, Course
from experiments.loop.evaluation import agent_named
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import atomic, write_csv, write_json, write_text
from experiments.tuning import cards
from sim.plants import for_training, of_use
from sim.settings import Room, whole
from sim.theatre.engines import ENGINES

CARD, PICTURE = "foresight.md", "curves.png"
RESULTS = ("seeds", WEIGHTS, CARD, "curves.csv", PICTURE, "scores.json", "scores.csv")
FIRST_SEED = 1000  # lower ones are the tests'
TAUGHT_SEED = 1001  # of the patients that the teacher doses


@dataclass(frozen=True)
class Training(Task):
    """Train policies that look ahead on sampled patients; score the best on patients it never saw.

    Running it again with the same options continues an interrupted training.

    Attributes:
        algorithm: by name in `experiments.learning.ALGORITHMS`.
        minutes: of one processor, for each seed, its warm start included; it ends earlier at `decisions`.
        decisions: in all, for each seed.
        patients: simulated at once.
        period: s between readings while it learns, a whole part of 30.
        seeds: a training from each, 1000 or more; of its patients and its network.
        plants: patients alternate over these training plants; all of them if none is named.
        faults: that strike every training patient once.
        teacher: agent by name that the policy copies at first; none.
        engine: what computes the patients, by name in `sim.theatre.engines.ENGINES`.
        bars: agents that the curves and the card show beside the policy.
        validation_patients: scored at the end.
        validation_seed: of those patients; never the training's.
        out: results folder; weights, card and curves go there.
    """

    algorithm: str = "ppo"
    minutes: float = 8.0
    decisions: int = 20_000_000
    patients: int = 256
    period: float = 30.0
    seeds: tuple[int, ...] = (1001, 1002, 1003, 1004, 1005)
    plants: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    teacher: str = "mpc"
    engine: str = "numpy"
    bars: tuple[str, ...] = ("anaesthetist_textbook", "pid_tuned", "mpc", "ppo")
    validation_patients: int = 100
    validation_seed: int = 900_001
    out: Path = Path("results/rl")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("minutes", "decisions", "patients", "validation_patients"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; a positive number")
        if not (self.period > 0.0 and training.DECISION % self.period == 0.0):
            raise ValueError(f"period: {self.period} is not allowed; a whole part of {training.DECISION:g} s")
        if self.beside != ALONE and self.period != Room.control_period:
            allowed = f"{Room.control_period:g} s beside another agent, which is made for that"
            raise ValueError(f"period: {self.period} is not allowed; {allowed}")
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: {self.seeds} is not allowed; one or more, each once")
        for seed in self.seeds:
            whole("seeds", seed, FIRST_SEED)
        if whole("validation_seed", self.validation_seed) in (SELECTION_SEED, *self.seeds):
            raise ValueError(
                f"validation_seed: {self.validation_seed} is used in training; another is needed"
            )
        ALGORITHMS.get(self.algorithm)
        ENGINES.get(self.engine)
        for_training(self.plants)
        for agent in (*self.bars, self.teacher, self.beside):
            if agent != ALONE:
                agent_named(agent)

    def course(self) -> Course:
        """Return how each seed learns."""
        return Course(
            self.algorithm,
            Task(**{name: getattr(self, name) for name in Task.__dataclass_fields__}),
            self.minutes,
            self.decisions,
            self.patients,
            self.period,
            self.teacher,
            self.plants or of_use("training"),
            self.faults,
            self.engine,
        )


def main(config: Training) -> None:
    """Train, save, score. Raises ValueError naming an option that is not allowed."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    files = freshness.files("experiments.tuning.rl", config)
    with folders.begin(config.out, config, files, results=RESULTS):
        course = config.course()
        waiting = [seed for seed in config.seeds if not (folder_of(config, seed) / training.CHOSEN).exists()]
        learnt = training.taught(course, TAUGHT_SEED) if waiting else None
        with Progress() as progress:
            for seed in config.seeds:
                task, folder = progress.add_task(f"seed {seed}", total=1.0), folder_of(config, seed)
                if seed in waiting:
                    training.learn(course, seed, folder, learnt, partial(progress.update, task))
                progress.update(task, completed=1.0)
        conclude(config, course)


def folder_of(config: Training, seed: int) -> Path:
    """Return where the training from a seed lies."""
    return config.out / "seeds" / f"seed{seed}"


def conclude(config: Training, course: Course) -> None:
    """Choose among the seeds, draw the curves, score, write the card."""
    chosen = min(config.seeds, key=lambda seed: training.ended(folder_of(config, seed))["score"])
    with atomic(config.out / WEIGHTS) as partial:
        shutil.copyfile(folder_of(config, chosen) / WEIGHTS, partial)
    parts = [pd.read_csv(folder_of(config, seed) / CURVE).assign(seed=seed) for seed in config.seeds]
    learned = pd.concat(parts, ignore_index=True)
    write_csv(config.out / "curves.csv", learned)
    others = {
        name: lived(
            agent_named(name),
            config.validation_seed,
            config.validation_patients,
            Room.control_period,
            course.plants,
        )
        for name in config.bars
    }
    curves.draw(learned, {name: scoring.means(one) for name, one in others.items()}, config.out / PICTURE)
    policies = {
        seed: lived(
            course.agent(training.saved(folder_of(config, seed))),
            config.validation_seed,
            config.validation_patients,
            Room.control_period,
            course.plants,
        )
        for seed in config.seeds
    }
    by_seed = {f"{scoring.POLICY} {seed}": one for seed, one in policies.items()}
    write_csv(config.out / "scores.csv", scoring.table({**by_seed, **others}))
    write_json(config.out / "scores.json", scoring.against(policies[chosen], others))
    write_text(config.out / CARD, card(config, course, chosen, policies, others))
    print((config.out / CARD).read_text(encoding="utf-8"))


def card(
    config: Training, course: Course, chosen: int, policies: dict[int, Primary], others: dict[str, Primary]
) -> str:
    """Return the model card, Markdown."""
    ended = training.ended(folder_of(config, chosen))
    reward = ", ".join(f"{name} {weight:g}" for name, weight in config.rewarded.items())
    withheld = f"; withheld: {', '.join(config.without)}" if config.without else ""
    zones = ", ".join(f"{zone:g}" for zone in config.zone)
    about = (
        "A small network that every 30 s moves wishes for the targets of propofol and remifentanil and the rate of "
        f"norepinephrine; dials follow beyond dead zones of {zones}. It began as a copy of "
        f"{config.teacher}, and learned by {config.algorithm} for "
        f"{ended['minutes']:.1f} min of one processor, {ended['of']:,} decisions; kept is the policy after "
        f"{ended['decisions']:,}, the best of those judged every 45 s on {SELECTION_PATIENTS} patients of seed "
        f"{SELECTION_SEED}{withheld}. Paid for: time outside 40-60, turns of dials above {config.changes:g}/h, "
        f"{reward}. Critic shown the truth: {'yes' if config.truth else 'no'}; tail: {config.tail:g}."
    )
    return cards.card(
        "Policy that looks ahead",
        about,
        cards.made("experiments.tuning.rl"),
        f"python -m experiments.tuning.rl --algorithm {config.algorithm} --minutes {config.minutes:g}",
        f"plants {', '.join(course.plants)}, training seeds {', '.join(map(str, config.seeds))} (this: {chosen}), no "
        "recorded patient",
        f"{config.validation_patients} patients of seed {config.validation_seed} of the same plants, none of them seen "
        "in training; from 5 min after the first propofol to the beginning of closing; means, and mean paired "
        f"difference with 95 % bootstrap interval over patients. {scoring.spread([*policies.values()])}",
        scoring.rows(policies[chosen], others),
    )


if __name__ == "__main__":
    run(main, Training)
