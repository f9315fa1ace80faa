"""Recorded pump rates through typical patients: how far simulated BIS and pressure lie from the recorded.

Typical patients without surgery: the scores say what demographics and doses alone explain, not how good a
patient model can be once it is fitted to somebody.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.judging.prediction_errors import median_errors
from experiments.population.view import correlation
from experiments.recorded.open_loop import follow, typical_subjects
from experiments.recorded.pumps.displays import display_errors
from experiments.recorded.pumps.tracks import LONGEST_HOLD
from experiments.recorded.recordings import (
    INTERVAL,
    LARGEST_JUMP,
    PLAUSIBLE_PRESSURE,
    TRACKS,
    Recordings,
    clean_bis,
    propofol_rate,
    read_pump_displays,
    read_vitaldb,
    remifentanil_rate,
    require_moving,
    shown_pressure,
)
from experiments.running.results import write_csv, write_figure, write_text
from predictors.learning.measures import performance_error
from sim.pharmacodynamics.hypnosis import eleveld_delay

PUMP_MODELS = {"propofol": "marsh_pump", "remifentanil": "minto"}
PUMP_LIMITS = {"propofol": 2.5, "remifentanil": 1.5}  # %, median over cases of the median absolute error
SCORES = ("MDPE", "MDAPE", "correlation", "coverage")
LABELS = {"bis": "BIS", "pressure": "mean arterial pressure, mmHg"}
EXAMPLES = (0.1, 0.35, 0.65, 0.9)  # cases drawn: quantiles of the inaccuracy of BIS

METHOD = (
    "Typical patients without surgery, from the first propofol on. Errors are",
    "(recorded - simulated) / simulated;",
    f"gaps in pump rates hold the last rate for up to {LONGEST_HOLD:g} s, then zero;",
    "BIS 0 is missing; pressures outside {:g} to {:g} mmHg or more than".format(*PLAUSIBLE_PRESSURE),
    f"{LARGEST_JUMP:g} mmHg from the median of the minute around are left out;",
    "simulated BIS is delayed by age, as the monitor's is.",
)

Values = dict[str, np.ndarray]


class Models(NamedTuple):
    """Names of the models to replay with."""

    propofol: str
    remifentanil: str
    bis: str
    circulation: str


def replay_recordings(folder: Path, out: Path, models: Models) -> None:
    """Replay the cases of a folder, score them, and write tables (csv), summary.md and figures (png).

    pumps.csv is written where the folder holds `pump_ce.parquet`, the pumps' own displays.

    Raises:
        ValueError: where the folder holds no readable recordings, nobody's index was shown after propofol, or a
            signal never moves.
    """
    recordings = read_vitaldb(folder)
    has_displays = (folder / "pump_ce.parquet").exists()
    pumps = pump_table(read_pump_displays(folder)) if has_displays else None
    measured, simulated = compare(recordings, models)
    if not np.isfinite(measured["bis"]).any():
        raise ValueError(
            f"vitaldb: no case in {folder} has both propofol and, after it, a value of {TRACKS['bis']}"
        )
    require_moving(measured, folder)
    cases = score(recordings.caseid, measured, simulated)
    write_csv(out / "cases.csv", cases)
    write_csv(out / "examples.csv", _examples(cases, measured, simulated))
    if pumps is not None:
        write_csv(out / "pumps.csv", pumps)
    write_text(out / "summary.md", markdown(cases, pumps))
    write_figure(out / "scores.png", draw_scores(out))
    write_figure(out / "examples.png", draw_examples(out))
    print(markdown(cases, pumps))


def compare(recordings: Recordings, models: Models) -> tuple[Values, Values]:
    """Return measured and simulated "bis" and "pressure", (samples, cases), from the first propofol on.

    A recorded sample is the last of its interval, so it meets the simulation at the interval's end.
    Simulated BIS is shown late by the delay that goes with the patient's age, as the monitor's is.
    """
    person = recordings.covariates
    rates = np.stack([propofol_rate(recordings), remifentanil_rate(recordings)], axis=1)
    count = len(recordings.caseid)
    kinetics = ([models.propofol] * count, [models.remifentanil] * count)
    subjects = typical_subjects(person, *kinetics, bis_model=models.bis, circulation=models.circulation)
    time = np.arange(len(rates) + 1) * INTERVAL
    course = follow(subjects, time, rates, keep=time > 0.0)
    simulated = {"bis": _late(course["bis"], eleveld_delay(person.age)), "pressure": course["map"]}
    anesthesia = np.cumsum(rates[:, 0], axis=0) > 0.0
    clean = {
        "bis": clean_bis(recordings.signals["bis"]),
        "pressure": shown_pressure(recordings),
    }
    return {name: np.where(anesthesia, signal, np.nan) for name, signal in clean.items()}, simulated


def score(caseid: np.ndarray, measured: Values, simulated: Values) -> pd.DataFrame:
    """Return one row a case: caseid and, for BIS and pressure, samples and the four `SCORES`.

    MDPE and MDAPE in %; correlation over time; coverage, the share (%) of the time between the first and the
    last sample of either signal in which there was something valid to compare with.
    """
    seen = np.isfinite(measured["bis"]) | np.isfinite(measured["pressure"])
    begun = np.cumsum(seen, axis=0) > 0
    unfinished = np.cumsum(seen[::-1], axis=0)[::-1] > 0
    duration = np.maximum((begun & unfinished).sum(axis=0), 1)
    table = pd.DataFrame({"caseid": caseid})
    for name, signal in measured.items():
        errors = median_errors(performance_error(signal, simulated[name]), caseid).set_index("record")
        errors = errors.reindex(caseid)
        table[f"{name}_samples"] = errors["samples"].fillna(0.0).astype(int).to_numpy()
        table[f"{name}_MDPE"] = errors["MDPE"].to_numpy()
        table[f"{name}_MDAPE"] = errors["MDAPE"].to_numpy()
        table[f"{name}_correlation"] = correlation(signal, simulated[name], least=1)
        table[f"{name}_coverage"] = 100.0 * np.isfinite(signal).sum(axis=0) / duration
    return table


def pump_table(recordings: Recordings) -> pd.DataFrame:
    """Return how far simulated effect sites lie from the pumps': a row a drug and case, errors in %."""
    parts = [
        display_errors(recordings, drug, model).assign(drug=drug, model=model)
        for drug, model in PUMP_MODELS.items()
    ]
    table = pd.concat(parts).rename(columns={"record": "caseid"})
    return table[["drug", "model", "caseid", "samples", "MDPE", "MDAPE"]]


