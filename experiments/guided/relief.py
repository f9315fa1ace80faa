"""What treating pain came to: measures of each patient, paired differences, means over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import ALL, NOTHING, interval
from sim.metrics import Metric
from sim.recovery.course import Course
from sim.recovery.fentanyl import DEPRESSING
from sim.recovery.pain import MODERATE

NOBODY, ASKED, CODER = "nobody", "self-report", "as coded"  # who treats, beside fixed times and learners
ALIKE = "alike_in_pain_percent"
MEASURES = {
    "in_pain_percent": Metric(f"Time with pain {MODERATE:g} or more", "%", "lower"),
    "pain": Metric("Pain, mean", "of 10", "lower"),
    "fentanyl_ug": Metric("Fentanyl", "µg", None),
    "depressed_percent": Metric(f"Time above {DEPRESSING:g} ng/mL", "%", "lower"),
    "depressed": Metric(f"Ever above {DEPRESSING:g} ng/mL", "% of cases", "lower"),
}


def measured(course: Course) -> dict[str, np.ndarray]:
    """Return every measure, (patients,)."""
    above = course.effect > DEPRESSING
    return {
        "in_pain_percent": 100.0 * np.mean(course.pain >= MODERATE, axis=0),
        "pain": course.pain.mean(axis=0),
        "fentanyl_ug": course.given.sum(axis=0),
        "depressed_percent": 100.0 * above.mean(axis=0),
        "depressed": 100.0 * above.any(axis=0),
    }


def cases(arms: Mapping[str, Sequence[Course]], alike: Mapping[str, Sequence[Course]]) -> pd.DataFrame:
    """Return one row an arm and patient, means over trainings, and the time in pain had all been given alike.

    Args:
        arms: arm -> training.
        alike: the same, of patients who were all given what those of the arm were on average.
    """
    parts = []
    for arm, trainings in arms.items():
        every = [measured(one) for one in trainings]
        mean = {name: np.mean([one[name] for one in every], axis=0) for name in MEASURES}
        mean[ALIKE] = np.mean([measured(one)["in_pain_percent"] for one in alike[arm]], axis=0)
        parts.append(pd.DataFrame({"arm": arm, "patient": np.arange(len(mean[ALIKE])), **mean}))
    return pd.concat(parts, ignore_index=True)


def effects(cases: pd.DataFrame, reference: str, seed: int) -> pd.DataFrame:
    """Return one row an arm and measure: mean, paired difference to an arm and to the same drug for all alike.

    Intervals are of 95 %, over patients; the last difference is of the time in pain alone.
    """
    by_arm = {arm: own.sort_values("patient") for arm, own in cases.groupby("arm", sort=False)}
    rows = []
    for arm, own in by_arm.items():
        for name, metric in MEASURES.items():
            values = own[name].to_numpy()
            other = by_arm[reference][name].to_numpy()
            found = {
                "": interval(values, ALL, seed),
                "asked_": NOTHING if arm == reference else interval(values - other, ALL, seed),
                "alike_": interval(values - own[ALIKE].to_numpy(), ALL, seed)
                if name == "in_pain_percent"
                else NOTHING,
            }
            ends = {
                f"{prefix}{end}": value
                for prefix, one in found.items()
                for end, value in zip(("mean", "low", "high"), one, strict=True)
            }
            rows.append({"arm": arm, "measure": name, "label": metric.label, "unit": metric.unit, **ends})
    return pd.DataFrame(rows)


def over_time(arms: Mapping[str, Sequence[Course]]) -> pd.DataFrame:
    """Return means over patients and trainings of every arm, minute by minute: pain, and fentanyl, ng/mL."""
    parts = [
        pd.DataFrame(
            {
                "arm": arm,
                "minute": np.arange(len(trainings[0].pain)),
                "pain": np.mean([one.pain.mean(axis=1) for one in trainings], axis=0),
                "effect": np.mean([one.effect.mean(axis=1) for one in trainings], axis=0),
            }
        )
        for arm, trainings in arms.items()
    ]
    return pd.concat(parts, ignore_index=True)
