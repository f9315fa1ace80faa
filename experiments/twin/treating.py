"""An agent at the side of a twin: the same patient, the same drift as the record tells of, other doses.

What the fitted model leaves unexplained of index, pressure and heart rate (surgery, stimulation, drugs that the record
does not hold) is taken to be drift of the patient, and happens again at its time, whoever doses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from experiments.loop.playing import Playback
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from predictors.twins import body
from predictors.twins.posterior import Model, Posterior
from predictors.twins.prediction import spread
from predictors.twins.record import Record
from sim import surgery, theatre
from sim.faults import plan as faults
from sim.interfaces import Agent
from sim.pharmacodynamics.wander import HEART_RATE, INDEX, RESISTANCE, SIGNALS, Wander, still
from sim.surgery import EMERGENCE, MAINTENANCE, NEVER
from sim.theatre import Case, Theatre, TheatreState
from sim.theatre.rollout import simulate
from sim.theatre.trace import Trace

PUMP = "marsh_pump"  # in the pumps of recorded cases
HANDFUL = 8  # draws that are treated beside the mean of all
SMALL, FOREVER = 1e-3, 1e18  # of a drift that does nothing by itself: size of the log, and s
TRIALS = 5  # in which the drift of pressure and heart rate is found
REPLY = {RESISTANCE: 1.6, HEART_RATE: 1.2}  # more drift than is missing, as the baroreflex takes a part back
LARGEST_DRIFT = 1.5  # of a log
MINUTES = 31  # samples, 5 min: quicker changes of pressure and heart rate are noise of their own


@dataclass(frozen=True)
class Twins:
    """Twins of several cases ready to be treated, side by side: draw 0 is the mean, then the handful.

    Attributes:
        case: theatre's, (draws x cases).
        record: from the first propofol on, likewise.
        drift: (samples, 3, draws x cases), logs of the factors in `sim.pharmacodynamics.wander.SIGNALS`.
        horizon: s.
    """

    case: Case
    record: Record
    drift: np.ndarray
    horizon: float

    @property
    def anaesthetist(self) -> Playback:
        """Who gives the recorded doses again."""
        return Playback.of(self.record.rates[:, 0], self.record.rates[:, 1])


def twins(model: Model, cases: Cases, known: Record, found: Posterior) -> Twins:
    """Return the twins of cases that begin with the first propofol."""
    few = np.linspace(0, len(found.draws) - 1, HANDFUL).astype(int)
    wide, z = spread(known, np.concatenate([found.draws.mean(axis=0)[None], found.draws[few]]))
    who = replace(body.patient(model, wide, z), wander=_driven(wide.person.age))
    drifts = np.zeros((len(wide.bis), len(SIGNALS), len(wide.keys)))
    drifts[:, INDEX] = -body.drift(
        model, wide, z
    )  # a factor on the C50 is one on sensitivity, the other way round
    horizon = INTERVAL * len(wide.bis)
    case = theatre.admit(
        Theatre(horizon=horizon, assumed_propofol=PUMP),
        wide.keys,
        who,
        _surgery(cases, wide),
        faults.plan((), wide.keys, horizon),
    )
    ready = Twins(case, wide, drifts, horizon)
    return replace(ready, drift=_with_circulation(ready, cases))


def treat(ready: Twins, agent: Agent, observers: Any = None) -> Trace:
    """Return how the twins fare under an agent."""
    room = Theatre(horizon=ready.horizon, orders=agent.orders, assumed_propofol=PUMP)

    def disturb(number: int, state: TheatreState) -> TheatreState:
        return replace(state, patient=replace(state.patient, wander=ready.drift[number - 1] / SMALL))

    return simulate(room, ready.case, agent, observers, disturb=disturb)


def _driven(example: np.ndarray) -> Wander:
    """Return patients whose drift is told to them."""
    told = still(example)
    return replace(told, size=told.size + SMALL, seconds=told.seconds * FOREVER)


def _surgery(cases: Cases, wide: Record) -> surgery.Surgery:
    """Return the phases that the record tells of, for every draw; what stimulates is in the drift."""
    none = surgery.plan("none", wide.keys, NEVER)
    starts = none.phase_starts.copy()
    for phase in (MAINTENANCE, EMERGENCE):
        there = cases["phase"] == phase
        moment = np.where(there.any(axis=0), INTERVAL * there.argmax(axis=0), NEVER)
        starts[phase] = np.tile(moment, len(wide.keys) // cases.count)
    return replace(none, phase_starts=starts)


def _with_circulation(ready: Twins, cases: Cases) -> np.ndarray:
    """Return the drift with what of pressure and heart rate recorded doses alone do not make the twins show."""
    draws = len(ready.record.keys) // cases.count
    shown = {RESISTANCE: smooth(cases["pressure"]), HEART_RATE: smooth(cases["heart_rate"])}
    wanted = {signal: np.tile(np.log(values), draws) for signal, values in shown.items()}
    for _ in range(TRIALS):
        trace = treat(ready, ready.anaesthetist)
        own = {RESISTANCE: trace.mean_arterial_pressure[1:], HEART_RATE: trace.heart_rate[1:]}
        drifts = ready.drift.copy()
        for signal, reply in REPLY.items():
            missing = np.nan_to_num(wanted[signal] - np.log(own[signal]))
            drifts[:, signal] = np.clip(drifts[:, signal] + reply * missing, -LARGEST_DRIFT, LARGEST_DRIFT)
        ready = replace(ready, drift=drifts)
    return ready.drift


def smooth(values: np.ndarray) -> np.ndarray:
    """Return the mean of 5 min around each sample, (samples, cases), gaps bridged; NaN before the first reading."""
    table = pd.DataFrame(values).rolling(MINUTES, center=True, min_periods=1).mean()
    return table.interpolate(limit_direction="forward").to_numpy()
