"""The validation command, from cases in the formats people have to tables, figures and one line for bad input."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from experiments.judging import splits
from experiments.running.command_line import run
from experiments.sites.recorded import read_cases
from experiments.tasks import TASKS
from experiments.validate import Validation, evaluate, main
from predictors import OBSERVERS
from predictors.depth.phases import phases
from predictors.learning.weights import SHIPPED, load
from tests.depth_folder import (
    recorded_cases,
    simulated_cases,
    write_parquet_folder,
    write_people,
    write_vital_folder,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
SAVED = (
    "alarms.csv",
    "by_age.csv",
    "calibration.csv",
    "config.json",
    "page.png",
    "report.md",
    "scores.csv",
    "tested.json",
    "traces.csv",
)


@pytest.fixture(scope="module")
def validated(few_recordings, tmp_path_factory):
    """The folder, validated once with everything that is shipped."""
    out = tmp_path_factory.mktemp("validated")
    main(Validation(data=str(few_recordings), out=out / "results", json=out / "figures.json"))
    return out


def refused(arguments, line, capsys, out):
    with pytest.raises(SystemExit) as stop:
        run(main, Validation, [*arguments, "--out", str(out)])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert line in error
    assert not out.exists()


def test_everything_is_saved_and_every_figure_is_in_the_json(validated):
    assert sorted(path.name for path in (validated / "results").iterdir()) == sorted(SAVED)
    figures = json.loads((validated / "figures.json").read_text())
    scores = pd.read_csv(validated / "results" / "scores.csv")
    assert len(figures["scores"]) == len(scores)
    assert set(scores["horizon"]) == {0, 60, 120, 180, 300}
    assert {"CCC", "RMSE", "MDPE", "MDAPE", "coverage_80", "Pk"} == set(scores["metric"])
    assert {"all", "induction", "maintenance", "recovery"} == set(scores["phase"])


def test_the_report_prints_the_papers_figures_and_what_cleaning_did(validated):
    report = (validated / "results" / "report.md").read_text()
    for words in ("0.561", "0.265", "4 cases read, 4 kept", "BIS 0 or impossible", "forecaster (synthetic)"):
        assert words in report


def test_a_score_is_what_the_saved_traces_say(validated, few_recordings):
    """Persistence, recomputed by hand from the recorded index."""
    cases, _ = read_cases(few_recordings)
    mean = pd.DataFrame(cases["bis"]).rolling(3, min_periods=1).mean().ffill().to_numpy()
    miss = cases["bis"][6:] - mean[:-6]
    expected = np.sqrt(np.nanmean(np.where(phases(cases)[:-6] >= 0, miss, np.nan) ** 2))
    scores = pd.read_csv(validated / "results" / "scores.csv")
    row = scores.query("predictor == 'persistence' and horizon == 60 and phase == 'all' and metric == 'RMSE'")
    assert row["estimate"].item() == pytest.approx(expected, rel=1e-4)
    assert row["low"].item() <= expected <= row["high"].item()


@pytest.mark.usefixtures("undrawn")
def test_vital_files_give_the_same_scores(validated, tmp_path):
    pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    write_vital_folder(tmp_path / "vital", recorded_cases(10).select(np.arange(4)))
    main(Validation(data=str(tmp_path / "vital"), weights=("surface_refitted",), out=tmp_path / "out"))
    chosen = "predictor == 'surface_refitted (synthetic)' and phase == 'all' and metric == 'RMSE'"
    ours, theirs = (
        pd.read_csv(path / "scores.csv").query(chosen)["estimate"].item()
        for path in (tmp_path / "out", validated / "results")
    )
    assert ours == pytest.approx(theirs, rel=1e-3)


@pytest.mark.usefixtures("short_rooms")
def test_simulated_cases_get_the_same_tables_and_an_oracle(tmp_path):
    main(Validation(patients=3, weights=("surface_refitted", "adaptive"), out=tmp_path / "out"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(SAVED)
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert {"oracle", "adaptive (synthetic)"} <= set(scores["predictor"])
    report = (tmp_path / "out" / "report.md").read_text()
    assert "SYNTHETIC" in report
    assert "NEGATIVE CONTROL" not in report


@pytest.mark.usefixtures("short_rooms", "undrawn")
def test_the_negative_control_says_in_its_report_what_it_is(tmp_path):
    main(Validation(patients=3, weights=("surface_refitted",), control=True, out=tmp_path / "out"))
    report = (tmp_path / "out" / "report.md").read_text()
    assert "NEGATIVE CONTROL: what is to be predicted has been made to say nothing." in report
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    error = scores.query("metric == 'RMSE' and phase == 'all'").set_index("predictor")["estimate"]
    assert error["oracle"] > 8.0
    assert error["surface_refitted (synthetic)"] > 8.0


def test_on_the_negative_control_even_who_knows_the_truth_does_no_better_than_chance():
    """The index is somebody else's, so only what all cases have in common is left: in maintenance, nothing."""
    task, cases = TASKS.get("depth"), simulated_cases("wandering", 20, 2, 6000.0)
    scores = {}
    for control in (False, True):
        found = evaluate(task, cases, task.baselines(), Validation(control=control)).tables["scores"]
        kept = found[(found["phase"] == "maintenance") & (found["horizon"] <= 60)]
        scores[control] = kept.set_index(["predictor", "metric"])
    for name in ("oracle", "nominal_surface", "pump_surface", "persistence", "trend"):
        true, chance = (scores[control].loc[(name, "CCC")] for control in (False, True))
        assert true["low"] > 0.05
        assert chance["low"] < 0.0 < chance["high"]
        assert abs(chance["estimate"]) < 0.1
        assert scores[True].loc[(name, "RMSE"), "estimate"] > scores[False].loc[(name, "RMSE"), "estimate"]
    assert scores[False].loc[("oracle", "CCC"), "low"] > 0.8  # it knows the truth, not the monitor's noise


