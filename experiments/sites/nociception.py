"""Simulated operations whose pulse is heard: who is hurt how much, from before induction to an hour later.

Clinicians keep nociception away, and what nobody lets happen cannot be learned. So most cases are dosed by lot: too
little and too much remifentanil for whatever surgeons do. The label is what drives the wave, at the end of each 10 s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.sites.batches import in_batches
from experiments.sites.clinicians import Wandering
from experiments.sites.depth import RECORDED
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from predictors.pain.observer import NOW, WAVE, with_features
from sim import surgery, theatre
from sim.arrays import Array
from sim.cohort import sample
from sim.cohort.people import recorded_people
from sim.faults import plan as faults
from sim.interfaces import Agent
from sim.monitors.nociception.pleth_index import PlethIndex
from sim.randomness import case_keys
from sim.registry import Registry, constants
from sim.theatre import Theatre, acting
from sim.waves import WAVES

BATCH = 32  # cases simulated at once
LENGTH = 3600.0  # s
HORIZON = 7200.0  # s, of the surgery whose beginning is seen
INDEX = "surgical_pleth_index"


@dataclass(frozen=True)
class HurtSite:
    """Where operated cases with a pulse come from: the recorded site's people and patients.

    Attributes:
        name: as in the registry.
        description: in a line.
        agent: makes the agent who doses.
        length: s of each case.
    """

    name: str
    description: str
    agent: Callable[[], Agent]
    length: float = LENGTH

    def cases(self, count: int, seed: int) -> Cases:
        """Return cases; case k of a seed is always the same.

        Signals are what describes the pulse of the last minute, and the surgical pleth index (0-100), every 10 s; the
        label `nociception` is the true one.

        Raises:
            ValueError: no cases.
        """
        return in_batches(lambda numbers: with_features(self.heard(numbers, seed)), count, BATCH)

    def heard(self, numbers: Array, seed: int) -> Cases:
        """Return some cases with the wave itself."""
        keys = case_keys(seed, numbers)
        room = Theatre(orders="targets", horizon=HORIZON, assumed_propofol=RECORDED.pump, waves=(WAVE,))
        person = recorded_people(keys)
        planned = surgery.plan("random", keys, HORIZON)
        patients = sample(person, keys, RECORDED.models)
        case = theatre.admit(room, keys, patients, planned, faults.plan((), keys, HORIZON))
        agent = self.agent()
        state, seen = theatre.begin(room, case)
        memory = agent.initial(person, keys)
        monitor = PlethIndex()
        shown, waves, true, index = monitor.begin(len(keys)), [], [], []
        for _ in range(round(self.length / room.control_period)):
            orders, memory = acting.ask(agent, memory, seen.readings, {})
            state, seen = theatre.turn(room, case, state, orders)
            waves.append(seen.readings.waves[WAVE].astype(np.float32))
            shown, values, _ = monitor.listen(shown, waves[-1])
            index.append(values[-1])
            assert state.sounds is not None
            true.append(state.sounds.drive.nociception)
        wave = WAVES.get(WAVE)()
        signals = {
            WAVE: Signal(np.concatenate(waves), 1.0 / wave.rate, wave.unit),
            INDEX: Signal(np.stack(index), INTERVAL),
        }
        names = np.array([f"{self.name} {seed} {number}" for number in numbers])
        labels = {NOW: Signal(np.stack(true), INTERVAL)}
        return Cases(names, names, person, np.full(len(keys), self.length), signals, labels)


BY_LOT = HurtSite("by_lot", "targets are set by lot, in steps", Wandering)
CLINICIANS = HurtSite("clinicians", "as recorded clinicians dose", RECORDED.agent)
HURT_SITES = Registry("site with a pulse", **constants("experiments.sites.nociception:", "by_lot clinicians"))
"""The simulated sites whose pulse is heard under surgery."""
MIX = {"by_lot": 0.7, "clinicians": 0.3}
