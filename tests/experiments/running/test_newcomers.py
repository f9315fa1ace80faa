"""Newcomers take part with one file outside the repository and `--plugin`, without a line of ours changed."""

from __future__ import annotations

import json
import runpy
import sys

import numpy as np
import pandas as pd
import pytest

from experiments import closed_loop
from experiments.learning.training import learner
from experiments.loop.evaluation import Evaluation
from experiments.running.command_line import run
from experiments.tuning.rl import Training

SIZES = ["--reference", "fixed_targets", "--patients", "4", "--horizon", "600", "--workers", "1"]

AGENT = '''
"""An agent that gives more where the index is high."""

from dataclasses import dataclass

import numpy as np

from agents import AGENTS
from sim.interfaces import Orders


@dataclass(frozen=True)
class Proportional:
    """Sets the propofol target in proportion to the index."""

    orders = "targets"

    def initial(self, covariates, keys):
        return ()

    def act(self, state, readings, estimates):
        zero = 0.0 * readings.bis
        return Orders(np.stack([readings.bis / 20.0, zero + 2.0, zero]), np.stack([zero] * 3)), state


AGENTS.register("proportional", Proportional)
'''

DRUG = '''
"""A propofol that is cleared twice as fast as Schnider's."""

from sim.pharmacokinetics import PROPOFOL
from sim.pharmacokinetics.models import KineticModel, build


def brisk(person, eta):
    """Made up for a test."""
    return build(person, eta, v1=4.3, v2=18.9, v3=238.0, cl=3.8, q2=1.3, q3=0.84, ke0=0.456)


PROPOFOL.register("brisk", KineticModel("brisk", "propofol", brisk, log_sd={"cl": 0.2}))
'''

OBSERVER = '''
"""An observer of the time under propofol, and an agent that believes it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents import AGENTS
from predictors import OBSERVERS
from sim.interfaces import Orders


class Minutes(NamedTuple):
    gone: np.ndarray


@dataclass(frozen=True)
class Stopwatch:
    """Counts the minutes."""

    control_period: float = 10.0
    estimates = {"minutes": (0.0, 1440.0, "min")}

    def initial(self, covariates):
        return Minutes(0.0 * covariates.age)

    def update(self, state, readings):
        gone = state.gone + self.control_period / 60.0
        return Minutes(gone), {"minutes": gone}


@dataclass(frozen=True)
class Patient:
    """Gives nothing before the observer has counted five minutes."""

    orders = "targets"
    observers = ("stopwatch",)

    def initial(self, covariates, keys):
        return ()

    def act(self, state, readings, estimates):
        target = np.where(estimates["stopwatch.minutes"] > 5.0, 3.0, 0.0)
        return Orders(np.stack([target, 0.0 * target, 0.0 * target]), np.stack([0.0 * target] * 3)), state


OBSERVERS.register("stopwatch", Stopwatch)
AGENTS.register("patient", Patient)
'''

METRIC = '''
"""A metric of how deep it ever was."""

from sim.metrics import MEASURES
from sim.metrics.measure import Measure, Metric


def deepest(case):
    """Return the lowest index of the case."""
    return {"deepest_bis": case.trace.bis.min(axis=0)}


MEASURES.register("deepest", Measure({"deepest_bis": Metric("Lowest index", "", "higher")}, deepest))
'''


SURGERY = '''
"""A surgery that hurts all the time, and what is learned for in it."""

from sim.environment.rewards import TERMS
from sim.surgery import SURGERIES, Profile


def calm(period):
    """1 while the heart rate is below 90 /min."""
    return (period.truth.heart_rate < 90.0).astype(float)


SURGERIES.register("sore", Profile("Made up for a test.", ((0, 35.0),)))
TERMS.register("calm", calm)
'''


@pytest.fixture
def compared(tmp_path, monkeypatch, request):
    """Run the comparison with a plug-in; return its cases."""
    request.getfixturevalue("fresh")
    monkeypatch.setattr(closed_loop.report, "write", lambda folder: folder)  # drawing is tested elsewhere

    def compare(name: str, text: str, *options: str) -> pd.DataFrame:
        lab = tmp_path / f"{name}.py"
        lab.write_text(text)
        out = tmp_path / f"run {options}"
        given = ["--plugin", str(lab), *SIZES, *options, "--out", str(out)]
        run(closed_loop.main, Evaluation, given)
        assert json.loads((out / "config.json").read_text())["plugins"] == [str(lab)]
        assert str(lab) in json.loads((out / "run.json").read_text())["files"]
        return pd.read_csv(out / "cases.csv")

    return compare


