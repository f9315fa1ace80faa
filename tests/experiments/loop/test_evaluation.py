"""Who and what an evaluation is made of: what cannot take part is told in one line, before anything is simulated."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from agents import AGENTS, WRAPPERS
from agents.fixed_targets import FixedTargets
from experiments.loop.evaluation import Evaluation, agent_named, label, observers, taking_part, try_out
from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from tests.plugged import plug

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


class Wanting:
    """An agent or an observer that nobody can make."""

    def __init__(self, gain, *rest, path=None, **more):
        self.gain = gain


class Silent:
    """An agent that does not say what it orders."""

    def initial(self, covariates, keys):
        return ()

    def act(self, state, readings, estimates):
        return state


class Single(FixedTargets):
    """An agent that orders one value."""

    def act(self, state, readings, estimates):
        return 3.0


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (Wanting, "agents: mine wants 'gain', which nobody gives; a default is needed"),
        (FixedTargets(), "agents: mine is FixedTargets("),
        (
            Silent,
            "agents: mine: agent: an object of class Silent without orders is not allowed; an object as in",
        ),
        (Single, "agents: mine: agent Single: act returned float 3.0, which is not allowed; (Orders, state)"),
    ],
)
def test_an_agent_that_cannot_take_part_is_told_why(entry, message, monkeypatch):
    plug(monkeypatch, AGENTS, "mine", entry)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        try_out(Evaluation(horizon=600.0), "mine")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (Wanting, "observers: mine wants 'gain', which nobody gives; a default is needed"),
        (NominalObserver(), "observers: mine is NominalObserver("),
    ],
)
def test_an_observer_that_cannot_be_made_is_told_why(entry, message, monkeypatch):
    plug(monkeypatch, OBSERVERS, "mine", entry)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        observers(Evaluation(observers=("nominal", "mine")))


def test_what_a_factory_does_not_take_it_is_not_given(monkeypatch):
    plug(monkeypatch, AGENTS, "mine", lambda path="", **more: FixedTargets(propofol=len(str(path))))
    assert agent_named("mine@abc").propofol == 3
    assert agent_named("mine", Evaluation()).propofol == 0
    with pytest.raises(
        ValueError, match="agents: fixed_targets@abc is not allowed; fixed_targets takes no settings"
    ):
        agent_named("fixed_targets@abc")


@dataclasses.dataclass(frozen=True)
class Within(FixedTargets):
    """Says whom it holds."""

    agent: Any = None
    path: str = ""


def test_a_wrapper_is_put_around_an_agent_whose_name_and_path_come_first(monkeypatch):
    plug(monkeypatch, AGENTS, "mine", lambda path="": Within(path=str(path)))
    plug(monkeypatch, WRAPPERS, "inner", lambda agent: Within(agent=agent, path="inner"))
    plug(monkeypatch, WRAPPERS, "outer", lambda agent: Within(agent=agent, path="outer"))
    made = agent_named("mine@some/place+inner+outer", Evaluation())
    assert (made.path, made.agent.path, made.agent.agent.path) == ("outer", "inner", "some/place")
    assert label("mine@some/place+inner+outer") == "mine@place+inner+outer"
    with pytest.raises(
        ValueError, match=r"wrapper of agents: unknown name 'none'; allowed are .*inner, outer"
    ):
        agent_named("mine+none")


@pytest.mark.parametrize("name", ["cohort", "surgery"])
def test_a_run_takes_files_but_no_tables_in_memory_as_its_record_could_not_name_them(name):
    assert getattr(Evaluation(**{name: Path("mine.csv")}), name) == "mine.csv"
    with pytest.raises(
        ValueError, match=f"^{name}: a table with the columns minute is not allowed; a name or a CSV"
    ):
        Evaluation(**{name: pd.DataFrame({"minute": [1.0]})})


def test_whoever_hears_waveforms_must_be_named_but_not_whoever_listens_to_the_team():
    names, absent = taking_part(Evaluation())
    assert "mpc" in names
    assert "anaesthetist_by_pleth" not in names
    assert any(
        note.startswith("anaesthetist_by_pleth is left out: it reads surgical_pleth") for note in absent
    )
