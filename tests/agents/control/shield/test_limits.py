"""What may be ordered at most."""

from __future__ import annotations

import numpy as np
import pytest

from agents.control.shield.limits import Caps, ceiling, highest, possible, pressor
from sim import pumps
from sim.interfaces import Orders
from sim.pharmacokinetics import compartments as pk
from sim.settings import Room
from tests.agents.control.shield.scripted import PEOPLE, PERIOD

CAPS = Caps()
EFFECT = np.full((2, 4), 4.0)
FOUR = EFFECT[0]
UNKNOWN = np.full(4, np.nan)


def test_nothing_limits_a_patient_who_is_well_or_whose_signals_are_unknown():
    assert np.isinf(ceiling(CAPS, EFFECT, FOUR + 46.0, FOUR + 71.0)).all()
    assert np.isinf(ceiling(CAPS, EFFECT, UNKNOWN, UNKNOWN)).all()


def test_below_the_range_nothing_is_added_and_the_deeper_the_less_may_be_aimed_at():
    index = np.array([40.1, 39.9, 30.0, 20.0, 10.0, 3.0])
    propofol, remifentanil = ceiling(CAPS, EFFECT[:, :1], index, np.nan * index)
    assert propofol == pytest.approx([np.inf, 4.0, 4.0, 2.0, 0.0, 0.0])
    assert remifentanil == pytest.approx([np.inf, np.inf, np.inf, 4.0, 2.0, 0.6])


def test_low_pressure_limits_remifentanil_and_propofol_unless_the_patient_is_light():
    pressure = np.full(4, 56.0)
    limits = ceiling(CAPS, EFFECT, np.array([45.0, 49.0, 55.0, np.nan]), pressure)
    assert limits[0] == pytest.approx([2.0, 2.0, np.inf, 2.0])
    assert limits[1] == pytest.approx(0.5 * EFFECT[1])


def test_norepinephrine_is_not_withheld_from_a_low_pressure_nor_given_to_a_high_one():
    pressure, wanted = np.array([54.0, 64.0, 80.0, 130.0, np.nan]), np.array([0.0, 0.0, 0.0, 0.2, 0.02])
    given = pressor(CAPS, wanted, np.full(5, 0.03), pressure, np.full(5, 60.0))
    assert given == pytest.approx([0.1, 0.03, 0.0, 0.0, 0.02])


@pytest.mark.parametrize("wrong", [np.nan, -0.1, np.inf, 30.0])
def test_an_impossible_order_is_its_patients_alone(wrong):
    infusions = np.array([[2.0], [2.0], [0.1]]) + np.zeros(4)
    infusions[0, 2] = wrong
    found = possible(Orders(infusions, np.zeros((3, 4))), "targets", CAPS, PEOPLE.weight)
    assert found.tolist() == [True, True, False, True]


def test_the_largest_rate_never_leads_the_model_beyond_its_bound():
    kinetics = pumps.assumed_kinetics(PEOPLE, Room.assumed_propofol, Room.assumed_remifentanil)
    pump, drugs = pumps.controller(kinetics, PERIOD), pk.empty(kinetics)
    reached = np.zeros((2, 4))
    for _ in range(180):
        rates = highest(CAPS, "rates", pump, drugs, PEOPLE.weight)
        assert (rates[:2] <= np.array(CAPS.rates)[:, None]).all()
        drugs = pk.step(pump.transition, drugs, rates[:2])
        reached = np.maximum(reached, drugs[3])
    assert reached[0] == pytest.approx(CAPS.effect[0], rel=0.02)
    assert reached[1] == pytest.approx(CAPS.effect[1], rel=0.02)
