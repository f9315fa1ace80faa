"""What the depth predictors learned: dose-response curves and influence over time, beside the simulated patients' own.

    python -m experiments.explain_bis
    python -m experiments.explain_bis --weights results/bis/synthetic/dose_history.safetensors --patients 40

Simulated patients answer what no recording can: what would have happened under another dose. Writes dose_response.csv,
plans.csv, influence.csv, scores.csv, summary.json and explain_bis.png.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.explaining import attribution, dose_response, influence, plans, undisturbed
from experiments.explaining.explanation_figure import draw
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_json, write_run
from experiments.sites.simulated import TEST_SEED, check_seed
from predictors.depth.dose_history import DoseHistoryObserver
from predictors.depth.forecaster import ForecasterObserver
from predictors.depth.lee2018 import Lee2018Observer
from predictors.learning.weights import load

DOSE_PREDICTORS: Mapping[str, Any] = {"lee2018": Lee2018Observer, "dose_history": DoseHistoryObserver}
EXPLAINED: Mapping[str, Any] = {**DOSE_PREDICTORS, "forecaster": ForecasterObserver}


@dataclass(frozen=True)
class Config:
    """Read back from depth predictors what they learned about doses, and score it against the simulated patients."""

    weights: tuple[str, ...] = ("lee2018", "dose_history", "forecaster")
    """names of shipped weights, or paths of .safetensors files: lee2018, dose_history or forecaster networks"""
    patients: int = 40
    """simulated patients, shared out over the training sites"""
    seed: int = 0
    """of the patients, of whom none has trained or validated"""
    out: Path = Path("results/explain_bis")
    """folder of the results"""


def main(config: Config) -> None:
    """Ask, score, write, print. Raises ValueError on bad options or weights; nothing has been written then."""
    check(config)
    observers = named_observers(config.weights)
    attribution.integrated_gradients()
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    dosed = {name: one for name, one in observers.items() if not isinstance(one, ForecasterObserver)}
    forecasters = {name: one for name, one in observers.items() if isinstance(one, ForecasterObserver)}
    seed = TEST_SEED + config.seed
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=2 + len(undisturbed.shares(1)) * (2 + 2 * len(dosed)))

        def progress(what: str) -> None:
            bar.update(task, description=what, advance=1)

        progress("dose-response curves")
        curves = dose_response.curves(dosed, config.patients, seed)
        progress("plans")
        planned = plans.effects(forecasters, config.patients, seed)
        found = influence.measure(dosed, config.patients, seed, progress)
    write_run(config.out, config)
    scores = influence.scores(found, dosed)
    tables = {
        "dose-response": dose_response.summary(curves),
        "plans": plans.summary(planned),
        "influence": scores,
    }
    write_csv(config.out / "dose_response.csv", curves)
    write_csv(config.out / "plans.csv", plans.as_table(planned))
    write_csv(config.out / "influence.csv", influence.as_table(found))
    write_csv(config.out / "scores.csv", scores)
    records = {name: table.to_dict("records") for name, table in tables.items()}
    write_json(config.out / "summary.json", {**records, "usual_rates": influence.usual_rates(found)})
    write_figure(config.out / "explain_bis.png", draw(config.out))
    for name, table in tables.items():
        print(f"\n{name}\n{as_text(table)}")
    print(f"\nwrote {config.out}")


def check(config: Config) -> None:
    """Raise ValueError on the first bad option."""
    for name, lowest in (("patients", 1), ("seed", 0)):
        if getattr(config, name) < lowest:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; {lowest} or more")
    check_seed(config.seed)
    if not config.weights:
        raise ValueError("weights: none are named; names of shipped weights or .safetensors files")


def named_observers(weights: tuple[str, ...]) -> dict[str, Any]:
    """Return observers by name of their weights, a file's with its folder.

    Raises:
        ValueError: weights that cannot be read, of another architecture, or named twice.
    """
    observers: dict[str, Any] = {}
    for given in weights:
        read = load(given)
        if read.architecture not in EXPLAINED:
            raise ValueError(
                f"weights: {given} holds a {read.architecture!r} network, which is not allowed; {', '.join(EXPLAINED)}"
            )
        path = Path(given)
        name = f"{path.resolve().parent.name}/{path.stem}" if path.suffix else given
        if name in observers:
            raise ValueError(f"weights: {name} is there twice; once is allowed")
        observers[name] = EXPLAINED[read.architecture].of(read)
    return observers


def as_text(table: pd.DataFrame) -> str:
    """Return a table as text, three digits."""
    return table.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep="")


if __name__ == "__main__":
    run(main, Config)
