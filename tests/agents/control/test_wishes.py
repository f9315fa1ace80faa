"""What a clinician asks for reaches agents, and those that obey do."""

from __future__ import annotations

import numpy as np
import pytest

from agents.control.shield.shield import shielded
from agents.control.wishes import USUAL, Asked, Wishes, obeyed, scheduled, told, wishes
from sim.interfaces import REMIFENTANIL
from sim.surgery import CLOSING, EMERGENCE, MAINTENANCE
from tests.agents.control.shield.scripted import KEYS, PEOPLE, Scripted, constant, reading

TARGETS = np.array([[3.0], [1.5]]) + np.zeros(4)
PRESENT = TARGETS + 0.5
IN = np.full(4, MAINTENANCE)


def test_nobody_asks_for_anything_but_the_usual_unless_told():
    assert (wishes(reading(0)).high == USUAL.high).all()
    asked = wishes(told(reading(0), Wishes(low=35.0, high=50.0, opioid_floor=np.arange(4.0))))
    assert (asked.low == 35.0).all()
    assert asked.opioid_floor.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_floor_of_opioid_raises_its_target_until_the_closing():
    asked = wishes(told(reading(0), Wishes(opioid_floor=2.0)))
    assert (obeyed(asked, TARGETS, PRESENT, IN)[REMIFENTANIL] == 2.0).all()
    assert (obeyed(asked, TARGETS, PRESENT, IN - MAINTENANCE + CLOSING) == TARGETS).all()


def test_a_hold_keeps_what_is_in_force_but_lets_patients_wake_up():
    asked = wishes(told(reading(0), Wishes(hold=np.array([1.0, 0.0, 1.0, 0.0]))))
    assert obeyed(asked, TARGETS, PRESENT, IN)[0].tolist() == [3.5, 3.0, 3.5, 3.0]
    assert (obeyed(asked, 0.0 * TARGETS, PRESENT, IN - MAINTENANCE + EMERGENCE) == 0.0).all()


def test_a_schedule_is_read_row_by_row_and_told_at_its_time(tmp_path):
    path = tmp_path / "wishes.csv"
    path.write_text("minute,low,high,hold\n1,35,50,\n2,,,1\n")
    inner = Scripted("targets", constant(3.0))
    agent = Asked(inner, scheduled(path))
    state = agent.initial(PEOPLE, KEYS)
    for turn in range(15):
        _, state = agent.act(state, reading(turn), {})
    seen = [(wishes(one).high[0], wishes(one).hold[0]) for one in inner.shown]
    assert seen[5:7] == [(60.0, 0.0), (50.0, 0.0)]
    assert seen[11:13] == [(50.0, 0.0), (50.0, 1.0)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("minute,depth\n1,40\n", "names depth"),
        ("minute,low\n1,85\n", "low 85 at 1 min"),
        ("minute,low\n1,70\n", "low 70 at 1 min is not allowed; below high, 60"),
        ("minute,low\n5,30\n2,35\n", "minute 2 is not allowed; 0 or more, and rising"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_with_its_reason(tmp_path, text, says):
    path = tmp_path / "wishes.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        scheduled(path)


def test_any_agent_behind_the_shield_keeps_to_a_hold():
    rising = Scripted("targets", lambda turns: constant(3.0)(turns) + np.array([[0.1], [0.0], [0.0]]) * turns)
    shield = shielded(rising)
    state, given = shield.initial(PEOPLE, KEYS), []
    for turn in range(12):
        orders, state = shield.act(state, told(reading(turn), Wishes(hold=1.0 * (turn >= 6))), {})
        given.append(orders.infusions[0, 0])
    assert given[5:] == [given[5]] * 7
