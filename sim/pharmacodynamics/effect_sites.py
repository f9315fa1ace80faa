"""A circulation without turnover or reflex: pressure falls with the drugs at effect sites of its own.

Propofol: Jeleazcov, Lavielle, Schüttler & Ihmsen, Br J Anaesth 2015;115:213 (adult volunteers): two slow effect sites,
one Emax. Remifentanil: Standing, Pediatr Anesth 2010;20:7 (infants). Numbers as Python Anesthesia Simulator 1.0 carries
them; to be verified in the papers. Emax of the mean pressure is that of the diastolic one and a third of the difference
to the systolic one. Effects multiply, as they would add up to pressures below zero, and so do stimuli, loads and blood
loss; drugs leave heart rate and stroke volume alone, of which the papers say nothing (choice).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.arrays import Array, namespace, stack
from sim.covariates import Covariates
from sim.pharmacodynamics.hemodynamics import Drive, Vitals, pressor_effect
from sim.published import APART, STILL, Drift, Together, full, individual, refuse_unknown
from sim.units import SECONDS_PER_MINUTE

EMAX_SYSTOLIC, EMAX_DIASTOLIC = 54.8, 18.1  # mmHg
EMAX = EMAX_DIASTOLIC + (EMAX_SYSTOLIC - EMAX_DIASTOLIC) / 3.0
C50, GAMMA = (1.96, 2.20), (4.77, 8.49)  # µg/mL, of the two sites of propofol
KE = (0.054, 0.0695, 0.81)  # 1/min, of these two and that of remifentanil
C50_REMIFENTANIL, GAMMA_REMIFENTANIL = 17.1, 4.56  # ng/mL
AWAKE_PRESSURE, AWAKE_RATE, AWAKE_VOLUME = 95.0, 70.0, 80.0  # mmHg, 1/min, mL (choice)
RESPONSES = (0.020, 0.008)  # log, of resistance and heart rate per point of stimulation, as of Su's (choice)
VARIES = (
    "pressure0", "hr0", "emax", "c50_first", "c50_second", "ke_first", "ke_second", "tpr_response", "hr_response",
)  # fmt: skip
# Of the logs. Emax and C50 as Python Anesthesia Simulator 1.0 has them, the larger Emax's; ke0 narrower than its 1.5,
# baselines as Su's, responses as in `sim.pharmacodynamics.circulation` (choice).
LOG_SD = (0.12, 0.155, 0.207, 0.165, 0.148, 0.5, 0.5, 0.3, 0.3)


@dataclass(frozen=True)
class EffectSites:
    """A patient's circulation, arrays of shape (patients,).

    Attributes:
        pressure0, hr0, sv0: awake, mmHg, 1/min, mL.
        emax: largest fall of the pressure under propofol, a fraction.
        c50_first, c50_second: of propofol's sites, µg/mL.
        ke_first, ke_second, ke_remifentanil: of these sites and of remifentanil's, 1/s.
        tpr_response, hr_response: see `sim.pharmacodynamics.circulation.Circulation`.
    """

    pressure0: Array
    hr0: Array
    sv0: Array
    emax: Array
    c50_first: Array
    c50_second: Array
    ke_first: Array
    ke_second: Array
    ke_remifentanil: Array
    tpr_response: Array
    hr_response: Array

    @cached_property
    def responses(self) -> Array:
        """Of resistance and heart rate, (2, patients)."""
        return stack([self.tpr_response, self.hr_response])

    @cached_property
    def ke(self) -> Array:
        """Of the three sites, (3, patients), 1/s."""
        return stack([self.ke_first, self.ke_second, self.ke_remifentanil])

    @property
    def awake_pressure(self) -> Array:
        """Mean arterial pressure before any drug, mmHg."""
        return self.pressure0

    @property
    def awake_rate(self) -> Array:
        """Heart rate before any drug, 1/min."""
        return self.hr0

    @property
    def tpr0(self) -> Array:
        """Resistance before any drug, mmHg·min/mL."""
        return self.pressure0 / (self.sv0 * self.hr0)


@dataclass(frozen=True)
class SiteState:
    """What moves: concentrations at the sites, (3, patients), µg/mL, µg/mL, ng/mL."""

    sites: Array


@dataclass(frozen=True)
class EffectSiteModel:
    """Call it with covariates (and log deviates) to get `EffectSites`.

    Attributes:
        description: its sources.
        log_sd: of the deviates.
        resistance_drift, rate_drift, drift_together: of wandering; the papers say nothing of it.
    """

    name: str
    description: str
    log_sd: Mapping[str, float] = field(default_factory=lambda: dict(zip(VARIES, LOG_SD, strict=True)))
    resistance_drift: Drift = STILL
    rate_drift: Drift = STILL
    drift_together: Together = APART

    def deviations(self, normals: np.ndarray) -> dict[str, np.ndarray]:
        """Turn (9, patients) standard normals into log deviates, by name."""
        return {name: self.log_sd[name] * row for name, row in zip(VARIES, normals, strict=True)}

    def __call__(self, person: Covariates, deviation: Mapping[str, Array] | None = None) -> EffectSites:
        """Return the circulation of these people; typical unless deviations are given."""
        refuse_unknown(f"circulation model {self.name}", deviation or {}, VARIES)
        eta = deviation or {}

        def of(name: str, typical: float) -> Array:
            return individual(full(person, typical), eta, name)

        first, second, opioid = (rate / SECONDS_PER_MINUTE for rate in KE)
        return EffectSites(
            of("pressure0", AWAKE_PRESSURE),
            of("hr0", AWAKE_RATE),
            full(person, AWAKE_VOLUME),
            namespace(person.age).clip(of("emax", EMAX / AWAKE_PRESSURE), 0.0, 0.9),
            of("c50_first", C50[0]),
            of("c50_second", C50[1]),
            of("ke_first", first),
            of("ke_second", second),
            full(person, opioid),
            of("tpr_response", RESPONSES[0]),
            of("hr_response", RESPONSES[1]),
        )


def awake(circulation: EffectSites) -> SiteState:
    """Return the undrugged state."""
    return SiteState(0.0 * circulation.ke)


def advance(circulation: EffectSites, state: SiteState, drive: Drive, seconds: float) -> SiteState:
    """Advance exactly under plasma concentrations that move straight from the beginning to the end of the step.

    Args:
        drive: each field (3, patients), at the beginning, the middle and the end of the step.
    """
    before, after = (stack([drive.propofol[i], drive.propofol[i], drive.remifentanil[i]]) for i in (0, 2))
    passed = seconds * circulation.ke
    kept = namespace(passed).exp(-passed)
    lasting = (1.0 - kept) / passed
    return SiteState(kept * state.sites + (lasting - kept) * before + (1.0 - lasting) * after)


def vital_signs(circulation: EffectSites, state: SiteState, drive: Drive) -> Vitals:
    """Return what the circulation shows, pressor included."""
    first, second = state.sites[0] / circulation.c50_first, state.sites[1] / circulation.c50_second
    dose = first ** GAMMA[0] + second ** GAMMA[1]
    opioid = (state.sites[2] / C50_REMIFENTANIL) ** GAMMA_REMIFENTANIL
    left = (1.0 - circulation.emax * dose / (1.0 + dose)) / (1.0 + opioid)
    rate, volume = circulation.hr0 * drive.hr, circulation.sv0 * drive.volume
    pressure = circulation.pressure0 * left * drive.tpr * drive.hr * drive.volume
    return Vitals(pressure + pressor_effect(drive.norepinephrine), rate, volume, volume * rate / 1000.0)


jeleazcov = EffectSiteModel(
    "jeleazcov",
    "Jeleazcov, Br J Anaesth 2015;115:213 (propofol) and Standing, Pediatr Anesth 2010;20:7: effect sites, no reflex.",
)
