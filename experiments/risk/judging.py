"""How good the answers are: scores with intervals over subjects, paired differences, spread between trainings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from experiments.judging.questions import Question, common, table
from experiments.risk.answering import Answered, Part, area, everybody
from experiments.risk.contract import PERMUTED, Printed, Probabilities, System
from sim.outcomes.people import People

ABOUT = ["variant", "n", "outcome"]


def scores(
    system: System, people: People, answers: Mapping[str, Probabilities], about: Mapping[str, Any], seed: int
) -> pd.DataFrame:
    """Return a row an outcome, predictor and metric, with differences to the baselines.

    Args:
        system: whose outcomes, metrics and baselines.
        people: who are judged.
        answers: label -> outcome -> probability.
        about: columns that say which question it is.
        seed: of the draws of subjects.
    """
    return table(questions(system, people, answers, about), {}, people.subject, seed, "people").drop(
        columns="people"
    )


def questions(
    system: System, people: People, answers: Mapping[str, Probabilities], about: Mapping[str, Any]
) -> Iterator[Question]:
    """Yield a question an outcome: over samples of which everybody says something."""
    said = everybody(people, answers)
    for name in people.outcomes:
        target = np.atleast_2d(people.outcomes[name])
        predicted = {label: np.atleast_2d(one[name]) for label, one in said.items() if name in one}
        counted = common(np.isfinite(target), predicted)
        prevalence = float(target[counted].mean())
        yield Question(
            {**about, "outcome": name, "prevalence": prevalence},
            np.nan_to_num(target),
            counted,
            {label: np.where(counted, values, 0.0) for label, values in predicted.items()},
            system.metrics,
            system.baselines,
        )


def of_parts(
    system: System, test: Mapping[str, People], found: Mapping[Part, Answered], seed: int
) -> pd.DataFrame:
    """Return the scores of all parts: intervals are of the first training, beside them the AUROC of every training.

    Args:
        system: whose.
        test: variant -> who are judged.
        found: part -> what it said.
        seed: of the draws of subjects.
    """
    asked = dict.fromkeys((part.variant, part.size) for part in found)
    tables = []
    for variant, size in sorted(asked, key=lambda one: (list(system.variants).index(one[0]), one[1])):
        own = {part: one for part, one in found.items() if (part.variant, part.size) == (variant, size)}
        first = {part.learner: one.said for part, one in own.items() if part.repeat == 0}
        rows = scores(system, test[variant], first, {"variant": variant, "n": size}, seed)
        tables.append(over_permutations(rows.assign(**_beside(system, test[variant], own, rows))))
    return pd.concat(tables, ignore_index=True)


def over_permutations(rows: pd.DataFrame) -> pd.DataFrame:
    """Return scores whose AUROC of the control is the mean over permutations, with the interval of that mean.

    A model of one permutation is right or wrong by chance, and the more so the stronger the truth is, of which
    an interval over people knows nothing. Student's t over permutations.
    """
    rows = rows.copy()
    control = (rows["predictor"] == PERMUTED) & (rows["metric"] == "AUROC")
    rows.loc[rows["predictor"] == PERMUTED, [str(name) for name in rows if "difference" in str(name)]] = (
        np.nan
    )
    for row in rows.index[control]:
        areas = np.array(rows.at[row, "areas"])
        reach = t.ppf(0.975, len(areas) - 1) * areas.std(ddof=1) / np.sqrt(len(areas))
        rows.loc[row, ["estimate", "low", "high"]] = areas.mean() + reach * np.array([0.0, -1.0, 1.0])
    return rows.drop(columns="areas")


def _beside(
    system: System, people: People, own: Mapping[Part, Answered], rows: pd.DataFrame
) -> dict[str, list[Any]]:
    """Return columns beside the scores: AUROC at home, of all trainings the lowest, the highest and each, seconds."""
    columns: dict[str, list[Any]] = {"at_home": [], "lowest": [], "highest": [], "seconds": [], "areas": []}
    for row in rows.to_dict("records"):
        answered = [one for part, one in own.items() if part.learner == row["predictor"]]
        ranked = row["metric"] == "AUROC" and bool(answered)
        outcome = row["outcome"]
        areas = (
            [area(people.outcomes[outcome], one.said[outcome]) for one in answered] if ranked else [np.nan]
        )
        columns["at_home"].append(answered[0].at_home[outcome] if ranked else np.nan)
        columns["lowest"].append(min(areas))
        columns["highest"].append(max(areas))
        columns["areas"].append(areas)
        columns["seconds"].append(answered[0].seconds if ranked else np.nan)
    return columns


def crossing(rows: pd.DataFrame, one: str, other: str) -> dict[str, int | None]:
    """Return variant -> the smallest number of people from which one predictor's AUROC stays above another's."""
    found: dict[str, int | None] = {}
    for variant, own in rows[rows["metric"] == "AUROC"].groupby("variant", sort=False):
        by = own.pivot_table(index="n", columns="predictor", values="estimate")
        if {one, other} <= set(by):
            above = (by[one] > by[other])[::-1].cumprod().astype(bool)[::-1]
            found[str(variant)] = int(above.index[above][0]) if above.any() else None
    return found


def chance_within(rows: pd.DataFrame) -> tuple[int, int]:
    """Return in how many intervals of the control's AUROC 0.5 lies, and how many there are."""
    own = rows[(rows["predictor"] == PERMUTED) & (rows["metric"] == "AUROC")]
    return int(((own["low"] <= 0.5) & (own["high"] >= 0.5)).sum()), len(own)


def printed_beside(system: System, predictor: str, outcome: str, metric: str) -> Printed | None:
    """Return the figure of the paper that stands beside a row."""
    for one in system.printed:
        if (one.predictor, one.outcome, one.score) == (predictor, outcome, metric):
            return one
    return None
