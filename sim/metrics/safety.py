"""Harm: awareness, too deep, too low a pressure, and an index that a loop sets swinging."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import SPELL, count, longest
from sim.signals.cycles import Cycle, cycling
from sim.surgery import EMERGENCE
from sim.theatre.trace import Trace
from sim.units import SECONDS_PER_MINUTE

SWINGING = Cycle(
    amplitude=7.5, smoothing=1.0
)  # 15 from peak to trough; the true index needs no smoothing (choice)


def aware(trace: Trace) -> np.ndarray:
    """Return where a patient is stimulated before emergence while conscious with BIS > 60, (samples, patients)."""
    operated = (trace.stimulus > 0.0) & (trace.phase < EMERGENCE)
    return operated & (trace.conscious > 0.5) & (trace.bis > 60.0)


def safety(case: Judged) -> Values:
    """Return seconds stimulated before emergence while conscious with BIS > 60 (a minute on end?), below BIS 20
    (any?) and below a MAP of 55 (a minute on end?); minutes of maintenance in limit cycles, from their third on (any?).
    """
    trace, period = case.trace, case.windows.period
    awareness = aware(trace)
    too_deep, too_low = trace.bis < 20.0, trace.mean_arterial_pressure < 55.0
    window = case.windows.maintenance
    cycled = count(window & cycling(np.where(window, trace.bis, np.nan), period, SWINGING)) * period
    return {
        "awareness_s": count(awareness) * period,
        "awareness_spell": np.where(longest(awareness) * period >= SPELL, 1.0, 0.0),
        "bis_below_20_s": count(too_deep) * period,
        "bis_below_20": np.where(too_deep.any(axis=0), 1.0, 0.0),
        "map_below_55_s": count(too_low) * period,
        "map_below_55_spell": np.where(longest(too_low) * period >= SPELL, 1.0, 0.0),
        "limit_cycle": np.where(cycled > 0.0, 1.0, 0.0),
        "limit_cycle_min": cycled / SECONDS_PER_MINUTE,
    }


SAFETY = Measure(
    {
        "awareness_s": Metric("Stimulated while conscious and BIS > 60", "s", "lower"),
        "awareness_spell": Metric("Case with 60 s of that on end", "0/1", "lower"),
        "bis_below_20_s": Metric("Below BIS 20", "s", "lower"),
        "bis_below_20": Metric("Case with BIS below 20", "0/1", "lower"),
        "map_below_55_s": Metric("Below MAP 55 mmHg", "s", "lower"),
        "map_below_55_spell": Metric("Case with 60 s below MAP 55 mmHg on end", "0/1", "lower"),
        "limit_cycle": Metric("Case with a limit cycle of the index", "0/1", "lower"),
        "limit_cycle_min": Metric("In a limit cycle of the index", "min", "lower"),
    },
    safety,
)
