"""What boosted trees make of the very features that the networks are shown: a yardstick for the networks.

    python -m experiments.trees --data DIR --part validation

Trees learn on recorded subjects of the part `train` and answer for another part: the index now from doses, that
from all that the room knows, and whether the index leaves 40-60. Nothing of them is shipped. Results: scores.csv,
alarms.csv, report.md; the same scores as `experiments.validate --data DIR --part PART`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.console import Console
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from experiments.depth import alarms, tables
from experiments.depth.judging import AHEAD, EXITS, NOW, present_level
from experiments.judging import contenders, splits
from experiments.reporting import scores as pages
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run, write_text
from experiments.tasks import TASKS
from predictors.depth import exits
from predictors.depth.now import present
from predictors.depth.now.dose_history import DOSE_HISTORY
from predictors.depth.now.present import Sight
from predictors.depth.now.vitals import VITALS
from predictors.learning.cases import Cases

STRIDE = 6  # samples: neighbours tell the same
GROWN: dict[str, Any] = {
    "max_iter": 300,
    "learning_rate": 0.04,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 300,
    "l2_regularization": 10.0,
    "early_stopping": False,
}


@dataclass(frozen=True)
class Trees:
    """Grow trees on recorded cases and judge them.

    Attributes:
        data: folder of recorded cases.
        part: of the recorded subjects, who is judged.
        seed: of split, trees and resampling.
        out: folder of the results.
    """

    data: Path
    part: Literal["validation", "test"] = "validation"
    seed: int = 0
    out: Path = Path("results/trees")


def main(config: Trees) -> None:
    """Grow, judge, write, print.

    Raises:
        ValueError: recordings that cannot be used; nothing has been written then.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    task = TASKS.get("depth")
    assert task.recorded is not None
    everyone, lines = task.recorded(config.data)
    parts = splits.split(everyone, splits.SEED, task.split)
    train, judged = (everyone.select(parts[part]) for part in ("train", config.part))
    answers = grown(train, judged, config.seed)
    for one in task.baselines():
        answers[one.question][one.label] = contenders.answers(task, one, judged)
    scores = task.scores(judged, answers, config.seed)
    signals = {name: alarms.alarming(said) for name, said in (answers[AHEAD] | answers[EXITS]).items()}
    warned = alarms.table(judged, present_level(answers[AHEAD]), signals, config.seed)
    write_run(config.out, config)
    write_csv(config.out / "scores.csv", scores)
    write_csv(config.out / "alarms.csv", warned)
    heading = ["# Boosted trees on recorded cases", "", *lines, "", f"Judged: part `{config.part}`.", ""]
    report = [*heading, *pages.score_rows(scores), "", *tables.alarm_table(warned), ""]
    write_text(config.out / "report.md", "\n".join(report))
    Console().print("\n".join(report), markup=False, highlight=False, soft_wrap=True)


def grown(train: Cases, judged: Cases, seed: int) -> dict[str, dict[str, Any]]:
    """Return what trees that learned on some cases say of others, by question and name."""
    now = {
        f"trees_{name}": {"bis": _index(sight, train, judged, seed)}
        for name, sight in (("doses", DOSE_HISTORY.sight), ("room", VITALS.sight))
    }
    return {NOW: now, AHEAD: {}, EXITS: {"trees": {exits.NAME: _leaving(train, judged, seed)}}}


def _index(sight: Sight, train: Cases, judged: Cases, seed: int) -> np.ndarray:
    """Return the index now, (samples, cases), NaN beyond what a network learns from."""
    shown, target = (tensor.numpy()[::STRIDE] for tensor in present.examples(sight, train, "cpu"))
    known = np.isfinite(target)
    trees = HistGradientBoostingRegressor(random_state=seed, **GROWN).fit(shown[known], target[known])
    asked, _ = present.examples(sight, judged, "cpu")
    out = np.full(judged["bis"].shape, np.nan, dtype=np.float32)
    answer = trees.predict(asked.numpy().reshape(-1, asked.shape[-1]))
    out[: len(asked)] = np.clip(answer, 0.0, 100.0).reshape(asked.shape[:2])
    return out


def _leaving(train: Cases, judged: Cases, seed: int) -> np.ndarray:
    """Return the probability of leaving the range, (samples, cases), NaN out of it."""
    shown, leaves = (tensor.numpy()[:: STRIDE // 2] for tensor in exits.examples(train, "cpu"))
    trees = HistGradientBoostingClassifier(random_state=seed, **GROWN).fit(shown, leaves > 0.5)
    asked, inside, _ = exits.moments(judged)
    out = np.full(judged["bis"].shape, np.nan, dtype=np.float32)
    out[: len(inside)][inside] = trees.predict_proba(np.moveaxis(asked, 1, -1)[inside])[:, 1]
    return out


if __name__ == "__main__":
    run(main, Trees)
