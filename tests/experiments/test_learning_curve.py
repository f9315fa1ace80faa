"""The learning curve: parts of the training cases, judged on the same test cases, begun from nothing and from more."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from experiments import learning_curve
from experiments.judging import splits
from experiments.judging.curves import Point
from experiments.learning_curve import Curve
from experiments.sites.recorded import read_cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


@pytest.fixture(scope="module")
def config(trained, recordings, tmp_path_factory):
    return Curve(
        data=recordings,
        predictors=("dose_history",),
        cases=(2, 0),
        weights=trained / "synthetic",
        epochs=1,
        workers=1,
        out=tmp_path_factory.mktemp("curve") / "out",
    )


@pytest.fixture(scope="module")
def drawn(config):
    """The folder of the curve, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning_curve, "UPDATES", 1)  # epochs, whatever the size of the part
        learning_curve.main(config)
    return config.out


def test_parts_are_scored_on_the_same_test_cases_and_drawn(drawn, recordings):
    curve = pd.read_csv(drawn / "curve.csv")
    whole = len(splits.split(read_cases(recordings)[0], 0)["train"])
    assert set(curve["cases"]) == {2, whole}
    assert curve.groupby(["cases", "start"]).ngroups == 4
    assert curve.groupby(["phase", "metric"])["samples"].nunique().eq(1).all()
    assert curve.groupby("start")["estimate"].apply(tuple).nunique() == 2
    assert (drawn / "curve.png").stat().st_size > 1000


def test_differences_are_what_the_scores_of_both_starts_differ_by(drawn):
    curve, changes = pd.read_csv(drawn / "curve.csv"), pd.read_csv(drawn / "differences.csv")
    pooled = curve[curve["phase"] == "all"].set_index(["cases", "metric", "start"])["estimate"]
    assert set(changes["metric"]) == {"CCC", "RMSE"}
    for row in changes.to_dict("records"):
        own, other = (pooled[row["cases"], row["metric"], start] for start in ("synthetic", "nothing"))
        assert row["difference"] == pytest.approx(own - other)
        assert row["low"] <= row["difference"] <= row["high"]


def test_the_split_is_that_of_trainings(drawn, trained):
    ours, theirs = (json.loads((path / "splits.json").read_text()) for path in (drawn, trained))
    assert ours == theirs


def test_points_that_are_there_are_not_trained_again(config, drawn, recordings, monkeypatch):
    whole = len(splits.split(read_cases(recordings)[0], 0)["train"])
    points = [Point("dose_history", size, start) for size in (2, whole) for start in Point.STARTS]
    before = {point: point.path(drawn).stat().st_mtime_ns for point in points}

    def score(*point):
        raise AssertionError(point)

    monkeypatch.setattr(learning_curve, "score", score)
    learning_curve.main(config)
    assert {point: point.path(drawn).stat().st_mtime_ns for point in points} == before


def test_smaller_parts_are_parts_of_larger_ones(recordings):
    cases, _ = read_cases(recordings)
    small, large, other = (learning_curve.part(cases, size, seed) for size, seed in ((3, 0), (7, 0), (3, 1)))
    assert set(small.who) < set(large.who)
    assert set(small.who) != set(other.who)
    assert learning_curve.part(cases, 10, 0).who.tolist() == cases.who.tolist()


def test_it_refuses_to_begin_with_weights_that_saw_recorded_subjects(trained, recordings, tmp_path):
    with pytest.raises(ValueError, match="have seen recorded subjects"):
        learning_curve.main(
            Curve(
                data=recordings, predictors=("dose_history",), weights=trained / "real", out=tmp_path / "out"
            )
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"predictors": ("lee2018",)}, "predictors: 'lee2018' is not allowed; dose_history, forecaster"),
        ({"cases": ()}, r"cases: \(\) are not allowed"),
        ({"cases": (5, -1)}, r"cases: \(5, -1\) are not allowed"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(options, line, recordings, tmp_path):
    with pytest.raises(ValueError, match=line):
        learning_curve.main(Curve(data=recordings, out=tmp_path / "out", **options))
    assert not (tmp_path / "out").exists()
    assert np.all([not path.name.startswith("out") for path in tmp_path.iterdir()])
