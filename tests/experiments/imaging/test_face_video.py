from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from rich.console import Console
from torch.nn import functional

from experiments.imaging.__main__ import main
from experiments.imaging.contract import HOME, Lessons, phantoms
from experiments.imaging.measures import pooled
from experiments.imaging.study import Imaging
from experiments.imaging.systems import face_video
from experiments.imaging.systems.face_video import FACE_VIDEO, LEARNED, averaged
from predictors.imaging.faces.light import evened
from sim.imaging.faces.films import films
from sim.imaging.faces.units import LEVELS

LESSONS = Lessons(LEARNED, 16, 4, 4, 5, "cpu", lambda share: None)
TEST = phantoms(films, 9, np.arange(30), 16)
PEOPLE = np.ones((1, len(TEST.truth["person"].unique())))


def judged(name):
    said = FACE_VIDEO.learners[name](LESSONS)(TEST)
    return {measure: of(said, TEST)(PEOPLE)[0] for measure, of in FACE_VIDEO.pooled.items()}


def test_an_average_is_over_the_last_frames_alone():
    values = torch.tensor([[1.0, 2.0, 3.0, 10.0]])
    torch.testing.assert_close(averaged(3, values), torch.tensor([[1.0, 4.0 / 3.0, 2.0, 5.0]]))


def test_who_says_that_nothing_hurts_is_right_in_most_frames_and_no_better_than_a_coin():
    found = judged("majority")
    assert found["accuracy"] == pytest.approx(float((TEST.truth["pspi"] == 0.0).float().mean()))
    assert found["accuracy"] > 0.75
    assert found["balanced accuracy"] == found["AUC"] == 0.5
    assert np.isnan(found["correlation"])


def test_true_units_are_a_ceiling_but_for_rounding_and_coders_but_for_slips():
    units, coder = judged("true_units"), judged("coder")
    for one in (units, coder):
        assert one["AUC"] > 0.98
        assert one["accuracy"] > 0.98
        assert 0.0 < one["MSE of PSPI"] < 1.0
        assert one["correlation"] > 0.97
    assert units["accuracy"] == 1.0
    assert coder["levels"] > 0.97 > units["levels"] > judged("majority")["levels"]


def test_a_learner_without_spread_has_no_row_of_correlation_and_the_others_have():
    heard = {name: [{HOME: FACE_VIDEO.learners[name](LESSONS)(TEST)}] for name in ("majority", "coder")}
    rows = pooled.scores(FACE_VIDEO, HOME, TEST, heard, 0)
    assert {one["learner"] for one in rows if one["measure"] == "correlation"} == {"coder"}
    assert {one["learner"] for one in rows if one["measure"] == "MSE of PSPI"} == {"majority", "coder"}


def test_all_networks_of_a_training_look_through_the_same_network_of_frames(monkeypatch):
    monkeypatch.setattr(face_video, "FILMS", 6)
    monkeypatch.setattr(face_video, "STEPS", 2)
    torch.manual_seed(0)
    said = {name: FACE_VIDEO.learners[name](LESSONS)(TEST) for name in ("frame", "frame_mean_5", "lstm_5")}
    torch.testing.assert_close(averaged(5, said["frame"]["pspi"]), said["frame_mean_5"]["pspi"])
    assert said["lstm_5"]["pain"].shape == TEST.truth["pspi"].shape
    assert face_video._eyes.cache_info().hits >= 2


def test_a_memory_learns_strong_pain_in_films_of_others(monkeypatch):
    """Of the pairs that who knows no film gets wrong, half of all, it leaves less than 40 % wrong."""
    for name, value in (("FILMS", 60), ("STEPS", 60), ("BATCH", 64)):
        monkeypatch.setattr(face_video, name, value)
    test = phantoms(films, 7, np.arange(40), 24)
    lessons = Lessons(LEARNED, 24, 120, 8, 7, "cpu", lambda share: None)
    torch.manual_seed(0)
    answer = FACE_VIDEO.learners["lstm_16_registered"](lessons)
    strong = pooled.told("pain", partial(pooled.at_least, LEVELS[2]), pooled.free)
    with torch.no_grad():
        area = strong(answer(test), test)(np.ones((1, len(test.truth["person"].unique()))))[0]
    assert 1.0 - area < 0.4 * 0.5


def test_levels_are_told_by_the_intensity_nearest_to_them_where_pain_is_called():
    there = torch.tensor([[0.0, 1.0, 2.0, 3.0, 5.0, 6.0, 16.0]])
    film = replace(TEST, images=TEST.images[:1], truth={"pspi": there, "person": torch.zeros(1).long()})
    said = {
        "pain": torch.tensor([[0.4, 0.6, 0.6, 0.6, 0.6, 0.6, 0.4]]),
        "pspi": torch.tensor([[1.4, 0.2, 2.6, 2.6, 5.6, 99.0, 9.0]]),
    }
    assert face_video.level_told(said, film).tolist() == [[1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]]
    balanced = FACE_VIDEO.pooled["levels, balanced"](said, film)(np.ones((1, 1)))
    assert balanced[0] == pytest.approx((1.0 + 0.5 + 0.5 + 0.5) / 4)


def test_faces_of_all_are_more_alike_once_they_were_brought_to_one_place():
    seen = phantoms(films, 9, np.arange(40), 48)

    def alike(view):
        pictures = evened(view(seen)[:, 20]).flatten(1)
        mean = pictures.mean(0, keepdim=True).expand_as(pictures)
        return functional.cosine_similarity(pictures, mean).mean()

    assert alike(face_video.normalised) > alike(face_video.whole) + 0.1


def test_a_study_of_films_draws_their_course_and_leaves_weights_that_say_the_same_again(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(face_video, "FILMS", 6)
    monkeypatch.setattr(face_video, "STEPS", 2)
    config = Imaging("face_video", ("lstm_16", "coder"), steps=2, test=12, trainings=1, size=16, out=tmp_path)
    main(config, Console(quiet=True))
    report = (tmp_path / "report.md").read_text()
    majority = next(line for line in report.splitlines() if line.startswith("| majority"))
    assert majority.split("|")[8].strip() == "–"  # no correlation
    assert report.count("| lstm_16 |") == 2
    scores = pd.read_csv(tmp_path / "scores.csv")
    weights = str(tmp_path / "face_video.safetensors")
    main(replace(config, weights=weights, out=tmp_path / "again"), Console(quiet=True))
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "again" / "scores.csv"), scores)
    assert (tmp_path / "courses.png").stat().st_size > 10_000
