"""Blood pressure: the burden of a low one."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import SPELL, count, longest, percent, ratio
from sim.units import SECONDS_PER_MINUTE


def hemodynamics(case: Judged) -> Values:
    """Return the burden of low true MAP during anesthesia, up to emergence; the baseline is the first sample.

    The time-weighted average is ∫max(0, 65 - MAP)dt / duration. A longest spell under 1 min counts as 0.
    """
    trace, spans = case.trace, case.windows
    window = spans.anesthesia
    pressure = np.where(window, trace.mean_arterial_pressure, np.nan)
    baseline = trace.mean_arterial_pressure[0]
    low = pressure < 65.0
    spell = longest(low) * spans.period
    spell = np.where(spell >= SPELL, spell / SECONDS_PER_MINUTE, 0.0)
    return {
        "map_below_65_twa_mmhg": ratio(np.sum(65.0 - pressure, axis=0, where=low), count(window)),
        "map_below_65_percent": percent(low, window),
        "map_below_60_percent": percent(pressure < 60.0, window),
        "map_below_55_percent": percent(pressure < 55.0, window),
        "map_below_65_longest_min": np.where(window.any(axis=0), spell, np.nan),
        "map_below_80_of_baseline_percent": percent(pressure < 0.8 * baseline, window),
        "map_below_90_of_baseline_percent": percent(pressure < 0.9 * baseline, window),
    }


HEMODYNAMICS = Measure(
    {
        "map_below_65_twa_mmhg": Metric("Time-weighted average MAP below 65", "mmHg", "lower"),
        "map_below_65_percent": Metric("Time with MAP < 65 mmHg", "%", "lower"),
        "map_below_60_percent": Metric("Time with MAP < 60 mmHg", "%", "lower"),
        "map_below_55_percent": Metric("Time with MAP < 55 mmHg", "%", "lower"),
        "map_below_65_longest_min": Metric("Longest spell with MAP < 65 mmHg", "min", "lower"),
        "map_below_80_of_baseline_percent": Metric("Time with MAP < 80 % of baseline", "%", "lower"),
        "map_below_90_of_baseline_percent": Metric("Time with MAP < 90 % of baseline", "%", "lower"),
    },
    hemodynamics,
)
