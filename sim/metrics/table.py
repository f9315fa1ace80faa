"""How metrics read in a report: name -> label, unit, and which way is better. `sim.metrics.case` computes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """How a metric reads in a report; `better` is None where neither way is, or nearer zero is."""

    label: str
    unit: str
    better: Literal["lower", "higher"] | None


DEPTH = {
    "mdpe_percent": Metric("MDPE", "%", None),
    "mdape_percent": Metric("MDAPE", "%", "lower"),
    "wobble_percent": Metric("Wobble", "%", "lower"),
    "divergence_percent_per_h": Metric("Divergence", "%/h", None),
    "global_score": Metric("Global Score", "", "lower"),
    "time_in_40_60_percent": Metric("Time in BIS 40–60", "%", "higher"),
    "time_below_40_percent": Metric("Time below BIS 40", "%", "lower"),
    "time_above_60_percent": Metric("Time above BIS 60", "%", "lower"),
    "time_below_30_percent": Metric("Time below BIS 30", "%", "lower"),
    "time_within_5_bis_percent": Metric("Time within 5 BIS of target", "%", "higher"),
    "time_within_10_bis_percent": Metric("Time within 10 BIS of target", "%", "higher"),
    "hemmerling_excellent_percent": Metric("Time within 10 % of target", "%", "higher"),
    "hemmerling_good_percent": Metric("Time 10–20 % off target", "%", None),
    "hemmerling_poor_percent": Metric("Time 20–30 % off target", "%", "lower"),
    "hemmerling_inadequate_percent": Metric("Time over 30 % off target", "%", "lower"),
    "iae_bis_s": Metric("Integrated absolute error, maintenance", "BIS·s", "lower"),
}

METRICS = {
    **DEPTH,
    **{f"measured_{name}": replace(row, label=f"{row.label} (measured)") for name, row in DEPTH.items()},
    "measured_bis_missing_percent": Metric("Measured BIS missing", "%", None),
    "induction_to_bis_60_min": Metric("First propofol to BIS < 60", "min", "lower"),
    "induction_to_bis_55_min": Metric("First propofol to BIS < 55", "min", "lower"),
    "induction_st20_min": Metric("Settling within 10 BIS (ST20)", "min", "lower"),
    "induction_st10_min": Metric("Settling within 5 BIS (ST10)", "min", "lower"),
    "induction_nadir_bis": Metric("Lowest BIS of induction", "BIS", None),
    "induction_undershoot_bis": Metric("Undershoot of induction", "BIS", "lower"),
    "induction_below_40_s": Metric("Below BIS 40 in induction", "s", "lower"),
    "induction_iae_bis_s": Metric("Integrated absolute error, induction", "BIS·s", "lower"),
    "map_below_65_twa_mmhg": Metric("Time-weighted average MAP below 65", "mmHg", "lower"),
    "map_below_65_percent": Metric("Time with MAP < 65 mmHg", "%", "lower"),
    "map_below_60_percent": Metric("Time with MAP < 60 mmHg", "%", "lower"),
    "map_below_55_percent": Metric("Time with MAP < 55 mmHg", "%", "lower"),
    "map_below_65_longest_min": Metric("Longest spell with MAP < 65 mmHg", "min", "lower"),
    "map_below_80_of_baseline_percent": Metric("Time with MAP < 80 % of baseline", "%", "lower"),
    "map_below_90_of_baseline_percent": Metric("Time with MAP < 90 % of baseline", "%", "lower"),
    "awareness_s": Metric("Stimulated while conscious and BIS > 60", "s", "lower"),
    "awareness_spell": Metric("Case with 60 s of that on end", "0/1", "lower"),
    "bis_below_20_s": Metric("Below BIS 20", "s", "lower"),
    "recovery_to_bis_80_min": Metric("Last drug to BIS > 80", "min", "lower"),
    "recovery_to_conscious_min": Metric("Last drug to conscious", "min", "lower"),
    "propofol_mg_per_kg": Metric("Propofol", "mg/kg", None),
    "propofol_mg_per_kg_h": Metric("Propofol, maintenance", "mg/kg/h", None),
    "propofol_peak_mg_per_kg_h": Metric("Propofol, peak rate", "mg/kg/h", None),
    "propofol_variation_mg_per_kg_h": Metric("Propofol, variation of rate", "mg/kg/h", "lower"),
    "remifentanil_ug_per_kg": Metric("Remifentanil", "µg/kg", None),
    "remifentanil_ug_per_kg_min": Metric("Remifentanil, maintenance", "µg/kg/min", None),
    "remifentanil_peak_ug_per_kg_min": Metric("Remifentanil, peak rate", "µg/kg/min", None),
    "remifentanil_variation_ug_per_kg_min": Metric("Remifentanil, variation of rate", "µg/kg/min", "lower"),
    "norepinephrine_ug_per_kg": Metric("Norepinephrine", "µg/kg", "lower"),
    "order_changes_per_h": Metric("Changes of orders", "1/h", None),
}
