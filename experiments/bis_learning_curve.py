"""How many recorded cases does it take, and do simulated patients help?

Error on recorded test cases against the number of recorded training cases, learned from nothing and learned on from
synthetic weights. Smaller training sets are parts of larger ones; validation and test subjects are the same throughout.
Results: curve.csv,
differences.csv (paired), curve.png, splits.json. Points already there are kept, so an interrupted run continues.
"""

from __future__ import annotations

import json
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track

from experiments.depth import judging
from experiments.depth.scores import pooled_difference
from experiments.depth.training import Recipe
from experiments.judging import contenders, splits
from experiments.judging.contenders import AHEAD, BUILDERS, TASK, Contender
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_run
from experiments.running.trainings import BOTH, REAL, Job, learn, vitaldb_folder
from experiments.sites.recorded import read_cases
from predictors.learning.cases import DepthCases
from predictors.learning.weights import Weights, load

STARTS = {"nothing": REAL, "synthetic": BOTH}
SHOWN = {"dose_history": (0, "CCC"), "forecaster": (180, "RMSE")}  # horizon s and metric drawn of each
UPDATES = 450  # least steps of the descent: few cases are passed through more often
COLOURS = {"nothing": "#d1495b", "synthetic": "#1b6ca8"}


@dataclass(frozen=True)
class Curve:
    """Train on parts of the recorded cases and score on recorded test cases.

    Attributes:
        data: folder of recorded cases in VitalDB's format.
        predictors: which; those that have shipped or given synthetic weights to begin with.
        cases: recorded training cases; 0 is all.
        weights: folder of synthetic weights to begin with; the shipped ones by default.
        epochs: over all cases; parts take as many steps of the descent as make it fair.
        seed: of split, parts and networks.
        workers: processes, each with one torch thread.
        out: folder of the results.
    """

    data: Path | None = None
    predictors: tuple[str, ...] = ("dose_history", "forecaster")
    cases: tuple[int, ...] = (10, 30, 100, 300, 0)
    weights: Path | None = None
    epochs: int = 30
    seed: int = 0
    workers: int = 2
    out: Path = Path("results/bis_learning_curve")


@dataclass(frozen=True)
class Point:
    """One training: predictor, recorded cases, and what it begins from."""

    predictor: str
    cases: int
    start: str

    def path(self, out: Path, what: str = "scores") -> Path:
        """Return where its scores, or the sums behind them, go; with its scores a point is finished."""
        return out / "points" / f"{self.predictor}-{self.cases}-{self.start}.{what}.csv"


def main(config: Curve) -> None:
    """Train every point that is missing, join and draw.

    Raises:
        ValueError: a bad option, or recordings or weights that cannot be used; nothing has been written then.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    for name in config.predictors:
        if name not in SHOWN:
            raise ValueError(f"predictors: {name!r} is not allowed; {', '.join(SHOWN)}")
    if not config.cases or min(config.cases) < 0:
        raise ValueError(f"cases: {config.cases} are not allowed; numbers of 0 (all) or more")
    everyone, _ = read_cases(vitaldb_folder(config.data))
    parts = splits.split(everyone, config.seed)
    begin = {name: _start(config, name) for name in config.predictors}
    refuse_another(config)
    write_run(config.out, config)
    splits.write(config.out / "splits.json", everyone, parts, config.seed)
    sizes = sorted({min(count or len(parts["train"]), len(parts["train"])) for count in config.cases})
    every = [
        Point(name, size, start) for size in sizes[::-1] for name in config.predictors for start in STARTS
    ]
    missing = [point for point in every if not point.path(config.out).exists()]
    sets = {part: everyone.select(rows) for part, rows in parts.items()}
    console = Console()
    with ProcessPoolExecutor(max(config.workers, 1), get_context("spawn")) as pool:
        running = [pool.submit(score, point, config, sets, begin[point.predictor]) for point in missing]
        for done in track(as_completed(running), "training", total=len(running), console=console):
            done.result()
    curve = pd.concat([pd.read_csv(point.path(config.out)) for point in every[::-1]], ignore_index=True)
    write_csv(config.out / "curve.csv", curve)
    write_figure(config.out / "curve.png", draw(config.out))
    sums = pd.concat([pd.read_csv(point.path(config.out, "sums")) for point in every], ignore_index=True)
    changes = differences(sums, config.seed)
    write_csv(config.out / "differences.csv", changes)
    shown = curve[(curve["phase"] == judging.ALL) & curve["metric"].isin(["CCC", "RMSE"])]
    columns = ["predictor", "horizon", "metric", "cases", "start", "estimate", "low", "high"]
    print(shown[columns].sort_values(columns[:5]).round(3).to_string(index=False))
    print("\nfrom synthetic less from nothing, same test subjects:")
    print(changes.round(3).to_string(index=False))
    print(f"results: {config.out}")


def refuse_another(config: Curve) -> None:
    """Raise ValueError if a folder holds points of another seed or number of epochs: they could not be joined."""
    path = config.out / "config.json"
    held = json.loads(path.read_text(encoding="utf-8"))["config"] if path.exists() else {}
    for name in ("seed", "epochs"):
        if held.get(name, getattr(config, name)) != getattr(config, name):
            raise ValueError(f"out: {config.out} holds points with {name} {held[name]}; name another folder")


def score(point: Point, config: Curve, sets: dict[str, DepthCases], begin: Weights) -> None:
    """Train one point and write its scores on the test cases."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)
    recipe = Recipe(
        seed=config.seed, epochs=max(config.epochs, round(UPDATES / max(1.0, point.cases / 24.0)))
    )
    train = _part(sets["train"], point.cases, config.seed)
    tensors = begin.tensors if point.start == "synthetic" else None
    learned = learn(Job(STARTS[point.start], point.predictor), train, sets["validation"], recipe, tensors)
    weights = Weights(
        Path(point.predictor), {"architecture": point.predictor, **learned.settings}, learned.tensors
    )
    one = Contender(point.predictor, "", TASK[point.predictor], BUILDERS[point.predictor](weights))
    said = {one.label: contenders.answers(one, sets["test"])}
    now, ahead = ({}, said) if one.task == AHEAD else (said, {})
    sums = judging.subject_sums(sets["test"], now, ahead)
    write_csv(point.path(config.out, "sums"), sums.assign(cases=point.cases, start=point.start))
    table = judging.table(sets["test"], now, ahead, config.seed)
    write_csv(point.path(config.out), table.assign(cases=point.cases, start=point.start))


