"""How well is the depth of anesthesia predicted? The same tables for simulated and for recorded patients.

Two questions are kept apart: the index now, from doses and demographics alone, and the index minutes ahead, from
readings too. The folder of results holds scores.csv, by_age.csv, calibration.csv, alarms.csv, traces.csv, report.md,
page.png and tested.json (who was judged); --json writes every figure into one file. Trainings that are asked for come
first, side by side; without them, weights are only evaluated, on cases none of which they have seen.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from experiments.depth import alarms, judging, page, scores
from experiments.depth import tables as reporting
from experiments.depth.learning import LEARNERS
from experiments.judging import contenders
from experiments.judging.contenders import AHEAD, NOW, Contender
from experiments.running import trainings as jobs
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_json, write_run, write_text
from experiments.running.trainings import Regime, Request, Work
from experiments.sites import simulated as synthetic
from experiments.sites.recorded import read_cases
from predictors.depth.forecasts import expected_name, quantile_name
from predictors.learning.cases import INTERVAL, DepthCases
from predictors.learning.weights import Weights

SYNTHETIC = "synthetic"
ORACLE = "oracle"
WEIGHTS = "weights"  # folder of what is trained here
BEST_NOW = (
    "dose_history",
    "lee2018",
    "surface_refitted",
    "pump_surface",
)  # whose traces are drawn, if they are there
BEST_AHEAD = ("forecaster", "adaptive", "persistence")
TUNED = "SYNTHETIC cases; the generator was tuned to the paper (C50 of propofol x 0.65 at the site `tuned`)"


@dataclass(frozen=True)
class Validation:
    """Evaluate depth predictors, after training them where asked.

    Attributes:
        data: "synthetic", or a folder of recorded cases in VitalDB's format.
        site: of synthetic cases: tuned, shifted, untuned, recorded_like, tuned_recorded or wandering.
        patients: synthetic test cases.
        weights: shipped names, files, or folders of weights; all that is shipped if none is named.
        train: trainings to do first, side by side: synthetic, real, synthetic_then_real.
        training_data: folder of recorded cases to train on; the one of `data` by default.
        training_patients: synthetic training cases.
        training_site: of synthetic training cases; "mix" is the mix of sites that shipped weights were trained on.
        epochs: of the trainings.
        seed: of cohorts, splits, networks and resampling.
        device: of the trainings, cpu or cuda.
        workers: training processes.
        json: file for every figure.
        out: folder of the results.
    """

    data: str = SYNTHETIC
    site: str = "tuned"
    patients: int = 200
    weights: tuple[str, ...] = ()
    train: tuple[Regime, ...] = ()
    training_data: Path | None = None
    training_patients: int = 800
    training_site: str = jobs.MIX
    epochs: int = 30
    seed: int = 0
    device: str = "cpu"
    workers: int = 2
    json: Path | None = None
    out: Path = field(default_factory=lambda: Path("results/validate_bis"))


def main(config: Validation) -> None:
    """Check everything, train, evaluate, save, draw.

    Raises:
        ValueError: a bad option, weights or a folder that cannot be used; nothing has been written then.
        OSError: a missing file.
    """
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    console = Console()
    if config.patients < 2:
        raise ValueError(f"patients: {config.patients} is not allowed; 2 or more")
    if config.site not in synthetic.SITES:
        raise ValueError(f"site: {config.site!r} is not allowed; {', '.join(synthetic.SITES)}")
    synthetic.check_seed(config.seed)
    work = prepared(config)
    weights = contenders.read(config.weights) if config.weights or not config.train else []
    contenders.trained(weights)
    cases, heading = material(config)
    if work:
        weights += train(config, work, console)
    every = [*contenders.untrained(), *contenders.trained(weights)]
    cases, notes = unseen(cases, weights)
    write_run(config.out, config)
    results = evaluate(cases, every, config.seed)
    save(config, [*heading, *notes], results)
    console.print(
        (config.out / "report.md").read_text(encoding="utf-8"), markup=False, highlight=False, soft_wrap=True
    )
    console.print(f"results: {config.out}", soft_wrap=True)


def material(config: Validation) -> tuple[DepthCases, list[str]]:
    """Return the cases to be judged on, and the lines that say what they are."""
    if config.data != SYNTHETIC:
        cases, cleaning = read_cases(Path(config.data))
        return cases, ["# Depth predictors on recorded cases", "", *cleaning.lines()]
    seed = config.seed + synthetic.TEST_SEED
    cases = synthetic.simulated(config.site, config.patients, seed)
    return cases, ["# Depth predictors on simulated cases", "", f"{TUNED}; site {config.site}, seed {seed}."]


def prepared(config: Validation) -> Work | None:
    """Return the trainings asked for, checked and with their recordings; None without any."""
    if not config.train:
        return None
    data = config.training_data or (None if config.data == SYNTHETIC else Path(config.data))
    request = Request(
        config.train,
        tuple(LEARNERS),
        data,
        config.training_patients,
        config.training_site,
        config.epochs,
        seed=config.seed,
        device=config.device,
        workers=config.workers,
    )
    work = jobs.prepare(request)
    jobs.refuse_another(work, config.out / WEIGHTS)
    return work


def train(config: Validation, work: Work, console: Console) -> list[Weights]:
    """Train what was asked for; return the weights."""
    folder = config.out / WEIGHTS
    jobs.train(work, folder, console)
    return [one for regime in config.train for one in contenders.read((str(folder / regime),))]


def unseen(cases: DepthCases, weights: list[Weights]) -> tuple[DepthCases, list[str]]:
    """Return the cases of subjects that no weights have seen. Raises ValueError if nobody is left."""
    known = contenders.seen(weights)
    fresh = ~(
        np.isin(cases.subject, list(known))
        | np.isin(cases.name, list(contenders.seen(weights, "cases_seen")))
    )
    if not fresh.any():
        raise ValueError("data: every subject was seen in training; other cases are needed")
    cases = cases.select(np.flatnonzero(fresh))
    left_out = f"{int((~fresh).sum())} cases of subjects seen in training or validation are left out."
    tested = f"{cases.count} cases of {len(np.unique(cases.subject))} subjects are judged."
    return cases, ["", *([left_out] if known else []), tested]


@dataclass(frozen=True)
class Results:
    """Tables of an evaluation, and the cases it was made on."""

    scores: pd.DataFrame
    by_age: pd.DataFrame
    calibration: pd.DataFrame
    alarms: pd.DataFrame
    traces: pd.DataFrame
    naive: dict[str, float]
    tested: dict[str, list[str]]


def evaluate(cases: DepthCases, every: list[Contender], seed: int) -> Results:
    """Let every predictor watch the cases step by step, and judge them."""
    said: dict[str, dict[str, dict[str, np.ndarray]]] = {NOW: {}, AHEAD: {}}
    quiet = not sys.stderr.isatty()
    for one in track(every, "watching", console=Console(stderr=True), transient=True, disable=quiet):
        said[one.task][one.label] = contenders.answers(one, cases)
    now, ahead = said[NOW], said[AHEAD]
    level = ahead["persistence"][expected_name(60)]  # the present 30 s mean is what persistence repeats
    if cases.truth is not None:
        now = {**now, ORACLE: {"bis": cases.truth.astype(np.float32)}}
    signals = {
        label: alarms.excess(answers) if quantile_name(180, 0.1) in answers else alarms.nearness(answers)
        for label, answers in ahead.items()
    }
    naive = {
        label: scores.naive_width(cases.bis, answers["bis"], cases.scored & np.isfinite(answers["bis"]))
        for label, answers in now.items()
        if label.startswith("lee2018")
    }
    return Results(
        judging.table(cases, now, ahead, seed),
        judging.by_age(cases, now, ahead, seed),
        judging.calibration(cases, ahead),
        alarms.table(cases, level, signals, seed),
        traces(cases, now, ahead),
        naive,
        {"subjects": sorted(set(cases.subject.tolist())), "cases": cases.name.tolist()},
    )


def traces(
    cases: DepthCases, now: dict[str, dict[str, np.ndarray]], ahead: dict[str, dict[str, np.ndarray]]
) -> pd.DataFrame:
    """Return recorded and predicted courses of the patients served best, middling and worst by the best predictors."""
    best_now, best_ahead = _best(now, BEST_NOW), _best(ahead, BEST_AHEAD)
    nothing = np.full(cases.bis.shape, np.nan)
    miss = np.where(cases.scored, cases.bis - best_now["bis"], np.nan)
    error = np.sqrt(np.nanmean(miss**2, axis=0))
    order = np.argsort(error)
    late = page.AHEAD // round(INTERVAL)
    parts = []
    for rank, place in zip(page.TRACES, (0, len(order) // 2, len(order) - 1), strict=True):
        case = order[place]
        rows = np.arange(cases.first[case], cases.length[case])
        part = {"rank": rank, "case": cases.name[case], "time_s": (rows - cases.first[case] + 1) * INTERVAL}
        part |= {
            "bis": cases.bis[rows, case],
            "surface": now["nominal_surface"]["bis"][rows, case],
            "now": best_now["bis"][rows, case],
        }
        names = {"low": quantile_name(page.AHEAD, 0.1), "ahead": expected_name(page.AHEAD)}
        for column, name in {**names, "high": quantile_name(page.AHEAD, 0.9)}.items():
            earlier = rows - late
            part[column] = np.where(
                earlier >= 0, best_ahead.get(name, nothing)[np.maximum(earlier, 0), case], np.nan
            )
        parts.append(pd.DataFrame(part))
    return pd.concat(parts)


def save(config: Validation, heading: list[str], results: Results) -> None:
    """Write the tables, the report and the page of figures."""
    for name in ("scores", "by_age", "calibration", "alarms", "traces"):
        write_csv(config.out / f"{name}.csv", getattr(results, name))
    write_json(config.out / "tested.json", results.tested)
    report = reporting.markdown(heading, results.scores, results.alarms, results.naive)
    write_text(config.out / "report.md", report)
    write_figure(config.out / "page.png", page.draw(config.out))
    if config.json:
        figures = {
            name: getattr(results, name).to_dict("records")
            for name in ("scores", "by_age", "calibration", "alarms")
        }
        write_json(
            config.json, {"heading": heading, "config": config, **figures, "naive_ccc_width": results.naive}
        )


def _best(said: dict[str, dict[str, np.ndarray]], preferred: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return what the first of the preferred predictors says that is there; of its trainings, the last."""
    found = [label for name in preferred for label in reversed(said) if label.split(" ")[0] == name]
    return said[found[0]]


if __name__ == "__main__":
    run(main, Validation)
