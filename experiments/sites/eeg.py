"""Simulated cases whose EEG is heard: 40 minutes from before induction on, the true depth known at every moment.

Clinicians keep patients between 40 and 60, and levels that nobody visits cannot be learned or judged. So most cases
are dosed without a reason: targets drift along straight lines, from none to more than anybody gives, so that every
level is visited from both sides, at many speeds, with every remifentanil. The others are dosed by lot in steps, or as
recorded clinicians do. Labels are the true index at the end of each five seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.sites.batches import in_batches
from experiments.sites.clinicians import Drifting, Wandering
from experiments.sites.depth import RECORDED
from predictors.depth.eeg import epochs
from predictors.depth.eeg.epochs import SECONDS
from predictors.depth.eeg.material import EEG, OPENIBIS, TRUTH, with_features
from predictors.learning.cases import Cases, Signal
from sim import surgery, theatre
from sim.arrays import Array
from sim.cohort import sample
from sim.cohort.people import recorded_people
from sim.faults import plan as faults
from sim.interfaces import Agent
from sim.randomness import case_keys
from sim.registry import Registry, constants
from sim.signals.eeg import RATE
from sim.signals.eeg.openibis import openibis
from sim.theatre import Case, Theatre, acting

BATCH = 32  # cases simulated at once
LENGTH = 2400.0  # s
HORIZON = 7200.0  # s, of the surgery whose beginning is seen


@dataclass(frozen=True)
class HeardSite:
    """Where cases with EEG come from: the recorded site's people and patients.

    Attributes:
        name: as in the registry.
        description: in a line.
        agent: makes the agent who doses.
    """

    name: str
    description: str
    agent: Callable[[], Agent]

    def cases(self, count: int, seed: int, progress: Callable[[int], None] | None = None) -> Cases:
        """Return cases; case k of a seed is always the same. The label `truth` is the true index every 5 s.

        Signals are `eeg` (µV), its features and `openibis`, NaN where the EEG cannot be read.

        Args:
            count: how many.
            seed: of patients, surgery, noise and clinicians.
            progress: called with the number of cases finished.

        Raises:
            ValueError: no cases.
        """
        return in_batches(lambda numbers: _batch(self, numbers, seed), count, BATCH, progress)


def _batch(site: HeardSite, numbers: Array, seed: int) -> Cases:
    keys = case_keys(seed, numbers)
    room = Theatre(orders="targets", horizon=HORIZON, assumed_propofol=RECORDED.pump, waves=(EEG,))
    person = recorded_people(keys)
    planned = surgery.plan("random", keys, HORIZON)
    patients = sample(person, keys, RECORDED.models)
    case = theatre.admit(room, keys, patients, planned, faults.plan((), keys, HORIZON))
    eeg, true = _listen(room, case, site.agent())
    names = np.array([f"{site.name} {seed} {number}" for number in numbers])
    signals = {
        EEG: Signal(eeg, 1.0 / RATE, "µV"),
        OPENIBIS: Signal(index_of(eeg), float(SECONDS)),
    }
    labels = {TRUTH: Signal(true, float(SECONDS))}
    return with_features(Cases(names, names, person, np.full(len(keys), LENGTH), signals, labels))


def _listen(room: Theatre, case: Case, agent: Agent) -> tuple[Array, Array]:
    """Return the EEG, (samples, patients), float32, and the true index every 5 s, as it drove the EEG."""
    state, seen = theatre.begin(room, case)
    memory = agent.initial(case.patient.covariates, case.keys)
    heard, true = [], [seen.truth.bis]
    for _ in range(round(LENGTH / room.control_period)):
        orders, memory = acting.ask(agent, memory, seen.readings, {})
        state, seen = theatre.turn(room, case, state, orders)
        heard.append(seen.readings.waves[EEG].astype(np.float32))
        true.append(seen.truth.bis)
    ends = np.stack(true)
    middle = 0.5 * (ends[1:] + ends[:-1])  # between two readings the index is a straight line
    return np.concatenate(heard), np.stack([middle, ends[1:]], axis=1).reshape(-1, ends.shape[1])


def index_of(eeg: Array) -> Array:
    """Return openibis at the end of every 5 s, (steps, patients), NaN where it is not known."""
    cut = epochs.epochs(eeg)
    known = np.where(epochs.heard(cut)[:, None], cut, np.nan).reshape(-1, eeg.shape[1])
    index = openibis(known).index[:: 2 * SECONDS]
    later = len(cut) - len(index)  # an index needs some seconds
    return np.concatenate([np.full((later, eeg.shape[1]), np.nan), index])


DRIFTING = HeardSite("drifting", "targets drift along straight lines through every depth", Drifting)
STEPPED = HeardSite("stepped", "targets are set by lot, in steps", Wandering)
INDUCED = HeardSite("induced", "as recorded clinicians induce and go on", RECORDED.agent)
HEARD_SITES = Registry("site with EEG", **constants("experiments.sites.eeg:", "drifting stepped induced"))
"""The simulated sites whose EEG is heard."""
MIX = {"drifting": 0.7, "stepped": 0.15, "induced": 0.15}
