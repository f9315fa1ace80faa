"""The report and the picture of a risk system, from its saved scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.judging.scores import SCORES
from experiments.reporting.figures import COLOURS
from experiments.reporting.scores import text
from experiments.reporting.tables import number, span
from experiments.risk.contract import ORACLE, PERMUTED, System
from experiments.risk.judging import chance_within, crossing, printed_beside

Row = dict[Any, Any]
ANSWERED = "Recorded people: everybody is answered for by models that learned from other subjects, in folds."
LINES = {ORACLE: "#3b3b3b", PERMUTED: "#9a9a9a"}


def report(system: System, folder: Path) -> str:
    """Return the tables of a folder as Markdown."""
    rows = pd.read_csv(folder / "scores.csv")
    told = [ANSWERED] if (rows["n"] == 0).all() else [system.caveat, "", system.quoted]
    lines = [f"# {system.title}", "", *told, "", *tables(system, rows), "", *passed(system, rows), ""]
    return "\n".join(lines)


def passed(system: System, rows: pd.DataFrame) -> list[str]:
    """Return at how many people one learner passes another, a line a variant."""
    if system.race is None or rows["n"].nunique() < 2:
        return []
    one, other = system.race
    return [
        f"- {variant}: the AUROC of {one} "
        + (
            f"stays above that of {other} from n = {size:,}."
            if size
            else f"never passes that of {other} for good."
        )
        for variant, size in crossing(rows, one, other).items()
    ]


def tables(system: System, rows: pd.DataFrame) -> list[str]:
    """Return a table a variant, size and outcome, and what is said of the negative control."""
    lines: list[str] = []
    for (variant, size, outcome), own in rows.groupby(["variant", "n", "outcome"], sort=False):
        first = own.iloc[0]
        people = f"{first['samples']} others judged" if size else f"{first['samples']} people judged in folds"
        said = f"n = {size}, " if size else ""
        lines += [
            f"**{outcome}, {variant}**: {said}{people}, {100 * first['prevalence']:.1f} % have it.",
            "",
            of_question(system, own, str(outcome)),
            "",
        ]
    if (rows["predictor"] == PERMUTED).any():
        lines.append(control(rows))
    return lines


def control(rows: pd.DataFrame) -> str:
    """Return what is said of the control."""
    held, of = chance_within(rows)
    return f"Learned from permuted labels: 0.5 lies in {held} of {of} intervals of the AUROC; by chance in 19 of 20."


def of_question(system: System, own: pd.DataFrame, outcome: str) -> str:
    """Return the table of one variant, size and outcome."""
    by = {(row["predictor"], row["metric"]): row for row in own.to_dict("records")}
    repeated = (own["highest"] > own["lowest"]).any() if "highest" in own else False
    shown = []
    for name in dict.fromkeys(own["predictor"]):
        row = by[name, "AUROC"]
        cells = [text(by[name, metric], metric) for metric in system.metrics]
        cells += [gap(row, baseline) for baseline in system.baselines]
        cells.append(number(row.get("at_home", np.nan), 3))
        if repeated:
            cells.append(_spread(row))
        shown.append((name, *cells, _printed(system, name, outcome)))
    header = [
        "predictor",
        *system.metrics,
        *(f"AUROC less {name}" for name in system.baselines),
        "AUROC at home",
    ]
    header += ["of all trainings"] if repeated else []
    return table([*header, "printed AUROC"], shown, numbers=len(header))


def gap(row: Row, baseline: str) -> str:
    """Return a paired difference to a baseline, with its interval."""
    name = f"difference_to_{baseline}"
    if name not in row or not np.isfinite(row[name]):
        return "–"
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{number(row[name], 3, sign=True)} {span(low, high, 3, sign=True)}"


def _spread(row: Row) -> str:
    if not row["highest"] > row["lowest"]:
        return "–"
    return f"{number(row['lowest'], 3)} to {number(row['highest'], 3)}"


def _printed(system: System, predictor: str, outcome: str) -> str:
    one = printed_beside(system, predictor, outcome, "AUROC")
    return "–" if one is None else f"{number(one.value, 3)} {span(one.low, one.high, 3)}".strip()


def draw(system: System, folder: Path) -> Figure:
    """Draw scores.csv: AUROC against people learned from where there are several sizes, else a row a predictor."""
    rows = pd.read_csv(folder / "scores.csv")
    own = rows[(rows["metric"] == "AUROC") & (rows["outcome"] == rows["outcome"].iloc[0])]
    variants = list(dict.fromkeys(own["variant"]))
    figure = Figure(figsize=(1.5 + 5.0 * len(variants), 4.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(variants), sharey=True, squeeze=True))
    panel = _curves if own["n"].nunique() > 1 else _bars
    for axes, variant in zip(panels, variants, strict=True):
        panel(axes, own[own["variant"] == variant], system)
        axes.set_title(variant)
    if panel is _curves:
        named = dict(zip(*panels[0].get_legend_handles_labels()[::-1], strict=True))
        figure.legend(named.values(), named, loc="outside right center", frameon=False)
    return figure


def _shades(names: list[str]) -> dict[str, str]:
    return {
        name: COLOURS[i % len(COLOURS)] for i, name in enumerate(n for n in names if n not in LINES)
    } | LINES


def _curves(axes: Axes, own: pd.DataFrame, system: System) -> None:
    shades = _shades(list(dict.fromkeys(own["predictor"])))
    for name in dict.fromkeys(own["predictor"]):
        told = own[own["predictor"] == name].sort_values("n")
        axes.plot(
            told["n"], told["estimate"], "o-", color=shades[name], label=name, markersize=3, linewidth=1.3
        )
        axes.fill_between(told["n"], told["low"], told["high"], color=shades[name], alpha=0.10, linewidth=0)
        one = printed_beside(system, name, str(own["outcome"].iloc[0]), "AUROC")
        if one is not None and system.printed_size and own["variant"].iloc[0] == next(iter(system.variants)):
            axes.plot(system.printed_size, one.value, "x", color=shades[name], markersize=7)
    sizes = sorted(set(own["n"]))
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="people learned from (crosses: as printed)", ylabel="AUROC on others")
    axes.grid(color="0.92")


def _bars(axes: Axes, own: pd.DataFrame, system: System) -> None:
    names, places = list(own["predictor"]), np.arange(len(own))
    ends = np.maximum([own["estimate"] - own["low"], own["high"] - own["estimate"]], 0.0)
    axes.errorbar(own["estimate"], places, xerr=ends, fmt="o", color=COLOURS[0], markersize=4, label="here")
    for place, name in enumerate(names):
        one = printed_beside(system, name, str(own["outcome"].iloc[0]), "AUROC")
        if one is not None:
            axes.plot(one.value, place, "x", color=COLOURS[1], label="printed")
    axes.set_yticks(places, names)
    if not axes.yaxis_inverted():
        axes.invert_yaxis()
    axes.axvline(0.5, color="0.7", linewidth=0.8)
    axes.set_xlabel(f"AUROC; {SCORES.get('AUROC').description}")
    axes.grid(axis="x", color="0.92")
