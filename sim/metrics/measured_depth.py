"""Depth in maintenance, judged by what the monitor showed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.metrics.depth import TABLE, scored
from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import percent


def measured_depth(case: Judged) -> Values:
    """Return how well the measured index was kept on target in maintenance, and how much of it is missing."""
    window, measured = case.windows.maintenance, case.trace.measured_bis
    values = {f"measured_{name}": value for name, value in scored(case, measured).items()}
    return values | {"measured_bis_missing_percent": percent(window & np.isnan(measured), window)}


MEASURED_DEPTH = Measure(
    {
        **{f"measured_{name}": replace(row, label=f"{row.label} (measured)") for name, row in TABLE.items()},
        "measured_bis_missing_percent": Metric("Measured BIS missing", "%", None),
    },
    measured_depth,
)
