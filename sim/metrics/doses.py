"""Drug: totals, rates, and how often they changed."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import count, ratio
from sim.units import SECONDS_PER_HOUR, mg_per_kg_h, ug_per_kg_min


def doses(case: Judged) -> Values:
    """Return totals, peak rates, total variation (the first step included); mean rates and changes in maintenance."""
    trace, spans, weight_kg = case.trace, case.windows, case.weight_kg
    hours = count(spans.maintenance) * spans.period / SECONDS_PER_HOUR
    changes = np.sum(trace.order_changes, axis=0, where=spans.maintenance)

    def rates(drug: str, unit: str, rate: np.ndarray) -> Values:
        kept = np.sum(rate, axis=0, where=spans.maintenance)
        variation = np.abs(np.diff(rate, axis=0, prepend=0.0)).sum(axis=0)
        return {
            f"{drug}_{unit}": ratio(kept, count(spans.maintenance)),
            f"{drug}_peak_{unit}": rate.max(axis=0),
            f"{drug}_variation_{unit}": variation,
        }

    def total(rate: np.ndarray) -> np.ndarray:
        return rate.sum(axis=0) * spans.period / weight_kg

    return {
        "propofol_mg_per_kg": total(trace.propofol),
        "remifentanil_ug_per_kg": total(trace.remifentanil),
        "norepinephrine_ug_per_kg": total(trace.norepinephrine),
        **rates("propofol", "mg_per_kg_h", mg_per_kg_h(trace.propofol, weight_kg)),
        **rates("remifentanil", "ug_per_kg_min", ug_per_kg_min(trace.remifentanil, weight_kg)),
        "order_changes_per_h": ratio(changes, hours),
    }


DOSES = Measure(
    {
        "propofol_mg_per_kg": Metric("Propofol", "mg/kg", None),
        "propofol_mg_per_kg_h": Metric("Propofol, maintenance", "mg/kg/h", None),
        "propofol_peak_mg_per_kg_h": Metric("Propofol, peak rate", "mg/kg/h", None),
        "propofol_variation_mg_per_kg_h": Metric("Propofol, variation of rate", "mg/kg/h", "lower"),
        "remifentanil_ug_per_kg": Metric("Remifentanil", "µg/kg", None),
        "remifentanil_ug_per_kg_min": Metric("Remifentanil, maintenance", "µg/kg/min", None),
        "remifentanil_peak_ug_per_kg_min": Metric("Remifentanil, peak rate", "µg/kg/min", None),
        "remifentanil_variation_ug_per_kg_min": Metric(
            "Remifentanil, variation of rate", "µg/kg/min", "lower"
        ),
        "norepinephrine_ug_per_kg": Metric("Norepinephrine", "µg/kg", "lower"),
        "order_changes_per_h": Metric("Changes of orders", "1/h", None),
    },
    doses,
)
