"""Safety: awareness, and too deep."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import SPELL, count, longest
from sim.surgery import EMERGENCE
from sim.theatre.trace import Trace


def aware(trace: Trace) -> np.ndarray:
    """Return where a patient is stimulated before emergence while conscious with BIS > 60, (samples, patients)."""
    operated = (trace.stimulus > 0.0) & (trace.phase < EMERGENCE)
    return operated & (trace.conscious > 0.5) & (trace.bis > 60.0)


def safety(case: Judged) -> Values:
    """Return seconds stimulated before emergence while conscious with BIS > 60 (a minute on end?), and below BIS 20."""
    trace, period = case.trace, case.windows.period
    awareness = aware(trace)
    return {
        "awareness_s": count(awareness) * period,
        "awareness_spell": np.where(longest(awareness) * period >= SPELL, 1.0, 0.0),
        "bis_below_20_s": count(trace.bis < 20.0) * period,
    }


SAFETY = Measure(
    {
        "awareness_s": Metric("Stimulated while conscious and BIS > 60", "s", "lower"),
        "awareness_spell": Metric("Case with 60 s of that on end", "0/1", "lower"),
        "bis_below_20_s": Metric("Below BIS 20", "s", "lower"),
    },
    safety,
)
