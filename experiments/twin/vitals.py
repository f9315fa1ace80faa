"""Pressure and heart rate of a twin: a typical circulation under the twin's concentrations, off it by what was told.

How drugs act on somebody's circulation cannot be told apart from stimulation and vasopressors that were not recorded,
so no such parameter is fitted: the log of what was shown over what is typical drifts, slowly and quickly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtri

from experiments.recorded.open_loop import Subjects, follow
from predictors.depth.forecasts import QUANTILES
from predictors.learning.watching import INTERVAL
from predictors.twins.posterior import Model
from predictors.twins.record import Record
from predictors.twins.wander import Wander, prepare, surprises
from sim.pharmacodynamics.circulation import CIRCULATION

VITALS = {"pressure": "map", "heart_rate": "hr"}


def typical(model: Model, record: Record, z: np.ndarray) -> dict[str, np.ndarray]:
    """Return the logs of mmHg and 1/min that individuals z (unknowns, patients) show with a typical circulation.

    Name of the signal -> (samples, patients), under the doses of the record.
    """
    who = model.deviates.hypnosis(record.person, z)
    circulation = CIRCULATION.get(model.deviates.models.circulation)(record.person)
    time = INTERVAL * np.arange(len(record.rates) + 1)
    course = follow(
        Subjects(who.kinetics, who.surface, circulation), time, record.rates, keep=time > 0.0, quiet=True
    )
    return {signal: np.log(course[name]) for signal, name in VITALS.items()}


def left_over(shown: np.ndarray, typical_log: np.ndarray) -> np.ndarray:
    """Return the log of what was shown over what is typical, 0 where nothing was, (samples, patients)."""
    told = np.isfinite(shown)
    return np.where(told, np.log(np.where(told, shown, 1.0)) - typical_log, 0.0)


def rest(signal: str, wander: Wander, shown: np.ndarray, typical_log: np.ndarray) -> Mapping[str, np.ndarray]:
    """Return the signal and its quantiles ("pressure_q10" and so on), told as far as `shown` is not NaN."""
    prepared = prepare(wander, np.ones_like(typical_log), np.isfinite(shown))
    _, states = surprises(wander, prepared, left_over(shown, typical_log))
    middle = typical_log + states.sum(axis=1)
    drift, both, quick = np.moveaxis(prepared.covariance, 1, 0)
    sd = np.sqrt(drift + 2.0 * both + quick + wander.reading_sd**2)
    quantiles = {f"{signal}_q{round(100 * q)}": np.exp(middle + ndtri(q) * sd) for q in QUANTILES}
    return {signal: np.exp(middle), **quantiles}
