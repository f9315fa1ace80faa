"""The running case: dosing by hand, agents that watch and take over, faults; the same case as everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest

from experiments.console import session as sessions
from experiments.console.session import HAND, Session
from experiments.console.setup import Setup
from experiments.loop import evaluation
from experiments.loop.evaluation import AGENTS
from sim.interfaces import Orders
from sim.metrics import case_metrics
from sim.theatre import Theatre
from sim.theatre.rollout import simulate
from tests.experiments.console.conftest import SETUP
from tests.plugged import plug


def lived(turns, *given, setup=SETUP):
    """A session after some turns; `given` by turn: (turn, method, arguments)."""
    session = Session(setup)
    for turn in range(turns):
        for when, method, *arguments in given:
            if when == turn:
                getattr(session, method)(*arguments)
        session.turn()
    return session


ASLEEP = ((0, "dial", "propofol", 4.0), (0, "dial", "remifentanil", 3.0))


@pytest.mark.parametrize("name", ["pid_tuned", "ppo"])
def test_an_agent_that_has_the_pumps_from_the_beginning_lives_the_case_of_every_evaluation(name):
    session = lived(24, (0, "advise", name), (0, "hand_over"))
    config = evaluation.equipped(evaluation.Evaluation(seed=7, horizon=240.0), [name])
    agent = evaluation.agent_named(name, config)
    case = evaluation.admitted(Setup(seed=7, horizon=1800.0).evaluation(()), np.array([3]))
    expected = simulate(Theatre.of(config, agent.orders), case, agent, evaluation.observers(config))
    for signal, values in session.trace().signals().items():
        np.testing.assert_array_equal(values, expected.signals()[signal], err_msg=signal)


def test_what_is_set_by_hand_reaches_the_patient():
    session = lived(45, *ASLEEP, (0, "push", "propofol", 50.0), (30, "push", "ephedrine", 10.0))
    trace = session.trace()
    assert trace.bis[0, 0] > 85.0
    assert trace.bis.min() < 60.0
    np.testing.assert_allclose(session.state.pumps.predicted[3, :, 0], [4.0, 3.0], rtol=0.05)
    assert trace.ephedrine[:, 0].tolist() == [0.0] * 31 + [10.0] + [0.0] * 14
    np.testing.assert_array_equal(session.given[0].orders.boluses[:, 0], [50.0, 0.0, 0.0])
    assert not any(given.orders.boluses.any() for given in session.given[1:])


def test_rates_are_those_of_the_weight():
    session = Session(SETUP)
    session.switch("rates")
    session.dial("propofol", 6.0)
    session.dial("norepinephrine", 0.1)
    session.turn()
    expected = [6.0 * session.weight / 3600.0, 0.0, 0.1 * session.weight / 60.0]
    np.testing.assert_allclose(session.trace().propofol[1, 0], expected[0], rtol=0.005)  # steps of 0.1 mL/h
    np.testing.assert_allclose(session.trace().norepinephrine[1, 0], expected[2], rtol=0.005)


def test_pumps_that_change_their_mode_go_on_with_what_they_give():
    session = lived(40, *ASLEEP)
    rate = session.state.pumps.rates.copy()
    session.switch("rates")
    np.testing.assert_array_equal(session.dials[:2], rate)
    session.turn()
    session.switch("targets")
    np.testing.assert_allclose(session.dials[:2, 0], [4.0, 3.0], atol=0.11)


def test_a_load_does_not_become_a_rate():
    session = lived(1, *ASLEEP)
    with pytest.raises(ValueError, match="mode: rates is not allowed while propofol loads or pauses"):
        session.switch("rates")
    assert session.mode == "targets"


def test_an_agent_that_watches_orders_nothing_and_knows_the_case_from_its_beginning():
    watched = lived(20, *ASLEEP, (0, "advise", "anaesthetist_textbook"))
    later = lived(20, *ASLEEP)
    later.advise("anaesthetist_textbook")
    np.testing.assert_array_equal(watched.adviser.orders.infusions, later.adviser.orders.infusions)
    np.testing.assert_array_equal(watched.trace().bis, later.trace().bis)
    assert {given.by for given in watched.given} == {HAND}


def test_pumps_that_are_taken_back_go_on_as_the_agent_set_them():
    session = lived(20, *ASLEEP, (5, "advise", "ppo"), (5, "hand_over"))
    with pytest.raises(ValueError, match="propofol: ppo has the pumps; take them back first"):
        session.dial("propofol", 2.0)
    last = session.given[-1].orders.infusions
    session.take_back()
    session.turn()
    assert [given.by for given in session.given] == [HAND] * 5 + ["ppo"] * 15 + [HAND]
    np.testing.assert_array_equal(session.given[-1].orders.infusions, last)


def test_a_bolus_by_hand_is_given_beside_an_agent():
    session = lived(3, (0, "advise", "fixed_targets"), (0, "hand_over"), (1, "push", "phenylephrine", 100.0))
    assert session.trace().phenylephrine[:, 0].tolist() == [0.0, 0.0, 100.0, 0.0]


def test_a_fault_begins_when_it_is_injected_and_may_strike_again():
    session = lived(24, *ASLEEP, (2, "strike", "bis_dropout"), (20, "strike", "bis_dropout"))
    missing = np.isnan(session.trace().measured_bis[:, 0])
    assert missing[3:14].all()
    assert missing[21:].all()
    assert not missing[:3].any()
    clean = np.isnan(lived(24, *ASLEEP).trace().measured_bis[:, 0])
    np.testing.assert_array_equal(missing[14:21], clean[14:21])


def test_an_agent_that_fails_gives_the_pumps_back(monkeypatch):
    @dataclass(frozen=True)
    class Weary:
        """Gives up after a minute."""

        orders = "targets"

        def initial(self, covariates, keys):
            return ()

        def act(self, state, readings, estimates):
            if readings.time[0] >= 60.0:
                raise RuntimeError("tired")
            return Orders(np.ones((3, 1)), np.zeros((3, 1))), state

    monkeypatch.setattr(sessions, "agents", lambda: ("weary",))
    plug(monkeypatch, AGENTS, "weary", Weary)
    session = lived(5, (0, "advise", "weary"), (0, "hand_over"))
    with pytest.raises(ValueError, match="agent: weary: tired; the pumps are in your hands"):
        session.turn()
    session.turn()
    assert [given.by for given in session.given] == ["weary"] * 6 + [HAND]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("dial", "propofol", 9), "propofol: 9 is not allowed; 0 to 8 µg/mL"),
        (("dial", "propofol", float("nan")), "propofol: nan is not allowed; 0 to 8 µg/mL"),
        (("dial", "norepinephrine", "a lot"), "norepinephrine: 'a lot' is not allowed; 0 to 0.5 µg/kg/min"),
        (("dial", "remifentanil", None), "remifentanil: nothing is not allowed; 0 to 12 ng/mL"),
        (("dial", "ketamine", 1), "drug: 'ketamine' is not allowed; propofol, remifentanil, norepinephrine"),
        (("push", "ephedrine", -1), "ephedrine_bolus: -1 is not allowed; 0 to 30 mg"),
        (("push", "propofol", True), "propofol_bolus: True is not allowed; 0 to 300 mg"),
        (("switch", "manual"), "mode: 'manual' is not allowed; rates, targets"),
        (("strike", "earthquake"), "fault: 'earthquake' is not allowed; bis_dropout"),
        (
            ("strike", "bis_bias:size=99"),
            "fault: bis_bias:size=99: size '99' is not allowed; -60 to 60 points",
        ),
        (("advise", "nobody"), "agent: 'nobody' is not allowed; fixed_targets"),
        (("hand_over",), "agent: nobody watches; choose one first"),
    ],
)
def test_bad_input_is_refused_and_the_case_is_as_it_was(asked, message):
    session = Session(SETUP)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        getattr(session, asked[0])(*asked[1:])
    assert not session.dials.any()
    assert not session.boluses.any()
    assert not session.pressors.any()
    assert session.strikes == []
    assert session.control == HAND


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"low": 5.0}, "low: 5.0 is not allowed; 10 to 80"),
        ({"low": 55.0, "high": 50.0}, "low: 55 is not allowed; below high, 50"),
        ({"opioid_floor": "much"}, "opioid_floor: 'much' is not allowed; 0 to 10 ng/mL"),
        ({"music": 1.0}, "wish: 'music' is not allowed; low, high"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(wishes, message):
    session = Session(SETUP)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        session.wish(**wishes)
    assert session.wishes == []


def test_an_agent_at_the_pumps_is_told_what_is_wished_for_and_keeps_to_it():
    given = (0, "advise", "look_ahead"), (0, "hand_over")
    fault = (14, "strike", "bis_bias:size=-30,seconds=120")
    usual, said = lived(30, *given, fault), lived(30, *given, (12, "wish"), fault)
    np.testing.assert_array_equal(usual.trace().propofol, said.trace().propofol)
    held = Session(SETUP)
    for turn in range(30):
        if turn == 0:
            held.advise("look_ahead")
            held.hand_over()
        if turn == 12:
            held.wish(hold=1.0)
        held.turn()
    before, after = (
        [one.orders.infusions[:2, 0].tolist() for one in part] for part in (usual.given, held.given)
    )
    assert before[:13] == after[:13]
    assert after[13:] == [after[13]] * 17 != before[13:]


def test_a_case_ends_at_its_horizon():
    session = lived(6, *ASLEEP, setup=Setup(horizon=60.0))
    assert session.over
    with pytest.raises(ValueError, match="time: the case is over after 1 min"):
        session.turn()
    assert np.isfinite(case_metrics(session.trace(), np.array([session.weight]))["propofol_mg_per_kg"]).all()
