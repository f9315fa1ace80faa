"""What the team announces: nothing long before, the time left shortly before, never what has begun."""

from __future__ import annotations

import numpy as np

from sim.environment.env import AnesthesiaEnv
from sim.randomness import case_keys
from sim.surgery import CLOSING, EMERGENCE, INCISION, INTUBATION, plan
from sim.surgery.announcing import NOTICE, next_event

SURGERY = plan("random", case_keys(3, np.arange(40)), 10800.0)


def test_each_event_is_announced_with_the_time_that_is_left():
    for phase in (INTUBATION, INCISION, CLOSING, EMERGENCE):
        start = SURGERY.phase_starts[phase]
        left, announced = next_event(SURGERY, start - 60.0)
        np.testing.assert_allclose(left, 60.0)
        assert announced.all()


def test_nothing_is_announced_earlier_nor_when_all_is_over():
    for time in (SURGERY.phase_starts[INCISION] - NOTICE - 1.0, SURGERY.phase_starts[EMERGENCE]):
        left, announced = next_event(SURGERY, time)
        assert (left == NOTICE).all()
        assert not announced.any()


def test_an_environment_shows_it_by_name():
    env = AnesthesiaEnv(readings=("next_event",), horizon=600.0)
    env.reset(seed=1)
    assert {"next_event", "next_event_valid"} <= set(env.observation_names)
