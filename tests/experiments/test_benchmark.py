"""The benchmark measures every layer, library and batch size it promises, and refuses nonsense."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.benchmark import Benchmark, main
from experiments.benchmarking import decisions
from experiments.benchmarking.agreement import agreement
from experiments.benchmarking.decisions import Decisions, measured
from experiments.benchmarking.training import training
from sim.theatre import Theatre, compiling
from sim.theatre.engines import ENGINES

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def uncompiled(monkeypatch):
    """Compiled plays run the period as it is written: tracing is tested with the engines, compiling takes minutes."""
    monkeypatch.setattr(compiling, "make_fx", lambda period, tracing_mode: lambda *blocks: period)
    monkeypatch.setattr(compiling, "generated", lambda graph, blocks: graph)
    monkeypatch.setattr(compiling, "_programs", {})


@pytest.mark.usefixtures("uncompiled")
def test_every_layer_engine_and_batch_size_is_measured(tmp_path):
    main(Benchmark(patients=(2,), seconds=0.01, compared=0, watched=2, trained=0, out=tmp_path))
    rows = json.loads((tmp_path / "benchmark.json").read_text())["rows"]
    single = [row for row in rows if row["threads"] == 1]
    assert {(row["patients"], row["engine"], row["layer"]) for row in single} == {
        (patients, *what)
        for patients in (2,)
        for what in (
            ("numpy", "physiology"),
            ("numpy", "theatre"),
            ("torch", "physiology"),
            ("torch", "theatre"),
            ("compiled", "theatre"),
            *((name, "environment") for name in ENGINES),
        )
    }
    for row in rows:
        per_patient = row["patients"] * 1e6 / row["patient_seconds_per_second"]
        assert row["microseconds_per_simulated_second"] == pytest.approx(per_patient)


def test_training_is_measured_in_decisions():
    (row,) = training(["numpy"], 2)
    assert row["engine"] == "numpy"
    assert 10.0 < row["decisions_per_second"] < 1e5


def test_agents_are_timed_with_their_observers_and_without_the_first_periods():
    asked = Decisions(patients=2, horizon=300.0)
    alone, watched = measured(asked, "fixed_targets"), measured(asked, "ppo")
    assert alone["observers_ms"] == 0.0 < watched["observers_ms"] < watched["median_ms"] <= watched["p95_ms"]
    with pytest.raises(ValueError, match="horizon: 120 s is not allowed; more than 120 s"):
        decisions.main(replace(asked, horizon=120.0))


@pytest.mark.parametrize(
    ("field", "value"),
    [("patients", (0,)), ("seconds", 0.0), ("compared", -1), ("threads", (0,)), ("peer", Path("no/python"))],
)
def test_a_bad_option_is_named(tmp_path, field, value):
    with pytest.raises(ValueError, match=field):
        main(Benchmark(**{field: value, "out": tmp_path}))


@pytest.mark.usefixtures("uncompiled")
def test_engines_agree_over_a_few_minutes():
    rows = {
        row["engine"]: row["largest_difference"]
        for row in agreement(Theatre(horizon=200.0), list(ENGINES), 2)
    }
    assert rows.keys() == {"torch", "compiled"}
    assert 0.0 < rows["torch"]["bis"] < 1e-9
    assert 0.0 < rows["compiled"]["bis"] < 0.05
