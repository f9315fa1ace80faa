"""What a card says of a probability beside its area: prevalence, calibration, decision curve, alarms, and subgroups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.judging.questions import Question
from experiments.judging.scores import SCORES
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from predictors.risk.hypotension.material import EVERY
from sim.arrays import Array

TENTHS = 10
THRESHOLDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6)  # probabilities at which somebody would act
ALARMS = 1.0  # an hour, that can be borne
QUIET = 600.0  # s in which an alarm does not go off again
OLD, HEAVY = 65.0, 25.0  # years, kg/m²


def tables(cases: Cases, asked: Sequence[Question], grey: Array, seed: int) -> dict[str, pd.DataFrame]:
    """Return the tables by name; `asked` are the questions of all horizons, `grey` the moments of the grey zone."""
    return {
        "people": people(cases),
        "prevalence": pd.concat([prevalence(one, grey) for one in asked]),
        "calibration": pd.concat([calibration(one) for one in asked]),
        "decision": pd.concat([decision(one) for one in asked]),
        "alarms": pd.concat([alarms(one) for one in asked]),
        "subgroups": pd.concat([subgroups(one, cases, seed) for one in asked]),
    }


def people(cases: Cases) -> pd.DataFrame:
    """Return who is judged: group, value (text)."""
    person = cases.person
    index = person.weight / (person.height / 100.0) ** 2
    first, middle, last = np.quantile(person.age, [0.25, 0.5, 0.75])
    low, half, high = np.quantile(index, [0.25, 0.5, 0.75])
    rows = {
        "subjects": f"{len(np.unique(cases.subject))}",
        "cases": f"{cases.count}",
        "hours of record": f"{cases.length.sum() / 3600.0:.0f}",
        "women, %": f"{100.0 * np.mean(person.female > 0.5):.0f}",
        "age, years, median (quartiles)": f"{middle:.0f} ({first:.0f}-{last:.0f})",
        "body mass index, kg/m², median (quartiles)": f"{half:.1f} ({low:.1f}-{high:.1f})",
    }
    return pd.DataFrame({"group": list(rows), "value": list(rows.values())})


def prevalence(question: Question, grey: Array) -> pd.DataFrame:
    """Return moments, and the share at which hypotension is to come: horizon, subset, moments, prevalence."""
    rows = []
    for name, counted in (("all", question.counted), ("grey zone", question.counted & grey)):
        events = question.target[counted]
        share = events.mean() if len(events) else np.nan
        rows.append({**question.about, "subset": name, "moments": len(events), "prevalence": share})
    return pd.DataFrame(rows)


def calibration(question: Question) -> pd.DataFrame:
    """Return what was said and what came, in tenths of what was said: horizon, predictor, tenth, said, came."""
    came, rows = question.target[question.counted], []
    for label, values in question.predicted.items():
        said = values[question.counted]
        order = np.argsort(said, kind="stable")
        for tenth, part in enumerate(np.array_split(order, TENTHS)):
            if len(part):
                both = {"said": said[part].mean(), "came": came[part].mean()}
                rows.append({**question.about, "predictor": label, "tenth": tenth + 1, **both})
    return pd.DataFrame(rows)


def decision(question: Question, thresholds: tuple[float, ...] = THRESHOLDS) -> pd.DataFrame:
    """Return the net benefit of acting above thresholds: horizon, predictor, threshold, net_benefit, of_all.

    True less false alarms a moment, a false one worth the odds of the threshold; `of_all` of who always acts, and 0 of
    who never does. Vickers, Med Decis Making 2006;26:565.
    """
    came, rows = question.target[question.counted] > 0.5, []
    for label, values in question.predicted.items():
        said = values[question.counted]
        for threshold in thresholds:
            odds = threshold / (1.0 - threshold)
            acts = said >= threshold
            net = np.mean(acts & came) - odds * np.mean(acts & ~came)
            every = np.mean(came) - odds * np.mean(~came)
            what = {"threshold": threshold, "net_benefit": net, "of_all": every}
            rows.append({**question.about, "predictor": label, **what})
    return pd.DataFrame(rows)


def alarms(question: Question) -> pd.DataFrame:
    """Return what an alarm is worth that goes off `ALARMS` times an hour: horizon, predictor, threshold, ppv, ...

    An alarm goes off where the probability reaches the threshold, and then is quiet for ten minutes; `sensitivity` is
    the share of the moments before hypotension that lie in such ten minutes.
    """
    counted, came = question.counted, (question.target > 0.5) & question.counted
    hours = counted.sum() * EVERY * INTERVAL / 3600.0
    rows = []
    for label, values in question.predicted.items():
        said = np.where(counted, values, -1.0)[::EVERY]
        low, high = 0.0, 1.0
        for _ in range(12):  # the rate falls as the threshold rises
            middle = 0.5 * (low + high)
            raised, _ = _raised(said, middle)
            low, high = (middle, high) if raised.sum() > ALARMS * hours else (low, middle)
        raised, within = _raised(said, high)
        soon = came[::EVERY]
        rows.append(
            {
                **question.about,
                "predictor": label,
                "threshold": high,
                "alarms_per_hour": raised.sum() / max(hours, 1e-9),
                "ppv": (raised & soon).sum() / max(raised.sum(), 1),
                "sensitivity": (within & soon).sum() / max(soon.sum(), 1),
            }
        )
    return pd.DataFrame(rows)


def _raised(said: Array, threshold: float) -> tuple[Array, Array]:
    """Return where an alarm goes off, and where one did within the quiet time, (moments, cases) bool each."""
    quiet = round(QUIET / (EVERY * INTERVAL))
    raised, within = np.zeros_like(said, dtype=bool), np.zeros_like(said, dtype=bool)
    left = np.zeros(said.shape[1], dtype=int)
    for moment, row in enumerate(said):
        raised[moment] = (left == 0) & (row >= threshold)
        left = np.where(raised[moment], quiet, left)
        within[moment] = left > 0
        left = np.maximum(left - 1, 0)
    return raised, within


def subgroups(question: Question, cases: Cases, seed: int) -> pd.DataFrame:
    """Return AUROC in groups of people: horizon, predictor, group, subjects, events, estimate, ..."""
    person, score, rows = cases.person, SCORES.get("AUROC"), []
    index = person.weight / (person.height / 100.0) ** 2
    groups = {
        "women": person.female > 0.5,
        "men": person.female < 0.5,
        f"{OLD:g} years or older": person.age >= OLD,
        f"younger than {OLD:g} years": person.age < OLD,
        f"body mass index of {HEAVY:g} or more": index >= HEAVY,
        f"body mass index below {HEAVY:g}": index < HEAVY,
    }
    for label, values in question.predicted.items():
        for name, inside in groups.items():
            counted = question.counted & inside
            own = score.reduce(question.target, values, counted, cases.subject)
            found = score.interval(own, None, cases.subject, seed)
            who = {
                "subjects": len(np.unique(cases.subject[inside])),
                "events": int(question.target[counted].sum()),
            }
            rows.append({**question.about, "predictor": label, "group": name, **who, **found._asdict()})
    return pd.DataFrame(rows)
