"""A predictor, and a task of another kind, each in one new file: trained, judged, shipped and used by our commands."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from experiments import closed_loop, publish, train, validate
from experiments.loop.evaluation import Evaluation
from experiments.running.command_line import run
from experiments.tasks import TASKS
from predictors import ANSWERS, OBSERVERS

PREDICTOR = '''
"""A straight line through the effect site of propofol: the least that can be learned of depth."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from predictors import OBSERVERS
from predictors.depth.memory import exposure
from predictors.depth.memory.exposure import Exposure
from predictors.depth.phases import scored
from predictors.learning.contract import Learned, Published
from predictors.learning.watching import INTERVAL, follow
from predictors.learning.weights import Shipped


@dataclass(frozen=True)
class LineObserver:
    """Estimates the index as awake less slope times the effect site."""

    awake: float
    slope: float
    control_period: float = INTERVAL

    @property
    def estimates(self):
        return {"bis": (0.0, 100.0, "")}

    def initial(self, covariates):
        return exposure.begin(covariates, self.control_period)

    def update(self, state, readings):
        state = exposure.advance(state, readings.infused, self.control_period)
        return state, {"bis": np.clip(self.awake - self.slope * exposure.effect_sites(state)[0], 0.0, 100.0)}


class Line(Shipped):
    """A straight line through the effect site of propofol."""

    name = "line"
    task = "depth"
    question = "now"
    folder = Path(__file__).parent / "shipped"
    limits = ("Everywhere.",)
    published = (Published("CCC", 0.1, "nobody"),)

    def of(self, weights):
        return LineObserver(*(float(weights.tensors[name]) for name in ("awake", "slope")))

    def learn(self, course):
        train = course.train
        def step(state, seen):
            state = exposure.advance(state, seen.infused, INTERVAL)
            return state, {"effect": exposure.effect_sites(state)[0]}

        effect = follow(step, exposure.begin(train.person, INTERVAL), train)["effect"]
        counted = scored(train)
        slope, awake = np.polyfit(effect[counted], train["bis"][counted], 1)
        return Learned({"awake": np.array(awake), "slope": np.array(-slope)})


OBSERVERS.register("line", Line())
'''

TASK = '''
"""Acute kidney injury from three numbers known before surgery: a task without time."""

import numpy as np

from experiments.judging.questions import Question
from experiments.tasks import TASKS
from experiments.tasks.contract import Contender, Task
from predictors import ANSWERS
from predictors.learning.cases import Cases, Signal
from predictors.learning.contract import Learned
from predictors.learning.weights import Shipped
from sim.cohort.people import surgical_people
from sim.randomness import case_keys, normals, uniforms
from sim.registry import Registry

FEATURES = ("creatinine", "hemoglobin", "blood_loss")


class Hospital:
    """Injury follows creatinine and blood loss; hemoglobin is a bystander."""

    def cases(self, count, seed):
        keys = case_keys(seed, np.arange(count))
        values = normals(keys, "toy risk", 0, 3)
        odds = -1.0 + 1.2 * values[0] + 0.8 * values[2]
        risk = 1.0 / (1.0 + np.exp(-odds))
        event = (uniforms(keys, "toy event", 0, 1)[0] < risk).astype(float)
        names = np.array([f"hospital {seed} {number}" for number in range(count)])
        signals = {name: Signal(row[None]) for name, row in zip(FEATURES, values)}
        labels = {"injury": Signal(event[None]), "truth": Signal(risk[None])}
        return Cases(names, names, surgical_people(keys), np.zeros(count), signals, labels)


class Model:
    """Answers once a case."""

    def __init__(self, weight):
        self.weight = weight

    def answer(self, cases):
        odds = self.weight[0] + sum(w * cases[name] for w, name in zip(self.weight[1:], FEATURES))
        return {"injury": 1.0 / (1.0 + np.exp(-odds))}


class Logistic(Shipped):
    """Logistic regression by Newton's method."""

    name = "logistic"
    task = "kidney"
    question = "injury"
    limits = ("A toy.",)
    published = ()

    def of(self, weights):
        return Model(weights.tensors["weight"])

    def learn(self, course):
        train = course.train
        x = np.stack([np.ones(train.count), *(train[name][0] for name in FEATURES)], axis=1)
        y, w = train.label("injury")[0], np.zeros(4)
        for _ in range(20):
            p = 1.0 / (1.0 + np.exp(-x @ w))
            w = w + np.linalg.solve((x * (p * (1.0 - p))[:, None]).T @ x, x.T @ (y - p))
        return Learned({"weight": w})


class Prevalence:
    """Says the same of everybody."""

    def answer(self, cases):
        return {"injury": np.full((1, cases.count), 0.3)}


def questions(cases, answers):
    said = {label: one["injury"] for label, one in answers["injury"].items()}
    everybody = np.ones((1, cases.count), dtype=bool)
    scores = ("AUROC", "AUPRC", "Brier", "calibration_slope")
    yield Question({"outcome": "injury"}, cases.label("injury"), everybody, said, scores, ("prevalence",))


def shuffled(cases, seed):
    drawn = np.random.default_rng(seed).permutation(cases.count)
    return cases.with_labels(injury=Signal(cases.label("injury")[:, drawn]))


