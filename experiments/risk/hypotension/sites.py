"""Simulated operations whose pressure falls: made of physiology, or of steps as recorded pressures took."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from experiments.recorded.recordings import clean_pressure
from experiments.risk.hypotension.steps import Steps
from experiments.sites.depth import RECORDED, WANDERING
from experiments.sites.simulated import Site
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL, readings
from predictors.risk.hypotension import trends
from predictors.risk.hypotension.events import with_labels
from sim.arrays import Array, take
from sim.randomness import case_keys, normals, uniforms
from sim.registry import Registry

SLOWEST = 55.0  # mmHg; cases begin above (choice)


@dataclass(frozen=True)
class PressureSite:
    """Cases of a site of depth predictors, with the labels of hypotension.

    Attributes:
        name: as in the registry.
        description: in a line.
        base: where patients, surgery, clinicians and doses come from.
        steps: whether the pressure is replaced by one that steps as recorded ones did.
    """

    name: str
    description: str
    base: Site
    steps: bool = False

    def cases(self, count: int, seed: int) -> Cases:
        """Return cases; case k of a seed is always the same. Raises ValueError without any."""
        cases = self.base.cases(count, seed)
        if self.steps:
            keys = case_keys(seed, np.arange(count))
            cases = cases.with_signals(
                pressure=replace(cases.signals["pressure"], values=stepped(cases, keys))
            )
        names = np.array([f"{self.name} {seed} {number}" for number in range(count)])
        return with_labels(replace(cases, who=names, subject=names), clean_pressure(cases["pressure"]))


def stepped(cases: Cases, keys: Array) -> Array:
    """Return pressures, (samples, cases), that step as recorded ones did beside the doses of cases."""
    steps, shown = Steps.read(), np.isfinite(cases["pressure"])
    luck = uniforms(keys, "steps of pressure", 0, len(shown))
    mean, sd = steps.start
    now = np.maximum(mean + sd * normals(keys, "first pressure", 0, 1)[0], SLOWEST)
    memory, out = trends.begin(cases.person), np.full(shown.shape, np.nan)
    batch = np.arange(cases.count)
    for sample, running, left, seen in readings(cases):
        if left:
            kept = np.flatnonzero(np.isin(batch, running))
            memory, now, batch = take(memory, kept), now[kept], running
        there = shown[sample, running]
        out[sample, running] = np.where(there, now, np.nan)
        memory = trends.look(
            memory, replace(seen, mean_arterial_pressure=now, pressure_valid=there), INTERVAL
        )
        later = steps.next(trends.features(memory), memory.last, luck[sample, running])
        now = np.where(there, later, now)
    return out


PHYSIOLOGY = PressureSite(
    "physiology", "patients, surgery and clinicians as fitted to recorded cases", RECORDED
)
BY_LOT = PressureSite("physiology_by_lot", "the same patients, but targets are set by lot", WANDERING)
STEPPED = PressureSite(
    "stepped", "the same doses, but the pressure steps as recorded ones did", RECORDED, steps=True
)
PRESSURE_SITES = Registry(
    "site with hypotension",
    physiology="experiments.risk.hypotension.sites:PHYSIOLOGY",
    physiology_by_lot="experiments.risk.hypotension.sites:BY_LOT",
    stepped="experiments.risk.hypotension.sites:STEPPED",
)
"""The simulated sites whose hypotension is foreseen."""
MIX = {"stepped": 0.6, "physiology": 0.3, "physiology_by_lot": 0.1}
