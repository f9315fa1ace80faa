"""What a block did to patients and to whoever dosed them: measures, paired differences, courses around the incision."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.guided.needles import EXACT, NONE
from experiments.judging.bootstrap import ALL, NOTHING, interval
from sim.metrics import Metric, case_metrics, metric_table
from sim.metrics.samples import percent
from sim.surgery import EMERGENCE, INCISION
from sim.surgery.block import quality
from sim.theatre.trace import Trace
from sim.units import SECONDS_PER_MINUTE

HIGH = 100.0  # mmHg (choice)
BEFORE, AFTER = 5, 40  # min around the incision; the shortest random operation lasts 40
OF_LOOP = (
    "remifentanil_ug_per_kg_min",
    "propofol_mg_per_kg_h",
    "time_outside_40_60_percent",
    "incision_highest_bis",
    "map_below_65_percent",
    "norepinephrine_ug_per_kg",
)
OWN = {
    "off_mm": Metric("Needle off", "mm", "lower"),
    "unplaced_percent": Metric("No needle", "% of cases", "lower"),
    "blocked_percent": Metric("Blocked", "%", "higher"),
    "failed_percent": Metric("Blocked by less than half", "% of cases", "lower"),
    "map_above_100_percent": Metric(f"Time with MAP > {HIGH:g} mmHg, operated", "%", "lower"),
}


def felt(trace: Trace, weight: np.ndarray, off: np.ndarray, half: float) -> dict[str, np.ndarray]:
    """Return every measure, (patients,): of needles, `off` mm from their targets, and of what followed."""
    metrics = case_metrics(trace, weight)
    blocked = quality(off, half)
    operated = (trace.phase >= INCISION) & (trace.phase < EMERGENCE)
    return {
        "off_mm": np.where(np.isfinite(off), off, np.nan),
        "unplaced_percent": np.where(np.isfinite(off), 0.0, 100.0),
        "blocked_percent": 100.0 * blocked,
        "failed_percent": np.where(blocked < 0.5, 100.0, 0.0),
        "map_above_100_percent": percent(operated & (trace.mean_arterial_pressure > HIGH), operated),
        **{name: metrics[name] for name in OF_LOOP},
    }


def mean_of(values: np.ndarray) -> np.ndarray:
    """Return means over trainings, (patients,), of values (trainings, patients); NaN does not count."""
    there = ~np.isnan(values)
    sums = np.where(there, values, 0.0).sum(0)
    return np.divide(sums, there.sum(0), out=np.full(sums.shape, np.nan), where=there.any(0))


def effects(cases: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return one row an agent, arm and measure: mean, and paired differences to an exact block and to none, with 95 %.

    Args:
        cases: a row an agent, arm and patient.
        seed: of the bootstrap over patients.
    """
    words = {**OWN, **{name: metric_table()[name] for name in OF_LOOP}}
    rows = []
    for agent, own in cases.groupby("agent", sort=False):
        by_arm = {
            arm: part.sort_values("patient")[[*words]].to_numpy()
            for arm, part in own.groupby("arm", sort=False)
        }
        for arm, values in by_arm.items():
            for column, (name, metric) in enumerate(words.items()):
                row = {
                    "agent": agent,
                    "arm": arm,
                    "measure": name,
                    "label": metric.label,
                    "unit": metric.unit,
                }
                found = {"": interval(values[:, column], ALL, seed)}
                for prefix, other in (("exact_", EXACT), ("none_", NONE)):
                    gap = values[:, column] - by_arm[other][:, column]
                    found[prefix] = NOTHING if arm == other else interval(gap, ALL, seed)
                ends = {
                    f"{prefix}{end}": value
                    for prefix, one in found.items()
                    for end, value in zip(("mean", "low", "high"), one, strict=True)
                }
                rows.append(row | ends)
    return pd.DataFrame(rows)


def course(trace: Trace) -> pd.DataFrame:
    """Return means over patients by minute from the incision: index, pressure, mmHg, opioid, ng/mL."""
    period = float(trace.time[1] - trace.time[0])
    minutes = np.arange(-BEFORE, AFTER + 1)
    begins = np.argmax(trace.phase >= INCISION, axis=0)
    samples = begins + np.round(minutes * SECONDS_PER_MINUTE / period).astype(int)[:, None]
    there = (samples >= 0) & (samples < len(trace.time))
    signals = {
        "bis": trace.bis,
        "mean_arterial_pressure": trace.mean_arterial_pressure,
        "effect_remifentanil": trace.effect_remifentanil,
    }
    at = np.clip(samples, 0, len(trace.time) - 1)
    means = {
        name: np.nanmean(np.where(there, np.take_along_axis(signal, at, axis=0), np.nan), axis=1)
        for name, signal in signals.items()
    }
    return pd.DataFrame({"minute": minutes, **means})
