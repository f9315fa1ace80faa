"""The published design as it is shipped, in a room where it hears as offline, and one where nothing is heard."""

from __future__ import annotations

import numpy as np
import pytest

from agents.fixed_targets import FixedTargets
from experiments.heard.reading import recording
from predictors import OBSERVERS
from predictors.depth.eeg.answers import DEPTH, HIGH, LOW
from predictors.depth.eeg.levels import level_of
from sim import theatre
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
ROOM = Theatre(orders="targets", horizon=600.0, waves=("eeg",))


def test_what_it_says_in_the_loop_is_what_it_says_of_the_whole_eeg():
    observer, agent = OBSERVERS.get("li2020")(), FixedTargets()
    case = cases(ROOM, seed=4, numbers=2)
    state, seen = theatre.begin(ROOM, case)
    memory, mind = (
        agent.initial(case.patient.covariates, case.keys),
        observer.initial(case.patient.covariates),
    )
    heard, said, true = [], [], []
    for _ in range(60):
        mind, estimates = observer.update(mind, seen.readings)
        heard.append(seen.readings.waves["eeg"])
        said.append(estimates)
        true.append(seen.truth.bis)
        orders, memory = agent.act(memory, seen.readings, estimates)
        state, seen = theatre.turn(ROOM, case, state, orders)
    for patient in range(2):
        whole = observer.answer(recording(np.concatenate(heard)[:, patient]))
        for name in (DEPTH, LOW, HIGH):
            streamed = [one[name][patient] for one in said]
            np.testing.assert_allclose(streamed, whole[name][1::2, 0], atol=1e-4)
    depth, truth = np.stack([one[DEPTH] for one in said]), np.stack(true)
    assert np.abs(depth - truth).mean() < 8.0
    assert (level_of(truth[0]) == 0.0).all()


def test_a_room_where_nothing_is_heard_refuses_it():
    with pytest.raises(ValueError, match=r"waves: none is not allowed; .*reads eeg"):
        simulate(
            Theatre(orders="targets", horizon=100.0),
            cases(ROOM, seed=4, numbers=1),
            FixedTargets(),
            OBSERVERS.get("li2020")(),
        )
