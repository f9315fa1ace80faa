"""Recorded people who get their doses again in the theatre, with circulations of a population that is being fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.circulation.vital_signs import Summary, summary
from experiments.loop.playing import Attended, Playback
from experiments.population.simulated import GRID, SHORTEST
from experiments.recorded.recordings import INTERVAL, clean_heart_rate, clean_pressure
from predictors.depth.phases import first_propofol, last_propofol
from predictors.learning.cases import Cases
from sim import cohort, theatre
from sim.faults import plan as faults
from sim.patient import Patient
from sim.pharmacodynamics import wander
from sim.pharmacodynamics.circulation import DEVIATIONS, CirculationModel
from sim.published import STILL, Drift, Together
from sim.randomness import case_keys, truncated_normals
from sim.settings import Models
from sim.surgery.drawn import EARLIEST_INCISION, between
from sim.theatre import Case, Theatre
from sim.theatre.rollout import simulate

AWAKE = 120.0  # s before the first propofol
USUAL = np.array([[2220.0], [10800.0]])  # s, incision and end where they were not recorded
# Recorded windows of ten minutes differ more in how far they move than an even drift has it; .3, .4 tried (choice).
DRIFT_TAILS = 0.4
TOGETHER_SD = (
    0.26  # of Fisher's z, between people (choice; of the shown signals' changes, `tuning.monitors` finds .32)
)
STROKE, STROKE_LOG_SD = (
    93.1,
    0.3,
)  # mL awake (PAS 2, 2025), and its spread, which pressure alone does not show (choice)


@dataclass(frozen=True)
class Replay:
    """Recorded people who get their doses again, from the first propofol on.

    Attributes:
        room, case: of the theatre; the people are complete but for their circulation.
        record: its rates.
        shown: (2, samples, patients), where pressure and heart rate were recorded.
        last: (patients,), sample of the last propofol.
    """

    room: Theatre
    case: Case
    record: Playback
    shown: np.ndarray
    last: np.ndarray

    def summary(self, values: Mapping[str, float]) -> Summary:
        """Return what these parameters lead to, seen where the records saw it."""
        patient = individual(self.case.patient, population(values), self.case.keys)
        agent = Attended(self.record, values["threshold"])
        trace = simulate(self.room, replace(self.case, patient=patient), agent)
        seen = np.stack(
            [clean_pressure(trace.measured_pressure), clean_heart_rate(trace.measured_heart_rate)]
        )
        pressure, rate = np.where(self.shown, seen[:, 1:], np.nan)
        treated = 100.0 * np.mean((trace.ephedrine + trace.phenylephrine > 0.0).any(axis=0), keepdims=True)
        said = summary(pressure, rate, seen[1, :1], self.last, patient.covariates.age)
        return {**said, "treated_percent": treated}


def prepared(cases: Cases, minutes: float, seed: int) -> tuple[Summary, Replay]:
    """Return what was recorded of the cases whose start is known, and their replay from the first propofol on."""
    cases = cases.select(np.flatnonzero(cases["known_start"][0] > 0.5))
    begin = INTERVAL * first_propofol(cases)
    last = last_propofol(cases) - first_propofol(cases)
    horizon = 60.0 * minutes
    awake = cases.cut(np.maximum(begin - AWAKE, 0.0), begin)["heart_rate"]
    cut = cases.cut(begin, np.minimum(cases.length, begin + horizon))
    record = Playback.of(np.nan_to_num(cut["propofol"]), np.nan_to_num(cut["remifentanil"]))
    seen = np.full((2, round(horizon / INTERVAL), cases.count), np.nan)
    seen[:, : len(record.rates)] = cut["pressure"], cut["heart_rate"]
    keys = case_keys(seed, np.arange(cases.count))
    people = cohort.sample(cases.person, keys, Models())
    room = Theatre(orders="rates", horizon=horizon)
    surgeries = between(keys, *operations(cases, begin))
    case = theatre.admit(room, keys, people, surgeries, faults.plan((), keys, horizon))
    said = summary(seen[0], seen[1], awake, last, cases.person.age)
    treated = 100.0 * np.nanmean(cases["vasopressor"][0], keepdims=True)
    return {**said, "treated_percent": treated}, Replay(room, case, record, np.isfinite(seen), last)


def operations(cases: Cases, begin: np.ndarray) -> np.ndarray:
    """Return incision and end, (2, cases), s after `begin`; usual ones where they were not recorded."""
    recorded_times = np.stack([cases["opstart"][0], cases["opend"][0]]) - begin
    times = np.where(np.isfinite(recorded_times).all(axis=0), recorded_times, USUAL)
    incision = np.maximum(times[0], EARLIEST_INCISION)
    return GRID * np.round(np.stack([incision, np.maximum(times[1], incision + SHORTEST)]) / GRID)


def population(values: Mapping[str, float]) -> CirculationModel:
    """Return the model that these parameters make."""
    rate, pressure = values["awake_rate"], values["awake_pressure"]
    drifts = {
        part: Drift(
            np.exp(values[f"{part}_log_size"]),
            np.exp(values[f"{part}_log_seconds"]),
            values[f"{part}_size_log_sd"],
            values[f"{part}_seconds_log_sd"],
            tails=DRIFT_TAILS,
        )
        for part in ("resistance", "rate")
    }
    # Resistance makes up for the stroke, and for the rate in part, so that pressure spreads as said.
    loading = np.array(
        [
            [values["pressure_log_sd"], -STROKE_LOG_SD, -values["rate_compensated"] * values["rate_log_sd"]],
            [0.0, STROKE_LOG_SD, 0.0],
            [0.0, 0.0, values["rate_log_sd"]],
        ]
    )
    same: dict[str, Any] = {
        name: value
        for name, value in values.items()
        if name in CirculationModel.__dataclass_fields__ and name != "drift_together"
    }
    return CirculationModel(
        name="fitted",
        description="under way",
        tpr0=pressure / (STROKE * rate),
        sv0=STROKE / (1.0 + values["arousal_sv"]),
        hr0=rate / (1.0 + values["arousal_hr"]),
        block=tuple(tuple(row) for row in (loading @ loading.T).tolist()),
        turnover=np.exp(values["log_turnover"]),
        arousal_decay=np.exp(values["log_arousal_decay"]),
        tpr_response=np.exp(values["log_tpr_response"]),
        hr_response=np.exp(values["log_hr_response"]),
        resistance_drift=drifts["resistance"],
        rate_drift=drifts["rate"],
        drift_together=Together(values["drift_together"], TOGETHER_SD),
        **same,
    )


def individual(patient: Patient, model: CirculationModel, keys: np.ndarray) -> Patient:
    """Return these people with circulations of the model, drawn as cohorts draw them."""
    deviation = model.deviations(truncated_normals(keys, "circulation", len(DEVIATIONS)))
    drifts = STILL, model.resistance_drift, model.rate_drift
    drifting = wander.sample(drifts, model.drift_together, keys)
    return replace(patient, circulation=model(patient.covariates, deviation), wander=drifting)
