"""The report of a comparison, Markdown: what was asked and met first, then every quantity, then what gives it away."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.population.quantities import LABELS
from experiments.population.reporting.findings import RECORDED, Findings

CAVEATS = """
Quantiles are over cases (by effect site and by minute: over all samples). Maintenance is from 15 min after the first
propofol to the last. A difference is simulated less recorded, with a 95 % interval from drawing subjects again; it is
judged by itself, not by its interval. Quantities of induction and emergence are of cases whose first propofol was seen.
Effect sites are those that pumps display (Marsh with ke0 1.2195/min, Minto). Correlation in the replay is of the
recorded index with that of typical, unstimulated people. Research only: nothing here may guide the care of a patient.
"""
COURSES = {
    "Index by effect site of propofol, µg/mL (5/50/95 % of samples)": "bis by effect site",
    "Index by minutes after the first propofol": "bis",
    "MAP by minutes after the first propofol, mmHg": "pressure",
    "Heart rate by minutes after the first propofol, 1/min": "heart_rate",
    "Heart rate above that before, 1/min": "heart_rate_rise",
}


def report(heading: list[str], findings: Findings, key: list[str]) -> str:
    """Return the report; `key` says what the unlabelled panels were."""
    tables = findings.tables
    sections: dict[str, list[str]] = {}
    if findings.verdicts:
        sections["What it must show"] = [*_summary(tables["targets"]), "", *_verdicts(tables["targets"])]
    if "areas" in tables:
        found = [*_areas(tables["areas"]), "", *_importance(tables["importance"])]
        sections["Can they be told apart?"] = found
    sections["Every quantity, by case (5/25/50/75/95 %)"] = _quantities(tables["quantities"])
    sections["Over all cases"] = _across(tables["across_cases"])
    for title, what in COURSES.items():
        sections[title] = _courses(tables["courses"][tables["courses"]["signal"] == what])
    sections["By age (5/50/95 % over cases)"] = _by_age(tables["by_age"])
    sections["Variograms: root of the semivariance (5/50/95 % over cases)"] = _variograms(
        tables["variograms"]
    )
    if key:
        sections["Look twice: key"] = key
    lines = [*heading, CAVEATS]
    for title, content in sections.items():
        lines += [f"## {title}", "", *content, ""]
    return "\n".join(lines)


def _summary(table: pd.DataFrame) -> list[str]:
    rows = table.groupby("question", sort=False)["met"].agg(["sum", "count"])
    return [
        f"- {question}: {int(row['sum'])} of {int(row['count'])} met" for question, row in rows.iterrows()
    ]


def _verdicts(table: pd.DataFrame) -> list[str]:
    lines = ["| question | figure | at | recorded | simulated | difference | allowed | met |"]
    lines += ["|---|---|---|--:|--:|--:|---|---|"]
    for _, row in table.iterrows():
        simulated, difference = number(row["simulated"]), ""
        if np.isnan(row["difference"]):
            simulated += f" [{number(row['low'])}, {number(row['high'])}]"
        else:
            difference = _interval(row["difference"], row["low"], row["high"], share="%" in row["allowed"])
        cells = [row["question"], row["quantity"], row["at"], number(row["recorded"]), simulated, difference]
        cells += [row["allowed"], "yes" if row["met"] else "**no**"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _areas(table: pd.DataFrame) -> list[str]:
    lines = [
        "Boosted trees on 10 min of maintenance, folds disjoint by subject; control: recorded halves (range of three).",
        "",
    ]
    lines += ["| tracks | AUC |", "|---|--:|"]
    return lines + [
        f"| {row['tracks']} | {row['estimate']:.3f} [{row['low']:.3f}, {row['high']:.3f}] |"
        for _, row in table.iterrows()
    ]


def _importance(table: pd.DataFrame) -> list[str]:
    lines = [
        "What gives it away. Loss: of the separation of the log odds when the feature is shuffled; alone: AUC of the",
        "feature by itself; quartiles of windows.",
        "",
    ]
    lines += ["| feature | loss | alone | recorded | simulated |", "|---|--:|--:|--:|--:|"]
    chosen = pd.concat(
        [table.head(15), table.sort_values("alone", ascending=False).head(15)]
    ).drop_duplicates("feature")
    for _, row in chosen.iterrows():
        sides = [
            "/".join(number(row[f"{side}_{q}"]) for q in ("q25", "q50", "q75"))
            for side in (RECORDED, "simulated")
        ]
        lines.append(
            f"| {row['feature']} | {row['loss']:.3f} | {row['alone']:.3f} | {sides[0]} | {sides[1]} |"
        )
    return lines


def _quantities(table: pd.DataFrame) -> list[str]:
    return _beside(table, "quantity", ("q5", "q25", "q50", "q75", "q95"), LABELS)


def _courses(table: pd.DataFrame) -> list[str]:
    lines = _beside(table, "group", ("q5", "q50", "q95"), {})
    known = table.dropna(subset="below_65_percent")
    if known.empty:
        return lines
    wide = known.pivot(index="group", columns="side", values="below_65_percent").reindex(
        known["group"].unique()
    )
    shares = "; ".join(
        f"{group} min " + " / ".join(f"{value:.0f}" for value in row[list(known["side"].unique())])
        for group, row in wide.iterrows()
    )
    return [*lines, "", f"Below 65 mmHg, % ({' / '.join(known['side'].unique())}): {shares}."]


def _by_age(table: pd.DataFrame) -> list[str]:
    named = table.assign(
        row=[f"{LABELS.get(q, q)}, {g} years" for q, g in zip(table["quantity"], table["group"], strict=True)]
    )
    return _beside(named, "row", ("q5", "q50", "q95"), {})


def _variograms(table: pd.DataFrame) -> list[str]:
    named = table.assign(
        row=[f"{s}, {m:.3g} min" for s, m in zip(table["signal"], table["minutes"], strict=True)]
    )
    return _beside(named, "row", ("q5", "q50", "q95"), {})


def _across(table: pd.DataFrame) -> list[str]:
    wide = table.pivot(index="quantity", columns="side", values="value").reindex(table["quantity"].unique())
    wide = wide[list(table["side"].unique())]
    lines = [f"| | {' | '.join(wide.columns)} |", "|---|" + "--:|" * len(wide.columns)]
    return lines + [
        f"| {LABELS.get(str(name), str(name))} | {' | '.join(number(value) for value in row)} |"
        for name, row in wide.iterrows()
    ]


def _beside(table: pd.DataFrame, rows: str, columns: tuple[str, ...], labels: dict[str, str]) -> list[str]:
    """Return a table with a column a side, quantiles as a/b/c."""
    sides = list(table["side"].unique())
    found = {
        (row[rows], row["side"]): "/".join(number(row[column]) for column in columns)
        for _, row in table.iterrows()
    }
    lines = [f"| | {' | '.join(sides)} |", "|---|" + "--:|" * len(sides)]
    for name in table[rows].unique():
        cells = " | ".join(found.get((name, side), "") for side in sides)
        lines.append(f"| {labels.get(name, name)} | {cells} |")
    return lines


def number(value: float) -> str:
    """Return a figure with three digits, a real minus, and – where there is none."""
    if not np.isfinite(value):
        return "–"
    text = f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.3g}"
    return text.replace("-", "−")


def _interval(estimate: float, low: float, high: float, share: bool) -> str:
    scale, unit = (100.0, " %") if share else (1.0, "")
    digits = 0 if share else 2 if abs(estimate) < 1.0 else 1
    texts = (f"{scale * value:+.{digits}f}".replace("-", "−") for value in (estimate, low, high))
    return "{} [{}, {}]".format(*texts) + unit
