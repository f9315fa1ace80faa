"""The validation command, from cases in the formats people have to tables, figures and one line for bad input."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from experiments.judging import contenders
from experiments.running.command_line import run
from experiments.sites.recorded import read_cases
from experiments.tasks import TASKS
from experiments.tasks.contract import learners
from experiments.validate import Validation, main
from predictors.depth.phases import phases
from predictors.learning.weights import SHIPPED, load
from tests.depth_folder import recorded_cases, write_parquet_folder, write_people, write_vital_folder

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
def folder(tmp_path_factory):
    """Four simulated patients as a folder of recordings."""
    path = tmp_path_factory.mktemp("recorded")
    write_parquet_folder(path, recorded_cases(4, seed=3))
    return path


@pytest.fixture(scope="module")
def validated(folder, tmp_path_factory):
    """The folder, validated once with everything that is shipped."""
    out = tmp_path_factory.mktemp("validated")
    main(Validation(data=str(folder), out=out / "results", json=out / "figures.json"))
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
    assert {"CCC", "RMSE", "MDPE", "MDAPE", "coverage_80"} == set(scores["metric"])
    assert {"all", "induction", "maintenance", "recovery"} == set(scores["phase"])


def test_the_report_prints_the_papers_figures_and_what_cleaning_did(validated):
    report = (validated / "results" / "report.md").read_text()
    for words in ("0.561", "0.265", "4 cases read, 4 kept", "BIS 0 or impossible", "forecaster (synthetic)"):
        assert words in report


def test_a_score_is_what_the_saved_traces_say(validated, folder):
    """Persistence, recomputed by hand from the recorded index."""
    cases, _ = read_cases(folder)
    bis = cases["bis"]
    mean = pd.DataFrame(bis).rolling(3, min_periods=1).mean().ffill().to_numpy()
    miss = bis[6:] - mean[:-6]
    expected = np.sqrt(np.nanmean(np.where(phases(cases)[:-6] >= 0, miss, np.nan) ** 2))
    scores = pd.read_csv(validated / "results" / "scores.csv")
    row = scores.query("predictor == 'persistence' and horizon == 60 and phase == 'all' and metric == 'RMSE'")
    assert row["estimate"].item() == pytest.approx(expected, rel=1e-4)
    assert row["low"].item() <= expected <= row["high"].item()


def test_vital_files_give_the_same_scores(validated, tmp_path):
    write_vital_folder(tmp_path / "vital", recorded_cases(4, seed=3))
    main(Validation(data=str(tmp_path / "vital"), weights=("dose_history",), out=tmp_path / "out"))
    chosen = "predictor == 'dose_history (synthetic)' and phase == 'all' and metric == 'RMSE'"
    ours, theirs = (
        pd.read_csv(path / "scores.csv").query(chosen)["estimate"].item()
        for path in (tmp_path / "out", validated / "results")
    )
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_simulated_cases_get_the_same_tables_and_an_oracle(tmp_path, short_rooms):
    main(Validation(patients=3, weights=("surface_refitted", "adaptive"), out=tmp_path / "out"))
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert "oracle" in set(scores["predictor"])
    assert "SYNTHETIC" in (tmp_path / "out" / "report.md").read_text()


def test_on_the_negative_control_nobody_knows_the_index_of_somebody_else(tmp_path, short_rooms):
    options = {"patients": 12, "weights": ("surface_refitted",)}
    main(Validation(**options, out=tmp_path / "real"))
    main(Validation(**options, control=True, out=tmp_path / "control"))
    assert "NEGATIVE CONTROL" in (tmp_path / "control" / "report.md").read_text()
    real, control = (
        pd.read_csv(tmp_path / name / "scores.csv").query(
            "predictor == 'persistence' and phase == 'maintenance'"
        )
        for name in ("real", "control")
    )
    key = "horizon == 60 and metric == 'CCC'"
    assert real.query(key)["estimate"].item() > 0.5
    assert abs(control.query(key)["estimate"].item()) < 0.3


def test_subjects_that_weights_have_seen_are_not_judged(folder, tmp_path, capsys):
    known = load("surface_refitted")
    path = tmp_path / "real" / "surface_refitted.safetensors"
    path.parent.mkdir()
    save_file(known.tensors, path)
    seen = recorded_cases(4, seed=3).subject[:3].tolist()
    path.with_suffix(".json").write_text(json.dumps({**known.config, "subjects_seen": seen}))
    main(Validation(data=str(folder), weights=(str(path.parent),), out=tmp_path / "out"))
    tested = json.loads((tmp_path / "out" / "tested.json").read_text())
    assert len(tested["subjects"]) == 1
    assert not set(tested["subjects"]) & set(seen)
    nameless = {**known.config, "cases_seen": recorded_cases(4, seed=3).who[:3].tolist()}
    path.with_suffix(".json").write_text(json.dumps(nameless))
    main(Validation(data=str(folder), weights=(str(path.parent),), out=tmp_path / "by_case"))
    assert json.loads((tmp_path / "by_case" / "tested.json").read_text())["cases"] == tested["cases"]
    path.with_suffix(".json").write_text(
        json.dumps({**known.config, "subjects_seen": recorded_cases(4, seed=3).subject.tolist()})
    )
    refused(
        ["--data", str(folder), "--weights", str(path.parent)],
        "every subject was seen in training",
        capsys,
        tmp_path / "none",
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--data", "nowhere"], "nowhere"),
        (["--weights", "nobody"], "weights: nobody is not known"),
        (["--site", "moon"], "site: 'moon' is not allowed"),
        (["--patients", "1"], "patients: 1 is not allowed"),
        (["--task", "weather"], "task: unknown name 'weather'"),
        (["--seed", "3000000"], "seed: 3000000 is not allowed"),
        (["--weights", "forecaster", str(SHIPPED)], "forecaster (synthetic) is there twice"),
        (["--train", "synthetic", "--device", "abacus"], "device: 'abacus' is not available"),
        (["--train", "synthetic", "--epochs", "0"], "epochs: 0 is not allowed"),
    ],
)
def test_bad_options_are_one_line_and_nothing_is_written(options, line, capsys, tmp_path):
    refused(options, line, capsys, tmp_path / "out")


def test_bad_folders_are_one_line_and_nothing_is_written(folder, capsys, tmp_path):
    cases = recorded_cases(2, seed=3)
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
        "empty": "holds neither signals.parquet nor .vital files",
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


def test_what_is_shipped_is_small_and_has_seen_no_recorded_subject():
    shipped = contenders.read(TASKS.get("depth"), ())
    assert {one.architecture for one in shipped} == set(learners(TASKS.get("depth")))
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 2_000_000
    assert not contenders.seen(shipped)
    for one in shipped:
        assert one.config["training"]["regime"] == "synthetic"
        card = one.path.with_suffix(".md").read_text()
        for words in ("Data:", "Split:", "Command:", "Scores", "Limits", "seed"):
            assert words in card, f"{one.path.stem}: {words}"
