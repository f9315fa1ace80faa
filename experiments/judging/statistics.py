"""What a table may claim: paired differences, interquartile means and tails with bootstrap intervals.

The patient is the unit throughout: every agent meets the same patients, so agents are compared patient by
patient, and it is patients that are drawn again (those without a value too), see `experiments.judging.bootstrap`.
Training seeds of one agent are one arm, and drawn again too, see `experiments.judging.arms.seeds`. After Agarwal,
NeurIPS 2021 (rliable).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from experiments.judging.arms import seeds
from experiments.judging.arms.seeds import arm
from experiments.judging.bootstrap import (
    ALL,
    MIDDLE,
    Between,
    Interval,
    finite,
    interval,
    intervals,
    quantile_mean,
)
from sim.metrics import Metric, metric_table
from sim.metrics.samples import mean

Better = Literal["lower", "higher"]

FEWER = 500  # resamples of an arm with several seeds, for hundreds of intervals
TAIL = 0.05  # share of patients in the worst tail


def interquartile_mean(values: np.ndarray) -> float:
    """Return the mean of the middle half of the patients."""
    return quantile_mean(values, *MIDDLE)


def worst_mean(values: np.ndarray, better: Better) -> float:
    """Return the mean of the worst 5 % of patients (CVaR). Rockafellar, J Risk 2000;2:21."""
    lower, upper = (1.0 - TAIL, 1.0) if better == "lower" else (0.0, TAIL)
    return quantile_mean(values, lower, upper)


def paired_difference(values: np.ndarray, reference: np.ndarray, seed: int = 0) -> Interval:
    """Return the mean of values - reference over patients who have both, (patients,) each in one order."""
    return interval(np.asarray(values, dtype=float) - np.asarray(reference, dtype=float), seed=seed)


def probability_of_improvement(
    values: np.ndarray, reference: np.ndarray, better: Better, seed: int = 0
) -> Interval:
    """Return how likely a patient does better than under the reference; ties count half."""
    return interval(_improved(values, reference, better), seed=seed)


def _improved(values: np.ndarray, reference: np.ndarray, better: Better) -> np.ndarray:
    """Return 1 where a patient does better than under the reference, 1/2 for a tie, 0, and NaN where one is missing."""
    gain = np.asarray(values, dtype=float) - np.asarray(reference, dtype=float)
    return 0.5 + 0.5 * np.sign(-gain if better == "lower" else gain)


def _by_patient(
    cases: pd.DataFrame, reference_agent: str, metrics: Sequence[str]
) -> dict[str, dict[str, np.ndarray]]:
    """Return arm -> metric -> (seeds, patients), the reference first.

    Raises:
        ValueError: naming a missing column, an agent that is not there, or a patient an agent has twice.
    """
    for column in ("agent", "patient", *metrics):
        if column not in cases.columns:
            raise ValueError(f"cases: column {column!r} is missing; agent, patient, metrics are needed")
    arms: dict[str, list[str]] = {}
    for label in dict.fromkeys(cases["agent"]):
        arms.setdefault(arm(label), []).append(label)
    if reference_agent not in arms:
        allowed = ", ".join(arms)
        raise ValueError(f"reference_agent: {reference_agent!r} is not allowed; {allowed}")
    twice = cases.duplicated(["agent", "patient"])
    if twice.any():
        agent, patient = cases.loc[twice, ["agent", "patient"]].iloc[0]
        raise ValueError(f"cases: agent {agent!r} has patient {patient} twice; one row each is allowed")
    patients = sorted(cases["patient"].unique())
    table = cases.set_index(["agent", "patient"])[list(metrics)]
    found = {}
    for name in sorted(arms, key=lambda name: name != reference_agent):
        of_seeds = [table.loc[label].reindex(patients) for label in arms[name]]
        found[name] = {
            metric: np.stack([one[metric].to_numpy(dtype=float) for one in of_seeds]) for metric in metrics
        }
    return found


def _asked(metric: Metric, values: np.ndarray, reference: np.ndarray) -> list[tuple[np.ndarray, Between]]:
    """Return what intervals are wanted of: mean, middle half, difference and improvement (missing where NaN)."""
    nowhere = np.full_like(values, np.nan)
    improved = nowhere if metric.better is None else _improved(values, reference, metric.better)
    return [(values, ALL), (values, MIDDLE), (values - reference, ALL), (improved, ALL)]


def _row(
    metric: Metric, values: np.ndarray, reference: np.ndarray, found: Sequence[Interval]
) -> dict[str, float]:
    """Describe an arm's metric, (seeds, patients), and its difference to the reference; `found` answers `_asked`."""
    mean, middle, difference, chance = found
    kept, better = finite(values), metric.better
    quartiles = np.percentile(kept, [25.0, 50.0, 75.0]) if kept.size else np.full(3, np.nan)
    return {
        "seeds": len(values),
        "n": int(np.count_nonzero(~np.isnan(values).all(axis=0))),
        **_named("mean", mean),
        "sd": float(kept.std(ddof=1)) if kept.size > 1 else float("nan"),
        "median": quartiles[1],
        "q25": quartiles[0],
        "q75": quartiles[2],
        **_named("iqm", middle),
        "worst_5_percent": worst_mean(values, better) if better else float("nan"),
        **_named("difference", difference),
        "pairs": int(np.count_nonzero(~np.isnan(values - reference).all(axis=0))),
        **_named("improvement", chance),
    }


def _named(name: str, found: Interval) -> dict[str, float]:
    """Return an interval as three columns of a table."""
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}


def summarise(
    cases: pd.DataFrame, reference_agent: str, metrics: Sequence[str] | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return one row per arm and metric, the reference first.

    Args:
        cases: one row per agent and patient: columns `agent`, `patient` and metrics of `sim.metrics.metric_table`.
        reference_agent: the arm to which differences are taken; its own are NaN.
        metrics: which; all the table knows, if not given.
        seed: of the bootstrap.

    Returns:
        Columns agent (the arm), metric, label, unit, seeds, n (patients with the metric), mean and its interval, sd,
        median, q25, q75, iqm and its interval, worst_5_percent (NaN where neither side is worse), difference and its
        interval, pairs, and improvement (probability of a better value than the reference in a patient) and its
        interval.
        A patient without the metric under either agent is no pair: read n and pairs beside every number.

    Raises:
        ValueError: on an unknown metric or agent, a missing column, a patient an agent has twice.
    """
    known = metric_table()
    names = list(metrics) if metrics is not None else [name for name in known if name in cases.columns]
    for name in names:
        if name not in known:
            raise ValueError(f"metrics: {name!r} is not allowed; {', '.join(known)}")
    table = _by_patient(cases, reference_agent, names)
    rows = []
    for agent, values in table.items():
        compared = np.nan if agent == reference_agent else 1.0
        bases = {name: compared * mean(table[reference_agent][name]) for name in names}
        asked = [(known[name], values[name], bases[name]) for name in names]
        questions = [one for metric, own, its in asked for one in _asked(metric, own, its)]
        if all(len(own) == 1 for own, _ in questions):
            found = intervals([(own[0], between) for own, between in questions], seed)
        else:
            found = [seeds.interval(own, between, seed, FEWER) for own, between in questions]
        for place, (name, (metric, own, its)) in enumerate(zip(names, asked, strict=True)):
            heading = {"agent": agent, "metric": name, "label": metric.label, "unit": metric.unit}
            rows.append({**heading, **_row(metric, own, its, found[4 * place : 4 * place + 4])})
    return pd.DataFrame(rows)
