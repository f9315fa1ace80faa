"""How a case is judged: measures by name, and all their metrics at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.windows import windows
from sim.registry import Registry
from sim.theatre.trace import Trace

__all__ = ["MEASURES", "Judged", "Measure", "Metric", "case_metrics", "metric_table"]

MEASURES = Registry(
    "measure",
    depth="sim.metrics.depth:DEPTH",
    measured_depth="sim.metrics.measured_depth:MEASURED_DEPTH",
    induction="sim.metrics.induction:INDUCTION",
    hemodynamics="sim.metrics.hemodynamics:HEMODYNAMICS",
    safety="sim.metrics.safety:SAFETY",
    foresight="sim.metrics.foresight:FORESIGHT",
    emergence="sim.metrics.emergence:EMERGENCE",
    doses="sim.metrics.doses:DOSES",
    exposure="sim.outcomes.ward.exposures:EXPOSURE",
)


def metric_table() -> dict[str, Metric]:
    """Return every metric and how it reads. Raises ValueError where two measures declare the same one."""
    table: dict[str, Metric] = {}
    for name in MEASURES:
        for metric, row in MEASURES.get(name).table.items():
            if metric in table:
                raise ValueError(f"measure {name!r}: metric {metric!r} is declared by another measure too")
            table[metric] = row
    return table


def case_metrics(trace: Trace, weight_kg: np.ndarray, target: float = 50.0) -> Values:
    """Return every metric of `metric_table`, (patients,), NaN where a patient has none.

    Args:
        trace: the cases.
        weight_kg: (patients,) or one number.
        target: index aimed at.

    Raises:
        ValueError: on an uneven time grid, a weight or target that is not allowed, or a measure that does not
            return what it declares.
    """
    weight_kg = np.broadcast_to(np.asarray(weight_kg, dtype=float), (trace.patients,))
    if not np.all(weight_kg > 0.0):
        raise ValueError(f"weight_kg: {np.min(weight_kg):g} is not allowed; above 0")
    if not 0.0 < target < 100.0:
        raise ValueError(f"target: {target:g} is not allowed; between 0 and 100")
    case = Judged(trace, windows(trace), weight_kg, target)
    found: Values = {}
    for name in MEASURES:
        measure = MEASURES.get(name)
        values = measure.compute(case)
        _check(name, measure.table, values, trace.patients)
        found |= values
    return {metric: found[metric] for metric in metric_table()}


def _check(name: str, table: Mapping[str, Metric], values: Mapping[str, np.ndarray], patients: int) -> None:
    """Raise ValueError naming the measure and the metric that is missing, undeclared or not one number a patient."""
    for metric in table:
        if metric not in values:
            raise ValueError(f"measure {name!r}: metric {metric!r} is declared and not returned")
    for metric, value in values.items():
        if metric not in table:
            raise ValueError(f"measure {name!r}: metric {metric!r} is returned and not declared")
        if np.shape(value) != (patients,):
            raise ValueError(
                f"measure {name!r}: metric {metric!r} has shape {np.shape(value)}, which is not allowed; "
                f"{(patients,)}"
            )
