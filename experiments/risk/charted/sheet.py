"""What a card says of those who read charts, under the headings of TRIPOD+AI (Collins GS, BMJ 2024;385:e078378)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.documenting.markdown import table
from experiments.judging.questions import Question
from experiments.judging.scores import SCORES
from experiments.risk.hypotension.usefulness import calibration, decision
from predictors.learning.cases import Cases
from sim.outcomes.channel import Channel

Groups = Mapping[str, np.ndarray]  # name -> (cases,) bool


def tables(
    cases: Cases, asked: Sequence[Question], known: Mapping[str, Channel], groups: Groups, seed: int
) -> dict[str, pd.DataFrame]:
    """Return the tables people, prevalence, calibration, decision and subgroups of questions, one an outcome."""
    return {
        "people": people(cases, known),
        "prevalence": pd.DataFrame([prevalence(one) for one in asked]),
        "calibration": pd.concat([calibration(one) for one in asked]),
        "decision": pd.concat([decision(one) for one in asked]),
        "subgroups": pd.concat([subgroups(one, cases, groups, seed) for one in asked]),
    }


def people(cases: Cases, known: Mapping[str, Channel]) -> pd.DataFrame:
    """Return who is judged: group, value (text)."""
    rows = {"stays": f"{cases.count}", "subjects": f"{len(np.unique(cases.subject))}"}
    for name, channel in known.items():
        values = cases[name][0]
        if set(np.unique(values)) <= {0.0, 1.0}:
            rows[f"{name}, %"] = f"{100.0 * values.mean():.0f}"
        else:
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
            rows[f"{name}, {channel.unit}, median (quartiles)"] = f"{middle:.0f} ({low:.0f}-{high:.0f})"
    return pd.DataFrame({"group": list(rows), "value": list(rows.values())})


def prevalence(question: Question) -> dict[str, object]:
    """Return at how many moments is asked, and the share at which the outcome comes within its horizon."""
    came = question.target[question.counted]
    return {**question.about, "moments": len(came), "prevalence": came.mean() if len(came) else np.nan}


def subgroups(question: Question, cases: Cases, groups: Groups, seed: int) -> pd.DataFrame:
    """Return AUROC of those who learned: outcome, predictor, group, subjects, events, estimate, low, high."""
    score, rows = SCORES.get("AUROC"), []
    for label, values in question.predicted.items():
        for name, inside in groups.items() if "(" in label else ():
            counted = question.counted & inside
            own = score.reduce(question.target, values, counted, cases.subject)
            found = score.interval(own, None, cases.subject, seed)
            who = {"subjects": len(np.unique(cases.subject[inside]))}
            who["events"] = int(question.target[counted].sum())
            rows.append({**question.about, "predictor": label, "group": name, **who, **found._asdict()})
    return pd.DataFrame(rows)


def sheet(folder: Path, name: str, outcome: str, shown: str) -> list[str]:
    """Return lines of Markdown on a predictor, from a validation's folder.

    Args:
        folder: of the validation.
        name: of the predictor.
        outcome, shown: what is foreseen, and from what, in sentences.
    """

    def rows(file: str) -> pd.DataFrame:
        found = pd.read_csv(folder / f"{file}.csv")
        if "predictor" in found:
            found = found[found["predictor"].str.split(" ").str[0] == name]
        return found

    sounded = rows("alarms")
    return [
        *_part("Participants", rows("people")),
        *_part("Outcome and prevalence", rows("prevalence"), outcome),
        "### Predictors and missing data",
        "",
        shown,
        "",
        *_part("Performance: calibration", rows("calibration").drop(columns="predictor")),
        *_part(
            "Performance: decision curve",
            rows("decision").drop(columns="predictor"),
            "True less false alarms a moment, a false one worth the threshold's odds; `of_all`: who always acts.",
        ),
        *(
            line
            for choice, own in sounded.groupby("choice", sort=False)
            for line in _part(f"Performance: alarms, {choice}", _alarms(own))
        ),
        *_part("Fairness: subgroups, AUROC", rows("subgroups").drop(columns="predictor")),
    ]


def _alarms(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[
        ["outcome", "threshold", "ppv_balanced", "ppv_natural", "sensitivity", "alarms_per_day", "lead_h"]
    ]


def _part(title: str, rows: pd.DataFrame, said: str = "") -> list[str]:
    cells = [
        [f"{value:.3g}" if isinstance(value, float) else str(value) for value in row]
        for row in rows.itertuples(index=False)
    ]
    return [f"### {title}", "", *([said, ""] if said else []), table(list(rows.columns), cells), ""]
