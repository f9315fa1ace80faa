"""Emergence: how long after surgery patients wake, and how light and how low in pressure they were around its end."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.safety import aware
from sim.metrics.samples import count, percent, ratio
from sim.units import SECONDS_PER_MINUTE

TOO_LIGHT = 60.0  # BIS


def emergence(case: Judged) -> Values:
    """Return minutes from the end of surgery to BIS > 80 and to conscious > 0.5, who is not awake when the record ends
    (counted as awake then: a mean restricted to the record), pressure meanwhile, and how light closing was.
    """
    trace, spans = case.trace, case.windows
    window = spans.emergence
    there = window.any(axis=0)

    def waking(awake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        slept = window & ~np.logical_or.accumulate(window & awake, axis=0)
        minutes = count(slept) * spans.period / SECONDS_PER_MINUTE
        return np.where(there, minutes, np.nan), np.where(there, ~(window & awake).any(axis=0), np.nan)

    to_index, asleep = waking(trace.bis > 80.0)
    to_conscious, unconscious = waking(trace.conscious > 0.5)
    low = window & (trace.mean_arterial_pressure < 65.0)
    lacking = np.sum(65.0 - trace.mean_arterial_pressure, axis=0, where=low)
    closed = spans.closing.any(axis=0)
    light = np.max(trace.bis, axis=0, where=spans.closing, initial=TOO_LIGHT) - TOO_LIGHT
    early = count(aware(trace) & spans.closing) * spans.period
    return {
        "emergence_to_bis_80_min": to_index,
        "emergence_not_bis_80": asleep,
        "emergence_to_conscious_min": to_conscious,
        "emergence_not_conscious": unconscious,
        "emergence_map_below_65_percent": percent(low, window),
        "emergence_map_below_65_twa_mmhg": ratio(lacking, count(window)),
        "closing_overshoot_bis": np.where(closed, light, np.nan),
        "closing_awareness_s": np.where(closed, early, np.nan),
    }


EMERGENCE = Measure(
    {
        "emergence_to_bis_80_min": Metric("End of surgery to BIS > 80", "min", "lower"),
        "emergence_not_bis_80": Metric("Case without BIS > 80 by the end of the record", "0/1", "lower"),
        "emergence_to_conscious_min": Metric("End of surgery to conscious", "min", "lower"),
        "emergence_not_conscious": Metric("Case not conscious by the end of the record", "0/1", "lower"),
        "emergence_map_below_65_percent": Metric("Time with MAP < 65 mmHg in emergence", "%", "lower"),
        "emergence_map_below_65_twa_mmhg": Metric(
            "Time-weighted average MAP below 65 in emergence", "mmHg", "lower"
        ),
        "closing_overshoot_bis": Metric("Highest BIS of closing, above 60", "BIS", "lower"),
        "closing_awareness_s": Metric("Stimulated while conscious and BIS > 60 in closing", "s", "lower"),
    },
    emergence,
)
