"""Controllers that fail: what leaves them, against orders by hand, and whom a guard watches over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from sim.faults.plan import FaultPlan, plan
from sim.interfaces import OrderMode, Orders
from sim.randomness import case_keys
from sim.theatre import Theatre
from sim.theatre.controllers import Refused, refuse, under
from sim.theatre.rollout import cases, simulate

SIZE, BEGINS, ENDS = 2, 40.0, 80.0
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@dataclass(frozen=True)
class Counting:
    """Orders its turn's number of everything, and as much at once."""

    orders: OrderMode = "targets"

    def initial(self, covariates, keys):
        return np.zeros(len(keys))

    def act(self, state, readings, estimates):
        turn = state + 1.0
        return Orders(np.stack([turn] * 3), np.stack([turn] * 3)), turn


def seen_at(time: float, bis: float = 50.0) -> Any:
    """What is seen then."""
    return SimpleNamespace(
        time=np.full(SIZE, time), bis=np.full(SIZE, bis), mean_arterial_pressure=np.full(SIZE, 90.0)
    )


def played(fault: str, mode: OrderMode = "targets", bis: float = 50.0, turns: int = 10) -> Orders:
    """Orders of a counting agent, (turns, 3), with a fault from the fifth to the eighth turn."""
    faults = plan(
        (f"{fault}{',' if ':' in fault else ':'}at=40,seconds=40",), case_keys(0, np.arange(SIZE)), 1e4
    )
    agent: Any = under(Counting(mode), faults)
    agent = agent.agent  # what leaves the controller, before the pumps refuse any of it
    memory = agent.initial(None, np.zeros(SIZE))
    rows = []
    for turn in range(turns):
        orders, memory = agent.act(memory, seen_at(10.0 * turn, bis), {})
        rows.append(orders)
    return Orders(*(np.array([getattr(row, one)[:, 0] for row in rows]) for one in ("infusions", "boluses")))


def test_a_late_controller_orders_what_it_said_before_and_boluses_once():
    found = played("controller_late:steps=2")
    np.testing.assert_array_equal(found.infusions[:, 0], [1, 2, 3, 4, 3, 4, 5, 6, 9, 10])
    np.testing.assert_array_equal(found.boluses[:, 0], [1, 2, 3, 4, 0, 0, 5, 6, 9, 10])


def test_a_frozen_controller_repeats_its_last_infusions_and_injects_nothing():
    found = played("controller_constant")
    np.testing.assert_array_equal(found.infusions[:, 1], [1, 2, 3, 4, 4, 4, 4, 4, 9, 10])
    np.testing.assert_array_equal(found.boluses[4:8], 0.0)


def test_a_controller_without_numbers_says_nan_and_goes_on_afterwards():
    found = played("controller_nan")
    np.testing.assert_array_equal(np.isnan(found.infusions[:, 0]), [False] * 4 + [True] * 4 + [False] * 2)
    assert np.isfinite(found.boluses).all()


def test_a_slip_of_units_is_at_most_what_may_be_ordered():
    found = played("unit_slip")
    np.testing.assert_array_equal(found.infusions[:, 0], [1, 2, 3, 4, 50, 50, 50, 50, 9, 10])
    assert played("unit_slip:factor=0.5").infusions[4, 0] == 2.5


@pytest.mark.parametrize(("bis", "expected"), [(40.0, 12.0), (60.0, 0.0)])
def test_an_adversary_deepens_the_deep_and_wakes_the_light(bis, expected):
    found = played("adversary", bis=bis)
    np.testing.assert_array_equal(found.infusions[4:8, 0], expected)
    np.testing.assert_array_equal(found.infusions[4:8, 2], 0.5)  # pressure is high already
    np.testing.assert_array_equal(found.infusions[[3, 8], 0], [4.0, 9.0])


@dataclass(frozen=True)
class Guard:
    """Turns what is no number into 1."""

    agent: Any
    orders: OrderMode = "targets"
    guards: ClassVar[str] = "agent"

    def initial(self, covariates, keys):
        return self.agent.initial(covariates, keys)

    def act(self, state, readings, estimates: Mapping[str, Any]):
        orders, state = self.agent.act(state, readings, estimates)
        return Orders(np.nan_to_num(orders.infusions, nan=1.0), orders.boluses), state


def test_a_guard_is_between_the_controller_that_fails_and_the_pumps():
    room = Theatre(orders="targets", horizon=200.0, faults=("controller_nan:at=50,seconds=100",))
    case = cases(room, numbers=2)
    bare, guarded = simulate(room, case, Counting()), simulate(room, case, Guard(Guard(Counting())))
    free = simulate(replace(room, faults=()), case, Counting())
    for trace in (bare, guarded):
        assert np.isfinite(trace.propofol).all()
        np.testing.assert_array_equal(trace.propofol[:6], free.propofol[:6])
    assert bare.effect_propofol[-6, 0] > guarded.effect_propofol[-6, 0]  # pumps go on at 5, the guard says 1


def test_pumps_go_on_as_they_are_where_no_number_comes():
    faults = plan(("controller_nan:at=40,seconds=40",), case_keys(0, np.arange(SIZE)), 1e4)
    agent = under(Counting(), faults)
    memory, said = agent.initial(None, np.zeros(SIZE)), []
    for turn in range(10):
        orders, memory = agent.act(memory, seen_at(10.0 * turn), {})
        said.append(orders.infusions[0, 0])
    assert said == [1, 2, 3, 4, 4, 4, 4, 4, 9, 10]


@dataclass(frozen=True)
class Talking(Counting):
    """Follows what is given, and says where it is."""

    def follow(self, state, orders):
        return 0.0 * state + orders.infusions[0]

    def report(self, state):
        return {"turn": state}


def test_what_is_offered_beside_orders_is_passed_on():
    faults = plan(("adversary",), case_keys(0, np.arange(SIZE)), 1e4)
    agent: Any = under(Talking(), faults)
    memory = agent.follow(
        agent.initial(None, np.zeros(SIZE)), Orders(np.full((3, SIZE), 7.0), np.zeros((3, SIZE)))
    )
    assert (agent.report(memory)["turn"] == 7.0).all()
    silent: Any = under(Counting(), faults)
    assert silent.follow is None
    assert silent.report is None


def test_an_agent_is_left_alone_where_no_controller_fails():
    agent = Counting()
    assert under(agent, plan(("cautery",), case_keys(0, np.arange(2)), 1e4)) is agent
    assert isinstance(under(agent, plan(("adversary",), case_keys(0, np.arange(2)), 1e4)), Refused)


def test_where_actions_come_from_outside_there_is_no_controller_to_fail():
    with pytest.raises(ValueError, match="faults: adversary is not allowed here; it is a controller's"):
        refuse(("cautery", "adversary"))


def test_patients_fail_each_at_their_own_time():
    starts = np.array([[0.0, 100.0]])
    faults = FaultPlan(("controller_constant",), starts, starts + 50.0, ({},))
    agent = under(Counting(), faults)
    orders, _ = agent.act(agent.initial(None, np.zeros(2)), seen_at(10.0), {})
    np.testing.assert_array_equal(orders.infusions[0], [0.0, 1.0])