@pytest.mark.usefixtures("undrawn")
def test_subjects_that_weights_have_seen_are_not_judged(few_recordings, tmp_path, capsys):
    known, cases = load("surface_refitted"), read_cases(few_recordings)[0]
    path = tmp_path / "real" / "surface_refitted.safetensors"
    path.parent.mkdir()
    save_file(known.tensors, path)
    seen = cases.subject[:3].tolist()
    for column, names in (("subjects_seen", seen), ("cases_seen", cases.who[:3].tolist())):
        path.with_suffix(".json").write_text(json.dumps({**known.config, column: names}))
        main(Validation(data=str(few_recordings), weights=(str(path.parent),), out=tmp_path / column))
        tested = json.loads((tmp_path / column / "tested.json").read_text())
        assert tested == {"subjects": [cases.subject[3]], "cases": [cases.who[3]]}
        report = (tmp_path / column / "report.md").read_text()
    assert "3 cases of subjects seen" in (tmp_path / "subjects_seen" / "report.md").read_text()
    assert "1 cases of 1 subjects are judged." in report
    path.with_suffix(".json").write_text(
        json.dumps({**known.config, "subjects_seen": cases.subject.tolist()})
    )
    options = ["--data", str(few_recordings), "--weights", str(path.parent)]
    refused(options, "every subject was seen in training", capsys, tmp_path / "none")