def differences(sums: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return what beginning from synthetic weights changes: a row a predictor, horizon, metric and number of cases.

    Args:
        sums: of all points, see `experiments.depth.judging.subject_sums`.
        seed: of the draws of test subjects, the same for both starts.
    """
    rows = []
    for (name, horizon, cases), part in sums.groupby(["predictor", "horizon", "cases"]):
        starts = part.sort_values("subject").groupby("start")
        ours, theirs = (
            starts.get_group(start)[judging.SUMS].to_numpy() for start in ("synthetic", "nothing")
        )
        for metric, statistic in judging.POOLED.items():
            change = pooled_difference(ours, theirs, statistic, seed)
            who = {"predictor": name, "horizon": horizon, "metric": metric, "cases": cases}
            rows.append({**who, "difference": change.estimate, "low": change.low, "high": change.high})
    return pd.DataFrame(rows)


def draw(folder: Path) -> Figure:
    """Draw the curves of a folder from curve.csv."""
    curve = pd.read_csv(folder / "curve.csv")
    curve = curve[curve["phase"] == judging.ALL]
    names = [name for name in SHOWN if name in set(curve["predictor"])]
    figure = Figure(figsize=(6.0 * len(names), 4.2), layout="constrained")
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names))), names, strict=True):
        horizon, metric = SHOWN[name]
        rows = curve[
            (curve["predictor"] == name) & (curve["horizon"] == horizon) & (curve["metric"] == metric)
        ]
        for start, colour in COLOURS.items():
            own = rows[rows["start"] == start].sort_values("cases")
            axes.plot(own["cases"], own["estimate"], "o-", color=colour, label=f"from {start}")
            axes.fill_between(own["cases"], own["low"], own["high"], color=colour, alpha=0.15, linewidth=0)
        sizes = sorted(set(rows["cases"]))
        ticks = [
            size for size, larger in zip(sizes, [*sizes[1:], np.inf], strict=True) if larger > 1.3 * size
        ]
        axes.set_xscale("log")
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        when = f"{horizon // 60} min ahead" if horizon else "index now, doses alone"
        axes.set(xlabel="recorded training cases", ylabel=metric, title=f"{name}: {when}")
        axes.legend(frameon=False)
    return figure


def _part(train: DepthCases, size: int, seed: int) -> DepthCases:
    """Return the first `size` cases of an order drawn once."""
    order = np.random.default_rng(seed).permutation(train.count)
    return train.select(np.sort(order[:size]))


def _start(config: Curve, name: str) -> Weights:
    """Return synthetic weights. Raises ValueError if recorded subjects are in them."""
    found = load(name if config.weights is None else config.weights / f"{name}.safetensors", name)
    if contenders.seen([found]):
        raise ValueError(f"weights: {found.path} have seen recorded subjects; synthetic ones are needed")
    return found


if __name__ == "__main__":
    run(main, Curve)
