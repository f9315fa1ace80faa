"""Harm: awareness, too deep, too low a pressure, and an index that a loop sets swinging."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import SPELL, count, longest
from sim.signals import cycles
from sim.surgery import EMERGENCE
from sim.theatre.trace import Trace
from sim.units import SECONDS_PER_MINUTE


def aware(trace: Trace) -> np.ndarray:
    """Return where a patient is stimulated before emergence while conscious with BIS > 60, (samples, patients)."""
    operated = (trace.stimulus > 0.0) & (trace.phase < EMERGENCE)
    return operated & (trace.conscious > 0.5) & (trace.bis > 60.0)


def cycling(index: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return seconds in limit cycles, see `sim.signals.cycles`, (patients,)."""
    swings = cycles.still(index[0])
    for sample, moment in zip(index, time, strict=True):
        swings = cycles.watched(swings, sample, float(moment))
    return swings.lasted


def safety(case: Judged) -> Values:
    """Return seconds stimulated before emergence while conscious with BIS > 60 (a minute on end?), below BIS 20, and
    below a MAP of 55; minutes of maintenance in limit cycles (any?).
    """
    trace, period = case.trace, case.windows.period
    awareness = aware(trace)
    cycled = cycling(np.where(case.windows.maintenance, trace.bis, np.nan), trace.time)
    return {
        "awareness_s": count(awareness) * period,
        "awareness_spell": np.where(longest(awareness) * period >= SPELL, 1.0, 0.0),
        "bis_below_20_s": count(trace.bis < 20.0) * period,
        "map_below_55_s": count(trace.mean_arterial_pressure < 55.0) * period,
        "limit_cycle": np.where(cycled > 0.0, 1.0, 0.0),
        "limit_cycle_min": cycled / SECONDS_PER_MINUTE,
    }


SAFETY = Measure(
    {
        "awareness_s": Metric("Stimulated while conscious and BIS > 60", "s", "lower"),
        "awareness_spell": Metric("Case with 60 s of that on end", "0/1", "lower"),
        "bis_below_20_s": Metric("Below BIS 20", "s", "lower"),
        "map_below_55_s": Metric("Below MAP 55 mmHg", "s", "lower"),
        "limit_cycle": Metric("Case with a limit cycle of the index", "0/1", "lower"),
        "limit_cycle_min": Metric("In a limit cycle of the index", "min", "lower"),
    },
    safety,
)
