"""A twin as a patient of the simulator, and the drift that its record tells of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from predictors.learning.watching import INTERVAL
from predictors.twins.posterior import Model, left_over, shown_slope
from predictors.twins.record import Record
from predictors.twins.wander import DRIFT, prepare, smoothed, surprises
from sim import patient as physiology
from sim.patient import Patient
from sim.pharmacodynamics import CONSCIOUSNESS, TOLERANCE
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacokinetics import NOREPINEPHRINE
from sim.pharmacokinetics import compartments as pk


def patient(model: Model, record: Record, z: np.ndarray) -> Patient:
    """Return individuals, z (unknowns, patients), who do not wander by themselves and whose circulation is typical."""
    person, models = record.person, model.deviates.models
    who = model.deviates.hypnosis(person, z)
    consciousness = CONSCIOUSNESS.get("kern")
    typical = model.deviates.hypnosis(person, 0.0 * z)
    scale = who.surface.c50_propofol / typical.surface.c50_propofol  # as in `sim.cohort.individuals`
    norepinephrine = NOREPINEPHRINE.get(models.norepinephrine)(person)
    return physiology.assemble(
        person,
        pk.stack([who.propofol, who.remifentanil, norepinephrine]),
        who.surface,
        TOLERANCE.get("bouillon")(person),
        replace(consciousness, c50_propofol=consciousness.c50_propofol * scale),
        CIRCULATION.get(models.circulation)(person),
    )


def drift(model: Model, record: Record, z: np.ndarray) -> np.ndarray:
    """Return how the log sensitivity of these individuals must have drifted to show this record, (samples, patients).

    It is the patients' own, so it comes before what is shown by the delay of the index.
    """
    prepared = prepare(model.wander, shown_slope(model, record, z), record.shown)
    _, states = surprises(model.wander, prepared, left_over(model, record, z))
    shown = smoothed(model.wander, prepared, states)[:, DRIFT]
    sample = np.arange(len(shown))[:, None] + np.round(record.delay / INTERVAL).astype(int)
    return record.begun + np.take_along_axis(shown, np.minimum(sample, len(shown) - 1), axis=0)