KIDNEY = Task(
    name="kidney",
    description="Acute kidney injury from three numbers.",
    title="Kidney injury",
    caveat="A toy",
    sites=Registry("hospital", here=f"{__name__}:HERE"),
    test_site="here",
    mixes={"injury": {"here": 1.0}},
    baselines=lambda: [Contender("prevalence", "", "injury", Prevalence())],
    questions=questions,
    subsets=lambda cases: {"women": (cases.person.female > 0.5)[None]},
    oracle=lambda cases: {"injury": {"oracle": {"injury": cases.label("truth")}}},
    control=shuffled,
)
HERE = Hospital()
ANSWERS.register("logistic", Logistic())
TASKS.register("kidney", KIDNEY)
'''


COMMANDS = {
    "train": (train.main, train.Training),
    "validate": (validate.main, validate.Validation),
    "publish": (publish.main, publish.Publication),
    "closed_loop": (closed_loop.main, Evaluation),
}


def command(name, plugin, *options):
    """Run a command of ours with a plug-in."""
    run(*COMMANDS[name], ["--plugin", str(plugin), *map(str, options)])


@pytest.fixture(autouse=True)
def registries(monkeypatch, short_rooms):
    """What the plug-ins register is gone when a test is over; synthetic cases are few and short, no report is drawn."""
    for registry in (OBSERVERS, ANSWERS, TASKS):
        monkeypatch.setattr(registry, "_targets", dict(registry._targets))
    monkeypatch.setattr(closed_loop.report, "write", lambda folder: folder)


@pytest.mark.usefixtures("undrawn")
def test_a_new_predictor_is_trained_judged_beside_the_others_shipped_and_streamed(tmp_path):
    plugin, trained = tmp_path / "line_lab.py", tmp_path / "trained" / "synthetic"
    plugin.write_text(PREDICTOR)
    options = ["--predictors", "line", "--patients", 4, "--site", "untuned", "--workers", 1]
    command("train", plugin, *options, "--out", tmp_path / "trained")
    assert "Research only" in (trained / "line.md").read_text()
    report = [
        "--weights",
        trained,
        "--patients",
        3,
        "--out",
        tmp_path / "validated",
        "--json",
        tmp_path / "figures.json",
    ]
    command("validate", plugin, *report)
    scores = pd.DataFrame(json.loads((tmp_path / "figures.json").read_text())["scores"])
    own = scores[(scores["predictor"] == "line (synthetic)") & (scores["phase"] == "all")]
    assert set(own["metric"]) == {"CCC", "RMSE", "MDPE", "MDAPE"}
    assert own.set_index("metric").loc["RMSE", "difference_to_nominal_surface"] != 0.0
    command("publish", plugin, "--results", trained, "--validations", tmp_path / "validated")
    card = (tmp_path / "shipped" / "line.md").read_text()
    assert "Everywhere." in card
    assert "Published: CCC 0.1 (nobody)" in card
    assert "| 0 | line (synthetic) | CCC |" in card
    options = [
        "--agents",
        "fixed_targets",
        "--reference",
        "fixed_targets",
        "--patients",
        2,
        "--horizon",
        600,
    ]
    command(
        "closed_loop", plugin, *options, "--observers", "line", "--workers", 1, "--out", tmp_path / "loop"
    )
    traces = pd.read_parquet(tmp_path / "loop" / "traces.parquet")
    assert traces["estimated_line.bis"].between(0.0, 100.0).all()
    assert traces["estimated_line.bis"].nunique() > 10


def test_a_new_task_without_time_is_trained_judged_and_shipped_by_the_same_commands(tmp_path):
    plugin, out = tmp_path / "kidney_lab.py", tmp_path / "trained"
    plugin.write_text(TASK)
    command("train", plugin, "--task", "kidney", "--patients", 400, "--workers", 1, "--out", out)
    options = ["--task", "kidney", "--patients", 300, "--weights", out / "synthetic"]
    command("validate", plugin, *options, "--out", tmp_path / "validated")
    assert "A toy; site here, seed 1000000." in (tmp_path / "validated" / "report.md").read_text()
    assert (tmp_path / "validated" / "page.png").stat().st_size > 1000
    scores = pd.read_csv(tmp_path / "validated" / "scores.csv").set_index(["predictor", "subset", "metric"])
    auroc = scores.xs(("all", "AUROC"), level=("subset", "metric"))
    assert auroc.loc["prevalence", "estimate"] == 0.5
    assert 0.7 < auroc.loc["logistic (synthetic)", "estimate"] <= auroc.loc["oracle", "estimate"] + 0.02
    assert auroc.loc["logistic (synthetic)", "difference_to_prevalence_low"] > 0.1
    assert 0.6 < scores.loc[("logistic (synthetic)", "all", "calibration_slope"), "estimate"] < 1.5
    command("validate", plugin, *options, "--control", "--out", tmp_path / "control")
    control = pd.read_csv(tmp_path / "control" / "scores.csv").set_index(["predictor", "subset", "metric"])
    row = control.loc[("logistic (synthetic)", "all", "AUROC")]
    assert row["low"] < 0.5 < row["high"]
    command(
        "publish", plugin, "--task", "kidney", "--results", out / "synthetic", "--out", tmp_path / "shipped"
    )
    assert np.isclose((tmp_path / "shipped" / "logistic.safetensors").stat().st_size, 136, atol=60)
