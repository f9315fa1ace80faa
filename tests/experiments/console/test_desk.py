"""The desk: a case on a clock, what can be asked, alarms, and the score at the end."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from experiments.console import scoring, view
from experiments.console.alarms import LIMITS, alarms
from experiments.console.desk import Desk
from experiments.console.session import Session
from sim.metrics import case_metrics
from tests.experiments.console.conftest import SETUP
from tests.experiments.console.test_session import ASLEEP, lived


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """A desk with a case that nobody has touched."""
    return Desk(SETUP, tmp_path_factory.mktemp("records"))


def test_the_clock_runs_at_the_speed_that_is_asked_and_stands_when_paused(desk):
    desk.tick(0.5)
    assert desk.clock == 0.0
    desk.ask({"do": "run", "on": True})
    desk.ask({"do": "speed", "speed": 60})
    for _ in range(10):
        desk.tick(0.1)
    assert desk.clock == pytest.approx(60.0)
    assert len(desk.points) == 1 + 6
    desk.ask({"do": "speed", "speed": 1})
    desk.tick(0.5)
    assert desk.clock == pytest.approx(60.5)
    desk.ask({"do": "run", "on": False})
    desk.tick(0.5)
    assert desk.clock == pytest.approx(60.5)


def test_a_computer_that_slept_does_not_catch_up(desk):
    desk.ask({"do": "run", "on": True})
    desk.tick(3600.0)
    assert desk.clock <= 1.0


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"do": "dance"}, "do: 'dance' is not known; begin"),
        ({}, "do: None is not known"),
        ({"do": "speed", "speed": 61}, "speed: 61 is not allowed; 1 to 60 times real time"),
        ({"do": "skip", "seconds": 3601}, "seconds: 3601 is not allowed; 1 to 3600 s"),
        ({"do": "begin", "case": {"seed": "x"}}, "seed: 'x' is not allowed; a whole number"),
        ({"do": "begin", "case": {"seed": -1}}, "seed: -1 is not allowed; 0 to 2^63 - 1"),
        ({"do": "begin", "case": {"horizon": 65.0}}, "horizon: 65.0 s is not allowed"),
        ({"do": "begin", "case": {"cohort": "martians"}}, "cohort: unknown name 'martians'"),
        ({"do": "begin", "case": {"cohort": "missing.csv"}}, "cohort: cannot read missing.csv"),
        ({"do": "begin", "case": {"magic": 1}}, "magic: not known; allowed are"),
        ({"do": "begin"}, "case: None is not allowed; values by name"),
        ({"do": "compare", "agent": "ppo"}, "agent: the case is not finished; finish it first"),
        ({"do": "finish"}, "score: nothing has happened yet; let the case run first"),
        ({"do": "load", "name": "x"}, "record: x is not there; none is saved yet"),
    ],
)
def test_bad_messages_are_refused_and_the_case_goes_on(idle, message, error):
    session, clock = idle.session, idle.clock
    with pytest.raises(ValueError, match=f"^{re.escape(error)}"):
        idle.ask(message)
    assert idle.session is session
    assert idle.clock == clock
    assert not idle.finished


def test_a_folder_that_takes_no_record_is_named_and_the_case_goes_on(desk):
    desk.folder.write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"save: .*records.*: Not a directory|save: .*records.*: File exists"
    ):
        desk.ask({"do": "save", "name": "one"})
    desk.ask({"do": "skip", "seconds": 10})


def test_another_case_is_begun_and_a_case_is_shown_before(desk):
    shown = desk.ask({"do": "preview", "case": {"seed": 9, "cohort": "surgical"}})["preview"]
    assert desk.session.setup == SETUP
    desk.ask({"do": "begin", "case": {"seed": 9, "cohort": "surgical"}})
    assert view.person(desk.session) == shown
    assert desk.case == 2


def test_the_score_is_that_of_every_evaluation_and_agents_live_the_same_case(desk):
    desk.ask({"do": "dial", "drug": "propofol", "value": 3.0})
    desk.ask({"do": "skip", "seconds": 100})
    desk.ask({"do": "strike", "fault": "disconnection"})
    desk.ask({"do": "skip", "seconds": 500})
    answer = desk.ask({"do": "finish"})
    metrics = case_metrics(desk.session.trace(), np.array([desk.session.weight]))
    values = {row["metric"]: row["values"] for row in answer["score"]}
    assert len(values) > 20
    for metric, own in values.items():
        expected = float(metrics[metric][0])
        assert own["you"] == (expected if np.isfinite(expected) else None), metric
    with pytest.raises(ValueError, match="dial: the case is finished; begin another one"):
        desk.ask({"do": "dial", "drug": "propofol", "value": 1.0})
    again = desk.ask({"do": "compare", "agent": "fixed_targets"})
    assert [*again["curves"]] == ["you", "fixed_targets"]
    assert len(again["curves"]["fixed_targets"]["bis"]) == 61
    other = scoring.beside(desk.session, "fixed_targets")
    assert (other.propofol[12:40] == 0.0).all()  # the same fault: nothing arrives
    assert other.propofol[1:10].any()


def test_a_case_that_reaches_its_horizon_is_finished(desk):
    desk.ask({"do": "begin", "case": {"horizon": 120.0}})
    desk.ask({"do": "skip", "seconds": 600})
    assert desk.finished
    assert desk.clock == 120.0
    assert desk.ask({"do": "finish"})["score"]


def test_the_page_is_told_readings_and_the_pumps_belief_but_no_truth():
    session = lived(30, *ASLEEP, (10, "advise", "pid_tuned"))
    point, state = view.moment(session), view.status(session)
    readings = session.seen.readings
    assert point["index"] == pytest.approx(float(readings.bis[0]), abs=0.05)
    assert point["effect"] == pytest.approx(session.state.pumps.predicted[3, :, 0], abs=1e-3)
    assert point["rates"]["propofol"] == pytest.approx(
        float(readings.infused[0, 0]) * 360.0 / session.weight, abs=1e-3
    )
    assert state["advice"]["agent"] == "pid_tuned"
    assert state["advice"]["mode"] == "rates"
    assert state["advice"]["why"] == ""
    told = [one["seconds"] for one in state["forecast"]]
    assert told == [60.0, 120.0, 180.0, 300.0]
    for one in state["forecast"]:
        assert one["q10"] <= one["q50"] <= one["q90"]


def test_alarms_say_in_words_what_is_beyond_its_limits():
    readings = Session(SETUP).seen.readings

    def called(asleep=True, **values):
        shown = replace(readings, **{name: np.array([value]) for name, value in values.items()})
        return [(alarm.level, alarm.text) for alarm in alarms(shown, asleep)]

    calm = {"bis": 50.0, "mean_arterial_pressure": 80.0, "heart_rate": 60.0, "signal_quality": 90.0}
    assert called(**calm) == []
    assert called(**calm | {"bis": 61.0}) == [("warning", "Index high: 61, above 60")]
    assert called(**calm | {"bis": 61.0, "asleep": False}) == []
    low = calm | {"mean_arterial_pressure": 54.0, "bis": 39.0}
    assert called(**low) == [
        ("crisis", "Mean pressure low: 54 mmHg, below 55"),
        ("warning", "Index low: 39, below 40"),
    ]
    assert called(**calm | {"bis_valid": False}) == [("warning", "Index: no signal")]
    assert called(**calm | {"signal_quality": 30.0}) == [("warning", "Index: poor signal quality, 30 %")]
    assert LIMITS["pressure"].low == 65.0


def test_an_agent_behind_the_shield_says_why_and_its_alarms_are_shown():
    session = lived(14, *ASLEEP, (2, "advise", "look_ahead+shield"), (4, "strike", "bis_dropout"))
    state = view.status(session)
    assert {"signal": "agent", "level": "warning", "text": "Shield: no index"} in state["alarms"]
    assert state["advice"]["why"].startswith("no index")
    assert "look_ahead+shield" in view.choices()["agents"]
