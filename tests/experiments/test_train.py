"""Training from the command line: who learns from whom, and what is left on disk."""

from __future__ import annotations

import json
import pickle
from functools import partial

import numpy as np
import pytest

from experiments import train
from experiments.judging import splits
from experiments.running import trainings
from experiments.running.command_line import run
from experiments.running.trainings import REGIMES, Job, Request
from experiments.sites.recorded import read_cases
from experiments.train import Training
from predictors.depth.forecaster import FORECASTER
from predictors.depth.now.dose_history import DOSE_HISTORY
from predictors.learning.weights import load

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


def test_every_training_leaves_weights_that_load_with_a_configuration_and_a_card(trained):
    for regime in REGIMES:
        weights = load(trained / regime / "dose_history.safetensors", "dose_history")
        assert weights.config["training"]["regime"] == regime
        assert weights.config["training"]["seed"] == 0
        DOSE_HISTORY(weights=weights.path)
        card = weights.path.with_suffix(".md").read_text()
        assert f"--task depth --on {regime}" in card
        assert ("VitalDB" in card) == (regime != "synthetic")
        assert ("fitted to recorded subjects of part `train`" in card) == (regime != "real")


def test_the_split_is_written_and_nobody_tested_was_seen(trained, recordings):
    parts = splits.read(trained / "splits.json")
    everyone = {subject for subjects in parts.values() for subject in subjects}
    assert sum(map(len, parts.values())) == len(everyone) == read_cases(recordings)[0].count
    for regime in REGIMES[1:]:
        config = load(trained / regime / "dose_history.safetensors").config
        assert set(config["subjects_seen"]) == set(parts["train"]) | set(parts["validation"])
        assert len(config["cases_seen"]) == len(config["subjects_seen"])
    assert "subjects_seen" not in load(trained / "synthetic" / "dose_history.safetensors").config


def test_each_training_learned_something_else_and_the_last_went_on_from_the_first(trained):
    tensors = [load(trained / regime / "dose_history.safetensors").tensors for regime in REGIMES]
    name = "output.weight"
    synthetic, real, both = (one[name] for one in tensors)
    assert np.abs(both - synthetic).max() < 0.5 * np.abs(real - synthetic).max()
    assert not np.array_equal(both, synthetic)


def test_what_is_there_is_not_trained_again(trained, trained_with, recordings):
    files = sorted(trained.rglob("*.safetensors"))
    before = [file.stat().st_mtime_ns for file in files]
    train.main(Training(on=REGIMES, data=recordings, out=trained, **trained_with))
    assert [file.stat().st_mtime_ns for file in files] == before


@pytest.mark.parametrize(
    "option", [{"seed": 1}, {"epochs": 2}, {"patients": 5}, {"site": "tuned"}, {"limit": 3}]
)
def test_a_folder_of_trainings_with_other_options_is_refused(trained, trained_with, recordings, option):
    before = {path: path.stat().st_mtime_ns for path in trained.rglob("*")}
    options = trained_with | {"on": ("synthetic",)} | option
    (name,) = option
    with pytest.raises(ValueError, match=f"holds a run with {name}"):
        train.main(Training(data=recordings, out=trained, **options))
    assert {path: path.stat().st_mtime_ns for path in trained.rglob("*")} == before


def test_a_folder_with_another_split_of_the_recordings_is_refused(
    trained, trained_with, few_recordings, recordings
):
    fewer = read_cases(recordings)[0].select(np.arange(9))
    parts = splits.split(fewer, 0)
    with pytest.raises(ValueError, match="another split of the recorded cases"):
        splits.refuse_another(trained / "splits.json", fewer, parts)
    with pytest.raises(ValueError, match="4 subjects are not enough to split"):
        train.main(Training(on=("real",), data=few_recordings, out=trained, **trained_with))


def test_a_limit_trains_on_some_and_tests_and_validates_on_the_same(recordings):
    work = trainings.prepare(Request("depth", ("real",), data=recordings))
    limited = trainings.prepare(Request("depth", ("real",), data=recordings, limit=2))
    assert len(limited.parts["train"]) == 2
    assert set(limited.parts["train"]) < set(work.parts["train"])
    for part in ("validation", "test"):
        np.testing.assert_array_equal(limited.parts[part], work.parts[part])


def test_those_declared_last_begin_as_they_train_longest():
    work = trainings.prepare(Request("depth", ("synthetic",)))
    assert list(work.predictors()) == [
        "forecaster",
        "vitals",
        "dose_history",
        "lee2018",
        "surface_refitted",
        "adaptive",
        "exits",
    ]
    some = trainings.prepare(Request("depth", ("synthetic",), predictors=("adaptive", "forecaster")))
    assert list(some.predictors()) == ["forecaster", "adaptive"]


def test_a_training_can_be_sent_to_another_process(recordings, tmp_path):
    work = trainings.prepare(Request("depth", ("real",), data=recordings))
    sent = pickle.loads(
        pickle.dumps((partial(trainings.learn, work, tmp_path, {}), Job("real", "dose_history")))
    )
    received = sent[0].args[0]
    np.testing.assert_array_equal(received.everyone["bis"], work.everyone["bis"])
    assert list(received.predictors()) == list(work.predictors())


@pytest.mark.usefixtures("short_rooms")
def test_synthetic_cases_come_from_the_mix_or_from_the_site_that_is_named():
    work = trainings.prepare(Request("depth", ("synthetic",), patients=3))
    jobs = [Job("synthetic", name) for name in ("dose_history", "forecaster")]
    made = trainings.simulated(work, jobs)
    assert len(made) == 1  # both learn from one mix, simulated once
    cases, validation = trainings.material(work, made, jobs[0])
    assert {who.split()[0] for who in cases.who} == set(work.task.mixes["now"])
    assert not set(cases.subject) & set(validation.subject)
    assert trainings.mix(work, FORECASTER) == work.task.mixes["ahead"]
    one = trainings.prepare(Request("depth", ("synthetic",), patients=2, site="shifted"))
    assert trainings.mix(one, DOSE_HISTORY) == {"shifted": 1.0}


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--seed", "1000000"], "seed: 1000000 is not allowed"),
        (["--predictors", "oracle"], "predictors: 'oracle' is not allowed"),
        (["--patients", "0"], "patients: 0 is not allowed"),
        (["--limit", "-1"], "limit: -1 is not allowed"),
        (["--device", "abacus"], "device: 'abacus' is not available"),
        (["--site", "moon"], "site: 'moon' is not allowed"),
        (["--task", "weather"], "task: unknown name 'weather'; allowed are depth"),
        (["--on", "real", "--data", "nowhere"], "nowhere"),
    ],
)
def test_bad_options_are_one_line_and_nothing_is_written(options, line, capsys, tmp_path):
    with pytest.raises(SystemExit) as stop:
        run(train.main, Training, [*options, "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert line in error
    assert not (tmp_path / "out").exists()


def test_configurations_are_saved(trained):
    assert json.loads((trained / "config.json").read_text())["config"]["patients"] == 4


def test_whoever_is_sealed_for_testing_is_sealed_whatever_the_seed_of_a_training(recordings):
    """The networks of another seed are judged on the same subjects, whom they must not have seen."""
    sealed = splits.split(read_cases(recordings)[0], splits.SEED)
    for seed in (0, 1, 2):
        parts = trainings.prepare(Request("depth", ("real",), data=recordings, seed=seed)).parts
        np.testing.assert_array_equal(parts["test"], sealed["test"])
