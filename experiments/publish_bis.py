"""Ship depth predictors: copy weights trained on simulated patients into the package, each with its card.

The card says what the weights were trained on and by which command, how they scored in validations that were run
before (`experiments.validate_bis`), and where they must not be trusted. Weights that have seen recorded subjects are
refused: the recordings' licence does not let them go out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.depth import tables as reporting
from experiments.depth.judging import ALL
from experiments.judging import contenders
from experiments.running.command_line import run
from experiments.running.results import atomic, write_text
from predictors.learning.cases import PHASES
from predictors.learning.weights import SHIPPED, Weights

METRICS = ("CCC", "RMSE", "MDAPE", "coverage_80")
COMMON_LIMITS = (
    "Adults under propofol and remifentanil without volatile anesthetics; children, sedation, ketamine,"
    " nitrous oxide or a neurological disease were never seen.",
    "10 s between readings; other control periods are refused.",
    "Simulated patients, surgery and clinicians stand behind these weights; real ones differ, see the scores on"
    " recorded cases.",
)
LIMITS = {
    "surface_refitted": (
        "One curve for everybody: within maintenance, where doses follow the index, it knows next to nothing.",
    ),
    "adaptive": (
        "Believes that a single disturbance explains what the drugs do not; its intervals are normal and symmetric.",
    ),
    "lee2018": (
        "Doses follow the index, so part of what it learned is the clinician: do not read dose-response from it"
        " (`experiments.explain_bis`), and never let it choose a dose.",
        "It sees 30 min; what was given before is forgotten.",
    ),
    "dose_history": (
        "Doses follow the index, so part of what it learned is the clinician: do not read dose-response from it"
        " (`experiments.explain_bis`), and never let it choose a dose.",
        "Within maintenance its concordance is low: without readings nobody knows how sensitive a patient is.",
    ),
    "forecaster": (
        "The effect of a plan is monotone by construction and about that of the average patient, hardly that of the"
        " individual (`experiments.explain_bis`): good for choosing between plans, not for promising an index.",
        "A stimulus that has not begun cannot be foreseen; intervals are marginal, not for a given patient.",
        "80 % intervals held clearly less than 80 % of recorded readings, least in induction and recovery:"
        " train on cases of your own before relying on them.",
    ),
}


@dataclass(frozen=True)
class Publication:
    """Copy weights into the package.

    Attributes:
        weights: folder of one training, e.g. results/bis/synthetic.
        validations: folders written by `experiments.validate_bis` with these weights.
        out: folder of the shipped weights.
    """

    weights: Path
    validations: tuple[Path, ...]
    out: Path = SHIPPED


def main(config: Publication) -> None:
    """Check and copy.

    Raises:
        ValueError: weights that have seen recorded subjects or no validation scored; nothing has been written then.
        OSError: a missing file.
    """
    weights = contenders.read((str(config.weights),))
    cards = {one.path.stem: card(one, config.validations) for one in weights}
    for one in weights:
        if contenders.seen([one]):
            raise ValueError(f"weights: {one.path} have seen recorded subjects, which is not allowed")
    for one in weights:
        name = one.path.stem
        write_text(config.out / f"{name}.md", cards[name])
        for suffix in (".json", ".safetensors"):
            with atomic(config.out / f"{name}{suffix}") as partial:
                partial.write_bytes(one.path.with_suffix(suffix).read_bytes())
        print(f"shipped: {config.out / name}")


def card(weights: Weights, validations: tuple[Path, ...]) -> str:
    """Return the card of the training, with scores and limits added."""
    name = weights.architecture
    lines = [weights.path.with_suffix(".md").read_text(encoding="utf-8").rstrip(), "", "## Scores", ""]
    for folder in validations:
        lines += [*scores(folder, name), ""]
    limits = [f"- {limit}" for limit in (*LIMITS[name], *COMMON_LIMITS)]
    return "\n".join([*lines, "## Limits: where it must not be trusted", "", *limits, ""])


def origin(folder: Path) -> str:
    """Return how a validation was made: data, site, seed and commit."""
    run_of = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = run_of["config"]
    data = (
        f"site {config['site']}, {config['patients']} patients"
        if config["data"] == "synthetic"
        else "all cases"
    )
    return f"`experiments.validate_bis`, {data}, seed {config['seed']}, commit {run_of['commit']}."


def scores(folder: Path, name: str) -> list[str]:
    """Return what a validation says of a predictor. Raises ValueError if it was not in it."""
    table = pd.read_csv(folder / "scores.csv")
    rows = table[table["predictor"].str.split(" ").str[0] == name]
    if rows.empty:
        raise ValueError(f"validations: {folder} has no scores of {name}")
    report = (folder / "report.md").read_text(encoding="utf-8").splitlines()
    heading = report[0].removeprefix("# ")
    cases = next((line for line in report if line.endswith("are judged.")), "")
    lines = [f"{heading}: {cases} 95 % intervals over subjects. {origin(folder)}", ""]
    lines += ["| ahead | metric | all | " + " | ".join(PHASES) + " |", "|---|---|" + "--:|" * 4]
    for horizon in rows["horizon"].unique():
        for metric in METRICS:
            own = rows[(rows["horizon"] == horizon) & (rows["metric"] == metric)]
            if len(own):
                cells = [reporting.cell(own[own["phase"] == phase], metric) for phase in (ALL, *PHASES)]
                when = f"{horizon // 60} min" if horizon else "now"
                lines.append(f"| {when} | {metric} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    run(main, Publication)
