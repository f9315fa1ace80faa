"""Whose circulation it is: the parameters of the hemodynamic model and their spread between patients."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Array, namespace, stack
from sim.covariates import Covariates
from sim.published import APART, STILL, Drift, Together, refuse_unknown
from sim.registry import Registry
from sim.units import SECONDS_PER_MINUTE

AROUSAL_SV, AROUSAL_HR = 0.0899, 0.121  # of Su 2023
DEVIATIONS = (
    "tpr0", "sv0", "hr0", "tpr_c50_propofol", "tpr_emax_remifentanil", "sv_slope", "hr_slope",
    "tpr_response", "hr_response",
)  # fmt: skip
STUDIED_AGE = (18.0, 70.0)  # of Su 2023
MIDDLE_AGE = 50.0  # years

C50_TPR_VARIANCE = 0.44  # of the log
EMAX_TPR_VARIANCE = 0.449  # additive
SLOPE_COVARIANCE = ((0.00868, 0.00329), (0.00329, 0.00382))  # additive; SV, HR


@dataclass(frozen=True)
class Circulation:
    """A patient's circulation, arrays of shape (patients,).

    Attributes:
        tpr0, sv0, hr0: baseline mmHg·min/mL, mL, 1/min (without the arousal of the awake patient).
        feedback: baroreflex exponent.
        tpr_emax_propofol, tpr_c50_propofol: on TPR, fraction and µg/mL.
        tpr_emax_remifentanil: on the loss of TPR, fraction (negative: loss is faster).
        sv_emax_propofol: on SV, fraction (age included).
        sv_slope, hr_slope: of remifentanil on the losses of SV and HR, per ng/mL.
        sv_interaction, hr_interaction: how propofol turns those slopes, per ng/mL.
        arousal_sv, arousal_hr: excess of the awake patient, fractions of SV0 and HR0.
        turnover, arousal_decay: rate constants of the three quantities and of that excess, 1/s.
        tpr_response, hr_response: log response of TPR and HR per point of stimulation that drugs let through.
    """

    tpr0: Array
    sv0: Array
    hr0: Array
    feedback: Array
    tpr_emax_propofol: Array
    tpr_c50_propofol: Array
    tpr_emax_remifentanil: Array
    sv_emax_propofol: Array
    sv_slope: Array
    hr_slope: Array
    sv_interaction: Array
    hr_interaction: Array
    arousal_sv: Array
    arousal_hr: Array
    turnover: Array
    arousal_decay: Array
    tpr_response: Array
    hr_response: Array

    @cached_property
    def baselines(self) -> Array:
        """Of TPR, SV and HR, (3, patients)."""
        return stack([self.tpr0, self.sv0, self.hr0])

    @cached_property
    def responses(self) -> Array:
        """Of resistance and heart rate, (2, patients)."""
        return stack([self.tpr_response, self.hr_response])

    @cached_property
    def awake_sv(self) -> Array:
        """What arousal adds to SV, mL."""
        return self.arousal_sv * self.sv0

    @cached_property
    def awake_hr(self) -> Array:
        """What arousal adds to HR, 1/min."""
        return self.arousal_hr * self.hr0

    @cached_property
    def awake_rate(self) -> Array:
        """Heart rate before any drug, 1/min."""
        return self.hr0 + self.awake_hr

    @cached_property
    def awake_pressure(self) -> Array:
        """Mean arterial pressure before any drug, mmHg."""
        return self.tpr0 * (self.sv0 + self.awake_sv) * self.awake_rate


@dataclass(frozen=True)
class CirculationModel:
    """A published parameter set; call it with covariates (and deviations) to get a `Circulation`.

    Attributes:
        description: its source, and whose circulation it is.
        tpr0, sv0, hr0, feedback, tpr_emax_propofol, hr_interaction: typical values.
        block: covariance of the logs of (TPR0, SV0, HR0).
        effect_spread: scales the published spread of drug effects.
        arousal_sv, arousal_hr: see `Circulation`.
        turnover, arousal_decay: 1/min.
        sv_ageing: log per year, of propofol's effect on SV.
        hr_ageing, tpr_ageing: log per year, of the baselines; their typical values are those of 50 years.
        tpr_response, hr_response: see `Circulation`; published models say nothing of stimuli (choice).
        response_log_sd: of both, between people (choice).
        resistance_drift, rate_drift: how TPR and HR wander within people; published models say nothing of it.
        drift_together: how those two go together.
        studied_age: years of the people it was built on.
    """

    name: str
    description: str
    tpr0: float
    sv0: float
    hr0: float
    feedback: float
    tpr_emax_propofol: float
    hr_interaction: float
    block: tuple[tuple[float, float, float], ...]
    effect_spread: float = 1.0
    arousal_sv: float = AROUSAL_SV
    arousal_hr: float = AROUSAL_HR
    turnover: float = 0.072
    arousal_decay: float = 0.067
    sv_ageing: float = 0.0333
    hr_ageing: float = 0.0
    tpr_ageing: float = 0.0
    tpr_response: float = 0.020
    hr_response: float = 0.008
    response_log_sd: float = 0.3
    resistance_drift: Drift = STILL
    rate_drift: Drift = STILL
    drift_together: Together = APART
    studied_age: tuple[float, float] = STUDIED_AGE

    def deviations(self, normals: np.ndarray) -> dict[str, np.ndarray]:
        """Turn (9, patients) standard normals into correlated deviations, by name (log or additive)."""
        base = np.linalg.cholesky(np.array(self.block)) @ normals[:3]
        slopes = np.linalg.cholesky(np.array(SLOPE_COVARIANCE)) @ normals[5:7]
        effects = [C50_TPR_VARIANCE**0.5 * normals[3], EMAX_TPR_VARIANCE**0.5 * normals[4], *slopes]
        responses = self.response_log_sd * normals[7:9]
        rows = [*base, *(self.effect_spread * effect for effect in effects), *responses]
        return dict(zip(DEVIATIONS, rows, strict=True))

    def __call__(self, person: Covariates, deviation: Mapping[str, Array] | None = None) -> Circulation:
        """Return the circulation of these people; typical unless deviations are given.

        A draw that would turn remifentanil's relaxation of the vessels into a constriction is held at none.
        """
        refuse_unknown(f"circulation model {self.name}", deviation or {}, DEVIATIONS)
        self._warn_outside(person)
        xp = namespace(person.age)
        one = xp.ones_like(person.age)
        eta = dict.fromkeys(DEVIATIONS, 0.0 * one) | dict(deviation or {})
        years = person.age - MIDDLE_AGE
        return Circulation(
            tpr0=self.tpr0 * xp.exp(eta["tpr0"] + self.tpr_ageing * years),
            sv0=self.sv0 * xp.exp(eta["sv0"]),
            hr0=self.hr0 * xp.exp(eta["hr0"] + self.hr_ageing * years),
            feedback=self.feedback * one,
            tpr_emax_propofol=self.tpr_emax_propofol * one,
            tpr_c50_propofol=3.21 * xp.exp(eta["tpr_c50_propofol"]),
            tpr_emax_remifentanil=xp.clip(-1.0 + eta["tpr_emax_remifentanil"], None, 0.0),
            sv_emax_propofol=-0.154 * xp.exp(self.sv_ageing * (person.age - 35.0)),
            sv_slope=0.0581 + eta["sv_slope"],
            hr_slope=0.0327 + eta["hr_slope"],
            sv_interaction=-0.212 * one,
            hr_interaction=self.hr_interaction * one,
            arousal_sv=self.arousal_sv * one,
            arousal_hr=self.arousal_hr * one,
            turnover=self.turnover / SECONDS_PER_MINUTE * one,
            arousal_decay=self.arousal_decay / SECONDS_PER_MINUTE * one,
            tpr_response=self.tpr_response * xp.exp(eta["tpr_response"]),
            hr_response=self.hr_response * xp.exp(eta["hr_response"]),
        )

    def _warn_outside(self, person: Covariates) -> None:
        low, high = self.studied_age
        if bool(((person.age < low) | (person.age > high)).any()):
            warnings.warn(
                f"circulation model {self.name} is used outside the people it was built on: "
                f"age {low:g} to {high:g} years",
                stacklevel=3,
            )


# Apparent awake values of the refit; the model's own baselines leave the arousal out.
_AWAKE_HR, _AWAKE_SV, _AWAKE_MAP = 74.7, 93.1, 102.0

su2023 = CirculationModel(
    "su2023",
    "Su, Br J Anaesth 2023;131:222: healthy volunteers without surgery, hypotensive at clinical doses.",
    0.0163, 82.2, 56.1, -0.661, -0.778, -0.119,
    ((0.0528, -0.0244, -0.0233), (-0.0244, 0.0328, 0.0), (-0.0233, 0.0, 0.0242)),
)  # fmt: skip
vitaldb = CirculationModel(
    "vitaldb",
    "The equations of su2023 refitted to 54 intravenous surgical cases, 17-76 years (PAS 2, 2025).",
    _AWAKE_MAP / (_AWAKE_SV * _AWAKE_HR), _AWAKE_SV / (1 + AROUSAL_SV), _AWAKE_HR / (1 + AROUSAL_HR),
    -0.50, -0.03, -0.097,
    ((0.0909, -0.0725, -0.0197), (-0.0725, 0.0926, -0.0004), (-0.0197, -0.0004, 0.0232)),
)  # fmt: skip

CIRCULATION = Registry(
    "circulation model",
    su2023="sim.pharmacodynamics.circulation:su2023",
    vitaldb="sim.pharmacodynamics.circulation:vitaldb",
    jeleazcov="sim.pharmacodynamics.effect_sites:jeleazcov",
    recorded="sim.pharmacodynamics.recorded_circulation:recorded",
)
