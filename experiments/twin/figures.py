"""Pictures of twins, drawn from saved tables: how well they foretell, and case by case what was done and what else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.reporting.figures import BAND, COLOURS, FAINT, INK, REFERENCE, STYLE
from experiments.twin.outcome import ANAESTHETIST, FORETOLD, RECORDED

TITLES = {
    "bis": "index",
    "pressure": "mean arterial pressure, mmHg",
    "heart_rate": "heart rate, 1/min",
    "propofol": "propofol, mg/kg/h",
    "remifentanil": "remifentanil, µg/kg/min",
}
LIMITS = {
    "bis": (0.0, 100.0),
    "pressure": (30.0, 150.0),
    "heart_rate": (30.0, 130.0),
    "propofol": (0.0, 20.0),  # boluses reach beyond
    "remifentanil": (0.0, 0.5),
}
RATES = ("propofol", "remifentanil")
QUESTIONS = {"rest": "rest", "ahead": "5 min ahead", "pressure": "pressure", "heart_rate": "heart rate"}
NAMES = {"last_5_min_held": "last 5 min held", "dose_history": "dose_history (doses alone)"}


def case(folder: Path, courses: pd.DataFrame, name: str) -> Figure:
    """Draw a case: foretold and recorded, then the anaesthetist's doses and the agent's, and what follows."""
    rows = courses[courses["caseid"] == name]
    cases = pd.read_csv(folder / "cases.csv", dtype={"caseid": str})
    told = float(cases["told_min"][cases["caseid"] == name].iloc[0])
    agent = next(who for who in dict.fromkeys(rows["who"]) if who not in (RECORDED, FORETOLD, ANAESTHETIST))
    shades = {RECORDED: FAINT, FORETOLD: COLOURS[0], ANAESTHETIST: REFERENCE, agent: COLOURS[1]}
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 11.0), layout="constrained")
        axes: Sequence[Axes] = figure.subplots(6, 1, sharex=True, height_ratios=(1.5, 1, 1, 1.5, 1.2, 1.2))
        panels = [
            ("bis", (RECORDED, FORETOLD), "index: recorded, and foretold by the twin with its 80 % interval"),
            ("propofol", (RECORDED, agent), None),
            ("remifentanil", (RECORDED, agent), None),
            ("bis", (RECORDED, ANAESTHETIST, agent), "index of the twin under both"),
            ("pressure", (RECORDED, FORETOLD, agent), None),
            ("heart_rate", (RECORDED, FORETOLD, agent), None),
        ]
        for place, (signal, whose, title) in zip(axes, panels, strict=True):
            place.set_title(title or TITLES[signal])
            for who in whose:
                course = rows[(rows["signal"] == signal) & (rows["who"] == who)]
                course = course[course["time_min"] > told] if who == FORETOLD else course
                _course(place, course, who, shades[who])
            if signal == "bis":
                place.axhspan(40.0, 60.0, color=BAND, lw=0, zorder=0)
            place.set_ylim(*LIMITS[signal])
            place.axvline(told, color=INK, lw=0.7, ls=":")
            place.legend(loc="lower right", bbox_to_anchor=(1.0, 0.97), ncols=3, frameon=False, fontsize=7)
        axes[0].annotate("told ", (told, 97.0), ha="right", va="top", fontsize=7, color=INK)
        axes[-1].set_xlabel("minutes since the first propofol")
        figure.suptitle(
            f"Case {name}: bands are draws of the twin. A fitted model, not proof of what would have happened.",
            fontsize=9,
            x=0.01,
            ha="left",
        )
    return figure


def overview(folder: Path) -> Figure:
    """Draw the errors of everybody who foretells, with their intervals, and how far quantiles hold."""
    scores, calibration = (pd.read_csv(folder / f"{name}.csv") for name in ("scores", "calibration"))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 3.4), layout="constrained")
        rest, ahead, quantiles = figure.subplots(1, 3)
        for place, question, title in (
            (rest, "rest", "RMSE over the rest of the case"),
            (ahead, "ahead", "RMSE 5 min ahead of every reading"),
        ):
            found = scores[
                (scores["question"] == question) & (scores["metric"] == "RMSE") & (scores["phase"] == "all")
            ]
            for row, one in enumerate(found.to_dict("records")):
                shade = COLOURS[0] if one["predictor"] == "twin" else REFERENCE
                place.plot([one["low"], one["high"]], [row, row], color=shade, lw=1.2)
                place.plot(one["estimate"], row, "o", color=shade, ms=4)
            place.set_yticks(range(len(found)), [NAMES.get(name, name) for name in found["predictor"]])
            place.invert_yaxis()
            place.set_xlabel("index points, 95 % interval over subjects")
            place.set_title(title)
        quantiles.plot([0, 1], [0, 1], color=FAINT, lw=0.7)
        shown = calibration[calibration["predictor"].isin(["twin", "forecaster"])]
        for shade, ((asked, who), rows) in zip(
            COLOURS, shown.groupby(["question", "predictor"]), strict=False
        ):
            label = f"{who}, {QUESTIONS[str(asked)]}"
            quantiles.plot(rows["quantile"], rows["observed"], "o-", color=shade, ms=3, lw=1, label=label)
        quantiles.set_title("share of readings below a quantile")
        quantiles.set_xlabel("quantile")
        quantiles.legend(frameon=False, fontsize=7)
    return figure


def _course(place: Axes, rows: pd.DataFrame, who: str, shade: str) -> None:
    """Draw one course: what was recorded as dots (rates as a line), the rest as a line with its band."""
    minutes, middle = rows["time_min"], rows["middle"]
    if who == RECORDED and rows["signal"].iloc[0] not in RATES:
        place.plot(minutes, middle, ".", color=shade, ms=1.5, label=who, zorder=1)
        return
    label = {RECORDED: ANAESTHETIST, ANAESTHETIST: "twin under the anaesthetist's doses"}.get(who, who)
    place.plot(minutes, middle, color=REFERENCE if who == RECORDED else shade, lw=0.9, label=label, zorder=3)
    place.fill_between(minutes, rows["low"], rows["high"], color=shade, alpha=0.22, lw=0, zorder=2)
