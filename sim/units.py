"""The unit system, stated once.

Inside: time s, volume L, clearance L/min as published (turned once into per-second rate constants),
propofol mg, mg/s, µg/mL; remifentanil and norepinephrine µg, µg/s, ng/mL; pressure mmHg;
heart rate 1/min; BIS 0-100; weight kg; height cm; age years. Clinical units live at the boundary only.
"""

from __future__ import annotations

from sim.arrays import Array

SECONDS_PER_MINUTE = 60.0
SECONDS_PER_HOUR = 3600.0
PROPOFOL_MG_PER_ML = 20.0  # 2 % emulsion, as in the recorded pumps
REMIFENTANIL_UG_PER_ML = 20.0
NOREPINEPHRINE_UG_PER_ML = 16.0


def mg_per_kg_h(rate_mg_per_s: Array, weight_kg: Array) -> Array:
    """Propofol mg/s to mg/kg/h."""
    return rate_mg_per_s * SECONDS_PER_HOUR / weight_kg


def ug_per_kg_min(rate_ug_per_s: Array, weight_kg: Array) -> Array:
    """Remifentanil or norepinephrine µg/s to µg/kg/min."""
    return rate_ug_per_s * SECONDS_PER_MINUTE / weight_kg


def per_second(ml_per_h: Array, concentration_per_ml: Array) -> Array:
    """A pump rate in mL/h to drug per second (mg/s or µg/s, as the concentration says)."""
    return ml_per_h * concentration_per_ml / SECONDS_PER_HOUR
