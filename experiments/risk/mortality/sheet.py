"""What cards of mortality say beside scores, under the headings of TRIPOD+AI (Collins GS, BMJ 2024;385:e078378)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.documenting.markdown import table
from experiments.judging.questions import Question
from experiments.judging.scores import SCORES
from experiments.risk.hypotension.usefulness import calibration, decision
from predictors.learning.cases import Cases
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import CHANNELS, MINUTES

THRESHOLDS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)  # probabilities at which somebody would act
OUTCOME = "Death within 30 days of generated people; in hospital, of recorded ones. Everybody is asked once."
SHOWN = (
    f"{len(COLUMNS)} facts and laboratory values from before surgery, by medians where they are missing, and whether"
    f" they are. A network is shown {len(CHANNELS)} channels of the last {MINUTES} min, too, by minute: a missing"
    " minute is the last one, and said to be missing. A value that nobody can have is an error."
)
TITLES = {
    "people": "Participants",
    "prevalence": "Outcome and prevalence",
    "calibration": "Performance: calibration",
    "decision": "Performance: decision curve",
    "subgroups": "Fairness: subgroups, AUROC",
}
SAID = {
    "prevalence": OUTCOME,
    "decision": "True less false alarms a person, a false one worth the threshold's odds; `of_all`: who always acts.",
}


def tables(cases: Cases, question: Question, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables by name."""
    died = question.target[question.counted]
    return {
        "people": people(cases),
        "prevalence": pd.DataFrame(
            [{"people": len(died), "deaths": int(died.sum()), "prevalence": died.mean()}]
        ),
        "calibration": calibration(question),
        "decision": decision(question, THRESHOLDS),
        "subgroups": subgroups(question, cases, seed),
    }


def people(cases: Cases) -> pd.DataFrame:
    """Return who is judged: group, value (text)."""
    rows = {"operations": f"{cases.count}", "people": f"{len(np.unique(cases.subject))}"}
    for name in (name for name in COLUMNS if name in cases.signals):
        column, values = COLUMNS[name], cases[name][0][np.isfinite(cases[name][0])]
        if set(np.unique(values)) <= {0.0, 1.0}:
            rows[f"{name}, %"] = f"{100.0 * values.mean():.0f}"
        else:
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
            unit = f", {column.unit}" if column.unit else ""
            rows[f"{name}{unit}, median (quartiles)"] = f"{middle:.3g} ({low:.3g}-{high:.3g})"
    return pd.DataFrame({"group": list(rows), "value": list(rows.values())})


def groups(cases: Cases) -> dict[str, np.ndarray]:
    """Return groups of people, name -> (cases,) bool."""
    age, female = cases["age"][0], cases["female"][0]
    found = {
        "women": female > 0.5,
        "men": female < 0.5,
        "65 years or older": age >= 65.0,
        "younger than 65 years": age < 65.0,
    }
    if "emergency" in cases.signals:
        found |= {"emergency": cases["emergency"][0] > 0.5, "planned": cases["emergency"][0] < 0.5}
    return found


def subgroups(question: Question, cases: Cases, seed: int) -> pd.DataFrame:
    """Return AUROC of those who learned: predictor, group, people, deaths, estimate, low, high."""
    score, rows = SCORES.get("AUROC"), []
    for label, values in question.predicted.items():
        for name, inside in groups(cases).items() if "(" in label else ():
            counted = question.counted & inside
            own = score.reduce(question.target, values, counted, cases.subject)
            found = score.interval(own, None, cases.subject, seed)
            who = {
                "people": len(np.unique(cases.subject[counted[0]])),
                "deaths": int(question.target[counted].sum()),
            }
            rows.append({"predictor": label, "group": name, **who, **found._asdict()})
    return pd.DataFrame(rows)


def sheet(folder: Path, name: str) -> list[str]:
    """Return lines of Markdown on a predictor, from a validation's folder."""
    lines = []
    for file, title in TITLES.items():
        rows = pd.read_csv(folder / f"{file}.csv")
        if "predictor" in rows:
            rows = rows[rows["predictor"].str.split(" ").str[0] == name]
            rows = rows.drop(columns=[one for one in ("predictor", "outcome") if one in rows])
        cells = [[_cell(value) for value in row] for row in rows.itertuples(index=False)]
        said = [SAID[file], ""] if file in SAID else []
        lines += [f"### {title}", "", *said, table(list(rows.columns), cells), ""]
    return [*lines, "### Predictors and missing data", "", SHOWN, ""]


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
