"""Orders and displays agree where pumps do what they are told, and an alarm says so where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from agents.control.shield.accounting import Account, booked, disagree
from agents.control.shield.alarms import RAISED
from agents.control.shield.shield import shielded
from sim.interfaces import Orders
from sim.pharmacokinetics import compartments as pk
from sim.pumps import assumed_kinetics, controller
from sim.settings import Room
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from tests.agents.control.shield.scripted import PEOPLE, PERIOD, Scripted, constant

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_a_pump_that_gives_half_of_what_was_ordered_is_found_and_one_that_jitters_is_not():
    kinetics = assumed_kinetics(PEOPLE, Room.assumed_propofol, Room.assumed_remifentanil)
    pump, rng = controller(kinetics, PERIOD), np.random.default_rng(0)
    half = jitters = Account(np.zeros((2, 4)), np.zeros((2, 4)), pk.empty(kinetics))
    orders = Orders(np.tile([[0.3], [2.0], [0.0]], 4), np.zeros((3, 4)))
    ordered = orders.infusions[:2] * PERIOD
    for _ in range(60):
        half = booked(half, orders, "rates", pump, 0.5 * ordered, PERIOD, 300.0)
        jitters = booked(
            jitters, orders, "rates", pump, ordered * rng.normal(1.0, 0.1, (2, 4)), PERIOD, 300.0
        )
    assert disagree(half, 0.3).all()
    assert not disagree(jitters, 0.3).any()


@pytest.mark.parametrize(("mode", "says"), [("targets", constant(3.0)), ("rates", constant(0.15, 0.1))])
def test_pumps_as_they_are_agree_with_their_orders(mode, says):
    room = Theatre(orders=mode, horizon=900.0)
    trace = simulate(room, cases(room, seed=1004, numbers=4), shielded(Scripted(mode, says)))
    assert not trace.reports[f"{RAISED}dose_mismatch"].any()
