"""What arms declare, and what is known of those that declare nothing."""

from __future__ import annotations

from agents import AGENTS
from agents.fixed_targets import FixedTargets
from experiments.loop.declarations import LIMITS, UNSAID, USUAL, declared
from tests.plugged import plug


def test_an_agent_says_what_it_sees_and_its_card_says_what_it_was_tuned_on():
    found = declared("pid_tuned")
    assert found["sees"] == "index, phase"
    assert "propofol 0–6.67 mg/s" in found["limits"]
    assert "protocol P3" in found["tuned"]
    assert "13 published patients" in declared("pid_published")["tuned"]


def test_limits_are_those_of_the_settings():
    assert "propofol 1.5–6 µg/mL, remifentanil 1–8 ng/mL" in declared("anaesthetist_textbook")["limits"]


def test_of_an_agent_that_says_nothing_its_orders_readings_and_observers_are_known(monkeypatch):
    class Silent(FixedTargets):
        """Says nothing."""

        about = None
        observers = ("nominal",)
        readings = ("next_event",)

    plug(monkeypatch, AGENTS, "silent", Silent)
    found = declared("silent")
    assert found["sees"] == f"{USUAL}, announced events, nominal (estimates)"
    assert found["moves"] == "targets of propofol and remifentanil, rate of norepinephrine"
    assert (found["limits"], found["tuned"]) == (LIMITS, UNSAID)
