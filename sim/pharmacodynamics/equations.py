"""Whose equations move a circulation: each kind of parameters has a module with `awake`, `advance`, `vital_signs`."""

from __future__ import annotations

from typing import Any

from sim.pharmacodynamics import effect_sites, hemodynamics
from sim.pharmacodynamics.circulation import Circulation
from sim.pharmacodynamics.effect_sites import EffectSites

EQUATIONS = {Circulation: hemodynamics, EffectSites: effect_sites}


def of(circulation: Any) -> Any:
    """Return the module of a circulation."""
    return EQUATIONS[type(circulation)]
