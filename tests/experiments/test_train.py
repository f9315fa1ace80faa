"""Training from the command line: who learns from whom, what is left on disk, and what may be shipped."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from experiments.bis_learning_curve import Curve, Point, draw
from experiments.publish_bis import Publication
from experiments.train_bis import Training
from experiments.validate_bis import Validation
from experiments.validate_bis import main as validate

from experiments import bis_learning_curve, publish_bis, train_bis
from experiments.judging import splits
from experiments.running.command_line import run
from experiments.sites.recorded import read_cases
from predictors.depth.dose_history import shipped
from predictors.learning.weights import load
from tests.depth_folder import recorded_cases, write_parquet_folder

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
QUICK = {"predictors": ("dose_history",), "patients": 4, "epochs": 1, "workers": 2}
REGIMES = ("synthetic", "real", "synthetic_then_real")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("recorded")
    write_parquet_folder(path, recorded_cases(10, seed=6))
    return path


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    """Dose history networks of all three trainings."""
    out = tmp_path_factory.mktemp("trained")
    train_bis.main(Training(on=REGIMES, data=folder, out=out, **QUICK))
    return out


def test_every_training_leaves_weights_that_load_with_a_configuration_and_a_card(trained):
    for regime in REGIMES:
        weights = load(trained / regime / "dose_history.safetensors", "dose_history")
        assert weights.config["training"]["regime"] == regime
        assert weights.config["training"]["seed"] == 0
        shipped(weights=weights.path)
        card = weights.path.with_suffix(".md").read_text()
        assert f"--on {regime}" in card
        assert ("VitalDB" in card) == (regime != "synthetic")


def test_the_split_is_written_and_nobody_tested_was_seen(trained, folder):
    parts = splits.read(trained / "splits.json")
    everyone = {subject for subjects in parts.values() for subject in subjects}
    assert sum(map(len, parts.values())) == len(everyone) == read_cases(folder)[0].count
    for regime in REGIMES[1:]:
        seen = load(trained / regime / "dose_history.safetensors").config["subjects_seen"]
        assert set(seen) == set(parts["train"]) | set(parts["validation"])
    assert "subjects_seen" not in load(trained / "synthetic" / "dose_history.safetensors").config


def test_what_is_there_is_not_trained_again(trained, folder):
    files = sorted(trained.rglob("*.safetensors"))
    before = [file.stat().st_mtime_ns for file in files]
    train_bis.main(Training(on=REGIMES, data=folder, out=trained, **QUICK))
    assert [file.stat().st_mtime_ns for file in files] == before


def test_a_folder_of_trainings_with_other_options_is_refused(trained, folder, tmp_path):
    for option in ({"seed": 1}, {"epochs": 2}, {"patients": 5}, {"site": "tuned"}):
        with pytest.raises(ValueError, match=f"holds trainings with {next(iter(option))}"):
            train_bis.main(Training(on=REGIMES, data=folder, out=trained, **(QUICK | option)))
    assert splits.read(trained / "splits.json")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--seed", "1000000"], "seed: 1000000 is not allowed"),
        (["--predictors", "oracle"], "predictors: 'oracle' is not allowed"),
        (["--patients", "0"], "patients: 0 is not allowed"),
        (["--device", "abacus"], "device: 'abacus' is not available"),
        (["--site", "moon"], "site: 'moon' is not allowed"),
        (["--on", "real", "--data", "nowhere"], "nowhere"),
    ],
)
def test_bad_options_are_one_line_and_nothing_is_written(options, line, capsys, tmp_path):
    with pytest.raises(SystemExit) as stop:
        run(train_bis.main, Training, [*options, "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert line in error
    assert not (tmp_path / "out").exists()


def test_weights_are_shipped_with_scores_and_limits_unless_they_saw_recorded_subjects(trained, tmp_path):
    validate(Validation(patients=2, weights=(str(trained / "synthetic"),), out=tmp_path / "scored"))
    publish_bis.main(Publication(trained / "synthetic", (tmp_path / "scored",), out=tmp_path / "shipped"))
    card = (tmp_path / "shipped" / "dose_history.md").read_text()
    for words in ("## Scores", "2 cases of 2 subjects are judged", "| now | CCC |", "## Limits"):
        assert words in card
    shipped(weights=tmp_path / "shipped" / "dose_history.safetensors")
    with pytest.raises(ValueError, match="have seen recorded subjects"):
        publish_bis.main(Publication(trained / "real", (tmp_path / "scored",), out=tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_a_learning_curve_scores_parts_on_the_same_test_cases_and_is_drawn(
    trained, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(bis_learning_curve, "UPDATES", 1)  # epochs, whatever the size of the part
    config = Curve(
        data=folder,
        predictors=("dose_history",),
        cases=(2, 0),
        weights=trained / "synthetic",
        epochs=1,
        out=tmp_path,
    )
    everyone, _ = read_cases(folder)
    sets = {part: everyone.select(rows) for part, rows in splits.split(everyone, 0).items()}
    begin = load(trained / "synthetic" / "dose_history.safetensors")
    tables = []
    for size in (2, sets["train"].count):
        for start in ("nothing", "synthetic"):
            point = Point("dose_history", size, start)
            bis_learning_curve.score(point, config, sets, begin)
            tables.append(pd.read_csv(point.path(tmp_path)))
    curve = pd.concat(tables)
    sums = pd.concat([pd.read_csv(path) for path in (tmp_path / "points").glob("*.sums.csv")])
    changes = bis_learning_curve.differences(sums, 0).set_index(["cases", "metric"])["difference"]
    chosen = curve[(curve["phase"] == "all") & (curve["metric"] == "RMSE")].set_index(["cases", "start"])[
        "estimate"
    ]
    assert changes[2, "RMSE"] == pytest.approx(chosen[2, "synthetic"] - chosen[2, "nothing"])
    assert curve.groupby(["cases", "start"]).ngroups == 4
    assert curve.groupby(["phase", "metric"])["samples"].nunique().eq(1).all()
    assert curve.groupby("start")["estimate"].apply(tuple).nunique() == 2
    curve.to_csv(tmp_path / "curve.csv", index=False)
    assert len(draw(tmp_path).axes) == 1


def test_a_learning_curve_refuses_to_begin_with_weights_that_saw_recorded_subjects(trained, folder, tmp_path):
    with pytest.raises(ValueError, match="have seen recorded subjects"):
        bis_learning_curve.main(
            Curve(data=folder, predictors=("dose_history",), weights=trained / "real", out=tmp_path / "out")
        )
    assert not (tmp_path / "out").exists()


def test_configurations_are_saved(trained):
    assert json.loads((trained / "config.json").read_text())["config"]["patients"] == 4
