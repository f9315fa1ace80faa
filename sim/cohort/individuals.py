"""Individuals with given covariates: every published spread drawn, correlations kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim import patient as physiology
from sim.covariates import Covariates
from sim.patient import Patient
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE, pressors, wander
from sim.pharmacodynamics.circulation import CIRCULATION, DEVIATIONS
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk
from sim.published import correlated
from sim.randomness import truncated_normals
from sim.settings import Models

RESPONSE_LOG_SD = 0.3  # of the index's response to stimulation between patients (choice)


def sample(person: Covariates, keys: np.ndarray, models: Models) -> Patient:
    """Return individuals with these covariates: every published spread drawn, correlations kept.

    Log deviates are truncated at ±3 SD. Sensitivity of the index and of consciousness to propofol go together.
    """
    drawn = _drawn(person, keys, models) if models.variability else physiology.typical(person, models)
    return replace(
        drawn, bis_delay=models.index_delay * drawn.bis_delay, bis_noise=models.index_noise * drawn.bis_noise
    )


def _drawn(person: Covariates, keys: np.ndarray, models: Models) -> Patient:
    kinetics = [
        _individual(registry.get(name), person, keys, f"kinetics {i}", models.spread)
        for i, (registry, name) in enumerate(
            (
                (PROPOFOL, models.propofol),
                (REMIFENTANIL, models.remifentanil),
                (NOREPINEPHRINE, models.norepinephrine),
            )
        )
    ]
    hypnosis = SURFACES.get(models.bis)
    sensitivity = _deviates(hypnosis, keys, "hypnosis", models.spread)
    consciousness = CONSCIOUSNESS.get("kern")
    scale = np.exp(sensitivity.get("c50_propofol", np.zeros(len(keys))))
    circulation = CIRCULATION.get(models.circulation)
    of_circulation = models.spread * truncated_normals(keys, "circulation", len(DEVIATIONS))
    drawn = physiology.assemble(
        person,
        pk.stack(kinetics),
        hypnosis(person, sensitivity),
        _individual(TOLERANCE.get("bouillon"), person, keys, "tolerance", models.spread),
        replace(consciousness, c50_propofol=consciousness.c50_propofol * scale),
        circulation(person, circulation.deviations(of_circulation)),
    )
    arousal = np.exp(models.spread * RESPONSE_LOG_SD * truncated_normals(keys, "responses", 1)[0])
    pressor = models.spread * truncated_normals(keys, "pressors", 1)[0]
    return replace(
        drawn,
        arousability=hypnosis.arousability * arousal,
        wander=wander.sample(
            (hypnosis.drift, circulation.resistance_drift, circulation.rate_drift),
            circulation.drift_together,
            keys,
        ),
        pressor_response=np.exp(pressors.RESPONSE_LOG_SD * pressor),
    )


def _deviates(model: Any, keys: np.ndarray, purpose: str, spread: float) -> dict[str, np.ndarray]:
    names = sorted(model.log_sd)
    z = correlated(names, model.correlation, truncated_normals(keys, purpose, max(len(names), 1)))
    return {name: spread * model.log_sd[name] * z[i] for i, name in enumerate(names)}


def _individual(model: Any, person: Covariates, keys: np.ndarray, purpose: str, spread: float) -> Any:
    return model(person, _deviates(model, keys, purpose, spread))
