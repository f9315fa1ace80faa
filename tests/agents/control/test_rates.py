"""The PID beside an opioid: its own propofol, and the remifentanil that a pump would give for the other's targets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agents.control import pid
from agents.control.pid import PID
from agents.control.rates import BesideOpioid, pid_plants
from agents.fixed_targets import FixedTargets
from sim.randomness import case_keys
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from tests.agents.control.test_pid import ADULTS, readings

KEYS = case_keys(0, np.arange(3))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_propofol_is_the_pids_and_not_its_remifentanil():
    alone, beside = PID(pid.G1_THEN_G2), BesideOpioid(PID(pid.G1_THEN_G2), FixedTargets(remifentanil=0.0))
    one, other = alone.initial(ADULTS, KEYS), beside.initial(ADULTS, KEYS)
    for turn, index in enumerate((95.0, 80.0, 60.0, 45.0)):
        seen = readings(10.0 * turn, [index] * 3)
        expected, one = alone.act(one, seen, {})
        orders, other = beside.act(other, seen, {})
        np.testing.assert_array_equal(orders.infusions[0], expected.infusions[0])
        assert (orders.infusions[1] == 0.0).all()


def test_remifentanil_reaches_the_target_as_under_a_pump():
    """In patients who are as the pump believes, without irregularity, the effect site comes to the target and stays."""
    rates = Theatre(orders="rates", horizon=900.0)
    targets = Theatre(orders="targets", horizon=900.0, irregular_pumps=False)
    base = FixedTargets(propofol=3.0, remifentanil=4.0)
    ours = simulate(rates, cases(rates, 1000, 2), BesideOpioid(PID(pid.G1_THEN_G2), base))
    pumps = simulate(targets, cases(targets, 1000, 2), base)
    np.testing.assert_allclose(ours.effect_remifentanil, pumps.effect_remifentanil, rtol=0.02, atol=0.05)


def test_another_pace_is_refused():
    agent = pid_plants()
    state = agent.initial(ADULTS, KEYS)
    _, state = agent.act(state, readings(0.0, [90.0] * 3), {})
    with pytest.raises(ValueError, match="control_period: 30 s is not allowed; the PID's is 10 s"):
        agent.act(state, readings(30.0, [90.0] * 3), {})


def test_propofol_is_led_no_higher_than_others_may_set_and_the_integral_waits():
    """Who stays awake gets what a pump would give for the highest target; who then sleeps gets less at once."""
    agent = BesideOpioid(PID(pid.G1_THEN_G2), FixedTargets(remifentanil=0.0), highest=3.0)
    state, given = agent.initial(ADULTS, KEYS), np.zeros((3, 3))
    for turn in range(180):
        seen = replace(readings(10.0 * turn, [95.0] * 3), infused=10.0 * given)
        orders, state = agent.act(state, seen, {})
        given = orders.infusions
        assert (state.predicted[3, 0] < 3.0 * 1.02).all()
    np.testing.assert_allclose(state.predicted[3, 0], 3.0, rtol=0.02)
    orders, _ = agent.act(state, replace(readings(1800.0, [45.0] * 3), infused=10.0 * given), {})
    assert (orders.infusions[0] < 0.7 * given[0]).all()