def markdown(cases: pd.DataFrame, pumps: pd.DataFrame | None) -> str:
    """Return the medians and 10-90 % ranges over cases as tables."""
    lines = [
        "# Recorded cases, replayed",
        "",
        *METHOD,
        "",
        f"{len(cases)} cases; median (10–90 %) over cases.",
        "",
    ]
    lines += ["| signal | cases | MDPE % | MDAPE % | correlation | coverage % |", "|---|--:|--:|--:|--:|--:|"]
    for name in LABELS:
        scored = cases[cases[f"{name}_samples"] > 0]
        cells = [
            _range(scored[f"{name}_{measure}"], 2 if measure == "correlation" else 0) for measure in SCORES
        ]
        lines.append(f"| {LABELS[name]} | {len(scored)} | {' | '.join(cells)} |")
    if pumps is not None:
        lines += ["", "Effect site against the pumps' own displays, median absolute error of a case:", ""]
        lines += ["| drug | model | cases | median % | allowed % |", "|---|---|--:|--:|--:|"]
        for drug, rows in pumps.groupby("drug"):
            error, limit = rows["MDAPE"].median(), PUMP_LIMITS[str(drug)]
            lines.append(f"| {drug} | {PUMP_MODELS[str(drug)]} | {len(rows)} | {error:.2f} | {limit:g} |")
    return "\n".join([*lines, ""])


def draw_scores(folder: Path) -> Figure:
    """Draw how the scores spread over cases, from the saved cases.csv."""
    cases = pd.read_csv(folder / "cases.csv")
    figure = Figure(figsize=(12, 5.5), layout="constrained")
    panels = figure.subplots(2, 4)
    for row, name in enumerate(LABELS):
        for panel, measure in zip(panels[row], SCORES, strict=True):
            values = cases[f"{name}_{measure}"].dropna()
            if len(values):
                low, high = values.quantile([0.01, 0.99])
                panel.hist(values.clip(low, high), bins=40, color="tab:blue" if row == 0 else "tab:red")
                panel.axvline(values.median(), color="black", linewidth=1)
            panel.set_xlabel(measure if measure == "correlation" else f"{measure}, %")
        panels[row][0].set_ylabel(f"{LABELS[name]}\ncases")
    return figure


def draw_examples(folder: Path) -> Figure:
    """Draw recorded and simulated courses of a few cases, from the saved examples.csv."""
    table = pd.read_csv(folder / "examples.csv", dtype={"caseid": str})
    names = list(dict.fromkeys(table["caseid"]))
    figure = Figure(figsize=(12, 2.6 * max(len(names), 1)), layout="constrained")
    panels = figure.subplots(max(len(names), 1), 2, squeeze=False)
    for row, caseid in enumerate(names):
        case = table[table["caseid"] == caseid]
        for panel, name in zip(panels[row], LABELS, strict=True):
            panel.plot(case["time_s"] / 60.0, case[f"measured_{name}"], ".", markersize=2, color="0.6")
            panel.plot(case["time_s"] / 60.0, case[f"simulated_{name}"], color="tab:blue", linewidth=1)
            panel.set_ylabel(LABELS[name], fontsize=8)
            panel.set_title(f"case {caseid}", fontsize=8)
        panels[row][0].set_ylim(0, 100)
    for panel in panels[-1]:
        panel.set_xlabel("min; dots recorded, line simulated")
    return figure


def _late(signal: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Shift each case back by its delay, to the nearest sample; the first value stands in before."""
    steps = np.round(seconds / INTERVAL).astype(int)
    rows = np.maximum(np.arange(len(signal))[:, None] - steps, 0)
    return np.take_along_axis(signal, rows, axis=0)


def _examples(cases: pd.DataFrame, measured: Values, simulated: Values) -> pd.DataFrame:
    """Courses of the cases at some quantiles of BIS inaccuracy, while something was recorded."""
    scored = cases["bis_MDAPE"].dropna().sort_values()
    chosen = sorted({int(quantile * (len(scored) - 1)) for quantile in EXAMPLES}) if len(scored) else []
    parts = []
    for case in scored.index[chosen]:
        rows = np.flatnonzero(
            np.isfinite(measured["bis"][:, case]) | np.isfinite(measured["pressure"][:, case])
        )
        part = {"caseid": cases["caseid"][case], "time_s": (rows + 1) * INTERVAL}
        for name in LABELS:
            part[f"measured_{name}"] = measured[name][rows, case]
            part[f"simulated_{name}"] = simulated[name][rows, case]
        parts.append(pd.DataFrame(part))
    columns = [
        "caseid",
        "time_s",
        *(f"{kind}_{name}" for name in LABELS for kind in ("measured", "simulated")),
    ]
    return pd.concat(parts) if parts else pd.DataFrame(columns=columns)


def _range(values: pd.Series, digits: int) -> str:
    if values.isna().all():
        return "none"
    low, middle, high = values.quantile([0.1, 0.5, 0.9])
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
