"""What a card says beside scores, under the headings of TRIPOD+AI (Collins GS, BMJ 2024;385:e078378)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from predictors.risk.hypotension.trends import FEATURES, JUMP, PLAUSIBLE

HORIZON = 600  # s, that cards show calibration, decisions and groups of
OUTCOME = (
    "A mean arterial pressure below 65 mmHg for a minute or more that begins within the horizon, asked every 30 s while"
    " a pressure is shown and is not below 65 mmHg already; moments of whose minutes to come less than 80 % is known do"
    " not count."
)
SHOWN = (
    f"{FEATURES} numbers of the trends of pressure and heart rate, doses of propofol and remifentanil, time, phase and"
    " person. A missing pressure is bridged by the last one for a minute; after that nothing is said. Pressures outside"
    f" {PLAUSIBLE[0]:g}-{PLAUSIBLE[1]:g} mmHg, or more than {JUMP:g} mmHg off the past median, do not count."
)


def sheet(folder: Path, name: str) -> list[str]:
    """Return lines of Markdown on a predictor, from the tables of a validation's folder."""

    def rows(table: str) -> pd.DataFrame:
        found = pd.read_csv(folder / f"{table}.csv")
        if "predictor" in found:
            found = found[found["predictor"].str.split(" ").str[0] == name]
        return found

    def within(table: str) -> pd.DataFrame:
        return rows(table)[rows(table)["horizon"] == HORIZON]

    minutes = f"within {HORIZON // 60} min"
    return [
        *_part("Participants", rows("people"), ("group", "value")),
        *_part(
            "Outcome and prevalence",
            rows("prevalence"),
            ("horizon", "subset", "moments", "prevalence"),
            OUTCOME,
        ),
        *_text("Predictors and missing data", SHOWN),
        *_part(f"Performance: calibration, {minutes}", within("calibration"), ("tenth", "said", "came")),
        *_part(
            f"Performance: decision curve, {minutes}",
            within("decision"),
            ("threshold", "net_benefit", "of_all"),
            "True less false alarms a moment, a false one worth the threshold's odds; `of_all`: who always acts.",
        ),
        *_part(
            "Performance: one alarm an hour",
            rows("alarms"),
            ("horizon", "threshold", "alarms_per_hour", "ppv", "sensitivity"),
        ),
        *_part(
            f"Fairness: subgroups, AUROC {minutes}",
            within("subgroups"),
            ("group", "subjects", "events", "estimate", "low", "high"),
        ),
    ]


def _text(title: str, said: str) -> list[str]:
    return [f"### {title}", "", said, ""]


def _part(title: str, table: pd.DataFrame, columns: tuple[str, ...], said: str = "") -> list[str]:
    lines = [f"### {title}", "", *([said, ""] if said else [])]
    lines += [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(_cell(row[name]) for name in columns)} |" for row in table.to_dict("records")]
    return [*lines, ""]


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