def test_an_agent_has_its_row_in_every_table_and_workers_know_all_that_came_with_it(compared, tmp_path):
    options = "--agents", "proportional", "--surgery", "sore", "--workers", "2"
    cases = compared("newcomer_agent", AGENT + SURGERY + METRIC, *options)
    assert cases["deepest_bis"].between(0.0, 90.0).all()
    assert cases["agent"].tolist() == ["fixed_targets"] * 4 + ["proportional"] * 4
    folder = next(tmp_path.glob("run*"))
    assert set(pd.read_csv(folder / "summary.csv")["agent"]) == {"fixed_targets", "proportional"}
    described = json.loads((folder / "run.json").read_text())["agents"]
    assert described[1]["description"] == "Sets the propofol target in proportion to the index."
    assert (pd.read_parquet(folder / "traces.parquet")["stimulus"] == 35.0).all()


@pytest.mark.usefixtures("fresh")
def test_it_is_listed_from_the_shell(tmp_path, monkeypatch, capsys):
    """As `python -m experiments.list` does it, from another folder."""
    (tmp_path / "newcomer_agent.py").write_text(AGENT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "experiments.list", raising=False)
    monkeypatch.setattr(sys, "argv", ["list", "--kind", "agent", "--plugin", "newcomer_agent.py"])
    runpy.run_module("experiments.list", run_name="__main__", alter_sys=True)
    said = capsys.readouterr().out
    assert "\nagent\tproportional\tSets the propofol target in proportion to the index.\n" in said


def test_a_drug_model_makes_the_patients(compared):
    options = "--agents", "fixed_targets"
    cases = compared("newcomer_drug", DRUG, *options, "--models.propofol", "brisk")
    usual = compared("newcomer_drug", DRUG, *options)
    assert len(cases) == 4
    assert not np.allclose(cases["mdape_percent"], usual["mdape_percent"])


def test_an_observer_is_believed_by_an_agent(compared):
    cases = compared("newcomer_observer", OBSERVER, "--agents", "patient")
    own = cases[cases["agent"] == "patient"]
    assert len(own) == 4
    assert (own["propofol_mg_per_kg"] > 0.0).all()
    assert (own["induction_to_bis_60_min"].fillna(10.0) > 0.0).all()


def test_a_surgery_comes_from_a_file_of_events(compared, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = tmp_path / "my_case.csv"
    case.write_text("minute,stimulus,bleeding\n0,35,\n5,35,100\n")
    compared("newcomer_agent", AGENT, "--agents", "fixed_targets", "--surgery", case.name)
    folder = next(tmp_path.glob("run*"))
    assert (pd.read_parquet(folder / "traces.parquet")["stimulus"] == 35.0).all()
    assert str(case) in json.loads((folder / "run.json").read_text())["files"]


@pytest.mark.usefixtures("fresh")
def test_a_reward_is_learned_for(tmp_path):
    (tmp_path / "newcomer_reward.py").write_text(SURGERY)
    seen = []

    def learned(config: Training) -> None:
        env = learner(config.course(), 1000).env
        env.reset()
        *_, infos = env.step(np.zeros((2, 3), np.float32))
        seen.extend(infos)

    given = [
        "--plugin",
        str(tmp_path / "newcomer_reward.py"),
        "--patients",
        "2",
        "--reward",
        "calm",
        "2",
        "depth",
        "1",
    ]
    run(learned, Training, given)
    for info in seen:
        assert info["reward_terms"].keys() == {"calm", "depth", "outside", "changes"}
        assert info["reward_terms"]["calm"] in (0.0, 2.0)
    with pytest.raises(SystemExit) as stop:
        run(learned, Training, ["--reward", "calmness", "1"])
    assert stop.value.code == 2


def test_a_metric_has_its_column(compared, tmp_path):
    cases = compared("newcomer_metric", METRIC, "--agents", "fixed_targets")
    assert cases["deepest_bis"].between(0.0, 60.0).all()
    folder = next(tmp_path.glob("run*"))
    assert "deepest_bis" in set(pd.read_csv(folder / "summary.csv")["metric"])
