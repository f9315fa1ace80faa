"""Ship what was trained or tuned: copy it from a folder of results into the package, with its card.

    python -m experiments.publish --task depth --results results/depth/synthetic --validations results/validate_depth
    python -m experiments.publish --agent pid --results results/pid

A predictor's card says what the weights were trained on and by which command, how they scored in validations that were
run before (`experiments.validate`), and where they must not be trusted. Weights that have seen recorded subjects are
refused: the recordings' licence does not let them go out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.judging import contenders
from experiments.reporting import scores as pages
from experiments.running.command_line import run
from experiments.running.results import atomic, write_text
from experiments.tasks import TASKS
from experiments.tasks.contract import Task, learners
from experiments.tuning import publishing
from predictors.learning.weights import Weights


@dataclass(frozen=True)
class Publication:
    """Copy results into the package.

    Attributes:
        results: folder of one training of predictors (results/depth/synthetic), or what `experiments.tuning` left.
        task: of the predictors.
        agent: what `experiments.tuning` made, instead: pid, anaesthetist, foresight, offline, population, circulation,
            monitors, twins, belief, mpc; or, of `experiments.imaging`, image_epidural, image_mitral, image_plexus,
            image_ejection.
        validations: folders written by `experiments.validate` with these weights.
        out: folder to copy to; the package's own by default.
    """

    results: Path
    task: str = "depth"
    agent: str | None = None
    validations: tuple[Path, ...] = ()
    out: Path | None = None


def main(config: Publication) -> None:
    """Check and copy.

    Raises:
        ValueError: weights that have seen recorded subjects or that no validation scored, a validation on recorded
            subjects who are not sealed, or results that do not fit;
            nothing has been written then.
        OSError: a missing file.
    """
    if config.agent is None:
        shipped = publish_predictors(config)
    else:
        shipped = publishing.publish(config.agent, config.results, config.out)
    for path in shipped:
        print(f"shipped: {path}")


def publish_predictors(config: Publication) -> list[Path]:
    """Copy the weights of a training; return where they are now."""
    task = TASKS.get(config.task)
    weights, known = contenders.read(task, (str(config.results),)), learners(task)
    contenders.trained(task, weights)
    cards = {
        one.architecture: card(task, known[one.architecture], one, config.validations) for one in weights
    }
    for one in weights:
        if contenders.seen([one]):
            raise ValueError(f"weights: {one.path} have seen recorded subjects, which is not allowed")
    shipped = []
    for one in weights:
        name = one.architecture
        folder = config.out or known[name].folder  # type: ignore[attr-defined]
        write_text(folder / f"{name}.md", cards[name])
        for suffix in (".json", ".safetensors"):
            with atomic(folder / f"{name}{suffix}") as partial:
                partial.write_bytes(one.path.with_suffix(suffix).read_bytes())
        shipped.append(folder / f"{name}.safetensors")
    return shipped


def card(task: Task, predictor: Any, weights: Weights, validations: tuple[Path, ...]) -> str:
    """Return the card of the training, with scores, published figures and limits added."""
    lines = [weights.path.with_suffix(".md").read_text(encoding="utf-8").rstrip(), "", "## Scores", ""]
    for folder in validations:
        lines += [*scores(task, folder, weights.architecture), "", *task.sheet(folder, weights.architecture)]
    lines += [f"Published: {one.score} {one.value} ({one.source})" for one in predictor.published]
    limits = [f"- {limit}" for limit in (*predictor.limits, *task.limits)]
    return "\n".join([*lines, "", "## Limits: where it must not be trusted", "", *limits, ""])


def scores(task: Task, folder: Path, name: str) -> list[str]:
    """Return what a validation says of a predictor. Raises ValueError if it was not in it."""
    table = pd.read_csv(folder / "scores.csv")
    rows = table[table["predictor"].str.split(" ").str[0] == name]
    if rows.empty:
        raise ValueError(f"validations: {folder} has no scores of {name}")
    report = (folder / "report.md").read_text(encoding="utf-8").splitlines()
    cases = next((line for line in report if line.endswith("are judged.")), "")
    origin = f"{report[0].removeprefix('# ')}: {cases} 95 % intervals over subjects. {made(task, folder)}"
    return [origin, "", *pages.score_rows(rows)]


def made(task: Task, folder: Path) -> str:
    """Return how a validation was made: data, site, seed and commit.

    Raises:
        ValueError: it judged recorded cases of others than the sealed subjects.
    """
    run_of = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = run_of["config"]
    recorded, site = config["data"] != "synthetic", config["site"] or task.test_site
    if recorded and config.get("part") != "test":
        raise ValueError(
            f"validations: {folder} judged recorded cases of part {config.get('part')}, which is not allowed; "
            "test, whose subjects no choice has touched"
        )
    data = "part test" if recorded else f"site {site}, {config['patients']} patients"
    return f"`experiments.validate --task {task.name}`, {data}, seed {config['seed']}, commit {run_of['commit']}."


if __name__ == "__main__":
    run(main, Publication)
