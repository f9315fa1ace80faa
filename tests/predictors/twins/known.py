"""Made-up records of patients who are known: an induction, a maintenance and an awakening."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from predictors.learning.watching import INTERVAL
from predictors.twins.course import effect_sites, late, response
from predictors.twins.deviates import Deviates
from predictors.twins.posterior import Model
from predictors.twins.record import Record, begun
from predictors.twins.wander import DRIFT, QUICK, Wander, read_wander
from sim.cohort import surgical_people
from sim.pharmacodynamics.hypnosis import eleveld_delay
from sim.randomness import case_keys, normals
from sim.settings import Models

MODEL = Model(Deviates(Models()), read_wander()["bis"])
SAMPLES = 240  # 40 min


QUIET = replace(
    MODEL, wander=replace(MODEL.wander, drift_sd=0.03, quick_sd=0.5)
)  # where little is unexplained


@cache
def known(patients: int, model: Model = MODEL) -> tuple[Record, np.ndarray]:
    """Return the record of patients, and their standard deviates (unknowns, patients)."""
    keys = case_keys(11, np.arange(patients))
    z = np.clip(normals(keys, "known", 0, len(MODEL.deviates.names)), -2.5, 2.5)
    person = surgical_people(keys)
    rates = np.zeros((SAMPLES, 2, patients))
    rates[6:10, 0] = 2.0 * person.weight / 40.0  # mg/s: 2 mg/kg in 40 s
    rates[10:60, 0] = 9.0 * person.weight / 3600.0
    rates[60:180, 0] = np.linspace(7.0, 4.5, 120)[:, None] * person.weight / 3600.0
    rates[6:200, 1] = 0.1 * person.weight / 60.0
    time = INTERVAL * (1.0 + np.arange(SAMPLES))[:, None] + 0.0 * person.age
    nothing = np.empty((0, patients))
    blank = Record(
        keys, person, eleveld_delay(person.age), rates, nothing, begun(MODEL.deviates.models, time)
    )
    return shown_of(blank, z, model.wander), z


def shown_of(record: Record, z: np.ndarray, wander: Wander) -> Record:
    """Return the record with the index that these individuals show, drift and noise as said."""
    patients = len(record.keys)
    chance = normals(record.keys, "known noise", 0, 3 * SAMPLES).reshape(3, SAMPLES, patients)
    kept, sd = wander.kept(INTERVAL), np.sqrt(wander.variance)
    state, path = sd[:, None] * chance[:2, 0], []
    for k in range(SAMPLES):
        state = kept[:, None] * state + (sd * np.sqrt(1.0 - kept**2))[:, None] * chance[:2, k]
        path.append(state)
    drift, quick = np.array(path)[:, DRIFT], np.array(path)[:, QUICK]
    who = MODEL.deviates.hypnosis(record.person, z)
    true = late(response(who, effect_sites(who, record.rates), record.begun + drift), record.delay)
    bis = np.clip(true + quick + wander.reading_sd * chance[2], 0.0, 100.0)
    bis[100:104, 0] = np.nan  # a gap
    return replace(record, bis=bis)


def log_requirement(record: Record, z: np.ndarray) -> np.ndarray:
    """Return the log of the rate of propofol that holds half effect, of individuals (..., unknowns, patients)."""
    logs = [MODEL.deviates.logs(one) for one in np.atleast_3d(z).reshape(-1, *z.shape[-2:])]
    return np.squeeze([one["propofol"]["cl"] + one["bis"]["c50_propofol"] for one in logs])
