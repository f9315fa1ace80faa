"""Who is compared: weights by name, file or folder, each once, and what is shipped has seen no recorded subject."""

from __future__ import annotations

import json
import shutil

import pytest

from experiments.judging import contenders
from experiments.tasks import TASKS
from experiments.tasks.contract import learners
from predictors.learning.weights import SHIPPED, load

DEPTH = TASKS.get("depth")


def copied(folder, name, **config):
    """Shipped weights in another folder, with another configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SHIPPED / f"{name}.safetensors", folder)
    held = json.loads((SHIPPED / f"{name}.json").read_text())
    (folder / f"{name}.json").write_text(json.dumps(held | config))
    return folder / f"{name}.safetensors"


def test_what_is_shipped_is_small_and_has_seen_no_recorded_subject():
    shipped = contenders.read(DEPTH, ())
    assert {one.architecture for one in shipped} == set(learners(DEPTH))
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 2_000_000
    assert not contenders.seen(shipped)
    for one in shipped:
        assert one.config["training"]["regime"] == "synthetic"
        card = one.path.with_suffix(".md").read_text()
        for words in ("Data:", "Split:", "Command:", "Scores", "Limits", "seed"):
            assert words in card, f"{one.path.stem}: {words}"


def test_weights_are_named_by_what_they_are_by_file_or_by_folder(tmp_path):
    file = copied(tmp_path / "mine", "surface_refitted")
    copied(tmp_path / "mine", "adaptive")
    read = contenders.read(DEPTH, ("surface_refitted", str(file), str(tmp_path / "mine")))
    assert [one.path for one in read] == [
        SHIPPED / "surface_refitted.safetensors",
        file,
        tmp_path / "mine" / "adaptive.safetensors",
        file,
    ]


def test_a_contender_is_called_by_its_predictor_and_training(tmp_path):
    regime = {"training": {"regime": "real"}}
    files = [copied(tmp_path / "a", "adaptive", **regime), copied(tmp_path / "b", "adaptive", training=None)]
    found = contenders.trained(DEPTH, [load("adaptive"), *map(load, files)])
    assert [one.label for one in found] == ["adaptive (synthetic)", "adaptive (real)", "adaptive (adaptive)"]
    assert {one.question for one in found} == {"ahead"}


def test_the_same_twice_and_what_the_task_does_not_know_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"weights: adaptive \(synthetic\) is there twice; once is allowed"):
        contenders.trained(DEPTH, [load("adaptive"), load("adaptive")])
    strange = copied(tmp_path, "adaptive", architecture="oracle")
    with pytest.raises(
        ValueError, match=r"holds a 'oracle', which is not allowed; .*adaptive, surface_refitted"
    ):
        contenders.trained(DEPTH, [load(strange)])


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"folder .* holds no \.safetensors files"):
        contenders.read(DEPTH, (str(tmp_path),))


def test_whom_any_of_the_weights_have_seen_is_known(tmp_path):
    one = load(copied(tmp_path / "a", "adaptive", subjects_seen=["1", "2"], cases_seen=["11"]))
    two = load(copied(tmp_path / "b", "adaptive", subjects_seen=["2", "3"]))
    assert contenders.seen([one, two, load("adaptive")]) == {"1", "2", "3"}
    assert contenders.seen([one, two], "cases_seen") == {"11"}
