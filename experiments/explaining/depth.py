"""What the depth predictors learned: dose-response curves and influence over time, beside the simulated patients' own.

Writes dose_response.csv, plans.csv, influence.csv, scores.csv, summary.json and explained.png.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from experiments.explaining import attribution, dose_response, influence, plans, undisturbed
from experiments.explaining.explanation_figure import draw
from experiments.running.results import write_csv, write_figure, write_json
from predictors import OBSERVERS
from predictors.depth.forecaster import ForecasterObserver
from predictors.learning.weights import load

EXPLAINED = ("lee2018", "dose_history", "forecaster")


def explain(weights: tuple[str, ...], count: int, seed: int, out: Path, begin: Callable[[], object]) -> None:
    """Ask, score, write, print.

    Args:
        weights: names of shipped weights, or paths of .safetensors files; all that can be explained by default.
        count: simulated patients, shared out over the training sites.
        seed: of them.
        out: folder of the results.
        begin: called once everything has been computed, before anything is written.

    Raises:
        ValueError: weights that cannot be read, of another architecture, or named twice; captum is missing.
    """
    observers = named_observers(weights or EXPLAINED)
    attribution.integrated_gradients()
    dosed = {name: one for name, one in observers.items() if not isinstance(one, ForecasterObserver)}
    forecasters = {name: one for name, one in observers.items() if isinstance(one, ForecasterObserver)}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=2 + len(undisturbed.shares(1)) * (2 + 2 * len(dosed)))

        def progress(what: str) -> None:
            bar.update(task, description=what, advance=1)

        progress("dose-response curves")
        curves = dose_response.curves(dosed, count, seed)
        progress("plans")
        planned = plans.effects(forecasters, count, seed)
        found = influence.measure(dosed, count, seed, progress)
    begin()
    scores = influence.scores(found, dosed)
    tables = {
        "dose-response": dose_response.summary(curves),
        "plans": plans.summary(planned),
        "influence": scores,
    }
    write_csv(out / "dose_response.csv", curves)
    write_csv(out / "plans.csv", plans.as_table(planned))
    write_csv(out / "influence.csv", influence.as_table(found))
    write_csv(out / "scores.csv", scores)
    records = {name: table.to_dict("records") for name, table in tables.items()}
    write_json(out / "summary.json", {**records, "usual_rates": influence.usual_rates(found)})
    write_figure(out / "explained.png", draw(out))
    for name, table in tables.items():
        print(f"\n{name}\n{as_text(table)}")


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
        observers[name] = OBSERVERS.get(read.architecture).of(read)
    return observers


def as_text(table: pd.DataFrame) -> str:
    """Return a table as text, three digits."""
    return table.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep="")
