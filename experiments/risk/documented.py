"""The tables of the page on risk models, from the small file that was kept of results."""

from __future__ import annotations

from typing import Any

import pandas as pd

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.reporting.scores import text
from experiments.risk import SYSTEMS
from experiments.risk.contract import System
from experiments.risk.page import control, gap, of_question, passed, tables

STATIC = "mortality_static"


def kidney() -> str:
    """Return kidney injury: AUROC by variant and size, then everything at the size of the paper."""
    system, rows = SYSTEMS.get("kidney"), measured.read("kidney")
    ranked = rows[rows["metric"] == "AUROC"]
    parts = []
    for variant in system.variants:
        own = ranked[ranked["variant"] == variant]
        sizes = sorted(set(own["n"]))
        known = {(row["predictor"], row["n"]): row for row in own.to_dict("records")}
        shown = [
            (name, *(text(known.get((name, size)), "AUROC") for size in sizes))
            for name in dict.fromkeys(own["predictor"])
        ]
        header = [f"`{variant}`, AUROC", *(f"n = {size:,}" for size in sizes)]
        parts.append(table(header, shown, numbers=len(sizes)))
    parts += ["\n".join(passed(system, rows)), control(rows)]
    for variant in system.variants:
        own = rows[(rows["variant"] == variant) & (rows["n"] == system.printed_size)]
        parts += [
            f"At n = {system.printed_size:,}, `{variant}`:",
            of_question(system, own, system.outcomes[0]),
        ]
    return with_origin("kidney", "\n\n".join(parts))


def mortality() -> str:
    """Return mortality on generated people, a table a variant and size, and whether the network is ahead."""
    system, parts = SYSTEMS.get("mortality"), []
    more = sorted(path.stem for path in measured.FOLDER.glob("mortality_[0-9]*.csv"))
    for name in ("mortality", *more):
        rows = measured.read(name)
        lines = [*ahead(system, rows, "multipath"), "", *tables(system, rows)]
        parts.append(with_origin(name, "\n".join(lines).strip()))
    return "\n\n".join(parts)


def ahead(system: System, rows: pd.DataFrame, name: str) -> list[str]:
    """Return whether one learner's AUROC is ahead of the baselines' by paired interval, a line a variant and size."""
    lines = []
    for row in rows[(rows["metric"] == "AUROC") & (rows["predictor"] == name)].to_dict("records"):
        said = [f"{_told(row, baseline)} {baseline}" for baseline in system.baselines]
        lines.append(f"- `{row['variant']}`, n = {row['n']:,}: {name} is {', and '.join(said)}.")
    return lines


def _told(row: dict[Any, Any], baseline: str) -> str:
    """Return in words how a difference lies: an interval beyond zero tells."""
    low, high = (row[f"difference_to_{baseline}_{end}"] for end in ("low", "high"))
    return "**ahead** of" if low > 0.0 else "**behind**" if high < 0.0 else "not to be told apart from"


def mortality_shipped() -> str:
    """Return what is shipped on others, shown all that is known and shown what a room shows."""
    parts = []
    for site, name in (("telling", "mortality_shipped"), ("room", "mortality_shipped_room")):
        rows = measured.read(name)
        known = {(row["predictor"], row["metric"]): row for row in rows.to_dict("records")}
        metrics = list(dict.fromkeys(rows["metric"]))
        shown = [
            (who, *(text(known[who, one], one) for one in metrics), gap(known[who, "AUROC"], STATIC))
            for who in dict.fromkeys(rows["predictor"])
        ]
        header = [f"`{site}`", *metrics, f"AUROC less {STATIC}"]
        parts.append(with_origin(name, table(header, shown, numbers=len(header) - 1)))
    return "\n\n".join(parts)


def mortality_recorded() -> str:
    """Return mortality on recorded people, a table an outcome."""
    system, rows = SYSTEMS.get("mortality").on_recorded(), measured.read("mortality_recorded")
    return with_origin("mortality_recorded", "\n".join(tables(system, rows)))