@pytest.mark.usefixtures("undrawn")
def test_one_part_of_the_recorded_subjects_is_judged_and_who_the_patients_were_fitted_to_is_said(
    recordings, tmp_path
):
    cases, _ = read_cases(recordings)
    parts = splits.split(cases, 0)
    for part in ("test", "validation"):
        out = tmp_path / part
        main(Validation(data=str(recordings), part=part, weights=("surface_refitted",), out=out))
        assert json.loads((out / "tested.json").read_text())["cases"] == cases.who[parts[part]].tolist()
        report = (out / "report.md").read_text()
        assert f"part `{part}`" in report
        assert "fitted to VitalDB's" in report


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--part", "test"], "part: 'test' is not allowed of synthetic cases"),
        (["--data", "nowhere"], "nowhere"),
        (["--weights", "nobody"], "weights: nobody is not known"),
        (["--site", "moon"], "site: 'moon' is not allowed"),
        (["--task", "weather"], "task: unknown name 'weather'"),
        (["--patients", "1"], "patients: 1 is not allowed"),
        (["--seed", "3000000"], "seed: 3000000 is not allowed"),
        (["--weights", "forecaster", str(SHIPPED)], "forecaster (synthetic) is there twice"),
        (["--train", "synthetic", "--device", "abacus"], "device: 'abacus' is not available"),
        (["--train", "synthetic", "--epochs", "0"], "epochs: 0 is not allowed"),
    ],
)
def test_bad_options_are_one_line_and_nothing_is_written(options, line, capsys, tmp_path):
    refused(options, line, capsys, tmp_path / "out")


def test_bad_folders_are_one_line_and_nothing_is_written(capsys, tmp_path):
    cases = recorded_cases(10).select(np.arange(2))
    (tmp_path / "empty").mkdir()
    write_people(tmp_path / "empty", cases)
    write_parquet_folder(tmp_path / "old", cases)
    write_people(tmp_path / "old", cases, age=[200, 50])
    write_parquet_folder(tmp_path / "nameless", cases)
    write_people(tmp_path / "nameless", cases, height=["", 170])
    write_parquet_folder(tmp_path / "trackless", cases)
    table = pd.read_parquet(tmp_path / "trackless" / "signals.parquet")
    table.drop(columns="BIS/BIS").to_parquet(tmp_path / "trackless" / "signals.parquet")
    write_parquet_folder(tmp_path / "short", cases)
    table[table["Time"] < 300].to_parquet(tmp_path / "short" / "signals.parquet")
    for name, line in {
        "empty": "holds neither signals.parquet nor signals.csv nor .vital files",
        "old": "age '200' (row 1) is not allowed",
        "nameless": "height '' (row 1) is not allowed",
        "trackless": "column 'BIS/BIS' is missing",
        "short": "lasts 300 s, which is not allowed",
    }.items():
        refused(["--data", str(tmp_path / name)], line, capsys, tmp_path / "out")


def test_truncated_weights_and_those_of_another_architecture_are_refused(capsys, tmp_path):
    path = tmp_path / "cut.safetensors"
    path.write_bytes((SHIPPED / "forecaster.safetensors").read_bytes()[:1000])
    refused(["--weights", str(path)], "is not a whole safetensors file", capsys, tmp_path / "out")
    save_file(load("dose_history").tensors, tmp_path / "other.safetensors")
    (tmp_path / "other.json").write_text((SHIPPED / "forecaster.json").read_text())
    refused(["--weights", str(tmp_path / "other.safetensors")], "is not allowed", capsys, tmp_path / "out")


@pytest.fixture
def one_learner(monkeypatch):
    """Only the dose history learns."""
    kept = ("nominal", "persistence", "trend", "dose_history")
    targets = {name: target for name, target in OBSERVERS._targets.items() if name in kept}
    monkeypatch.setattr(OBSERVERS, "_targets", targets)


@pytest.mark.usefixtures("short_rooms", "one_learner", "undrawn")
def test_trainings_come_first_and_are_judged_side_by_side_on_whom_neither_has_seen(recordings, tmp_path):
    asked = {"train": ("synthetic", "real"), "training_patients": 2, "epochs": 1, "workers": 1}
    main(Validation(data=str(recordings), out=tmp_path / "out", **asked))
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert {"dose_history (synthetic)", "dose_history (real)"} < set(scores["predictor"])
    tested = json.loads((tmp_path / "out" / "tested.json").read_text())
    assert set(tested["subjects"]) == set(splits.read(tmp_path / "out" / "weights" / "splits.json")["test"])
