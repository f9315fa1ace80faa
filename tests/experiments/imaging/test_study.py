from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from torch import nn

from experiments.imaging import IMAGE_SYSTEMS, page
from experiments.imaging.__main__ import main
from experiments.imaging.contract import HOME, SHIFTED
from experiments.imaging.judging import ranked, scores
from experiments.imaging.study import Imaging
from predictors.imaging import shipped

SMALL = {"steps": 60, "test": 40, "trainings": 1, "size": 32}
pytestmark = pytest.mark.usefixtures("few_lessons")


def played(folder, system, *learners):
    main(Imaging(system, learners, out=folder, **SMALL), Console(quiet=True))
    return pd.read_csv(folder / "scores.csv").set_index(["where", "learner", "measure"])


@pytest.fixture(scope="module")
def epidural(tmp_path_factory):
    folder = tmp_path_factory.mktemp("epidural")
    return folder, played(folder, "epidural", "window", "heat_map", "marked")


def test_a_network_learns_where_the_epidural_space_is(epidural):
    """Within 60 steps it misses by less than 40 % of what who knows no image does."""
    rows = epidural[1]["estimate"]
    assert rows[HOME, "heat_map", "off, mm"] < 0.4 * rows[HOME, "mean_place", "off, mm"]


def test_who_marks_is_off_by_what_marks_are(epidural):
    rows = epidural[1]["estimate"]
    for where in (HOME, SHIFTED):
        assert rows[where, "marked", "sideways, mm"] == pytest.approx(0.8 * np.sqrt(2.0 / np.pi), rel=0.25)
        assert rows[where, "marked", "plane right"] == rows[where, "marked", "plane AUC"] == 1.0
        assert rows[where, "mean_place", "plane AUC"] == 0.5


def test_a_network_learns_where_the_cavity_is_and_what_it_ejects(tmp_path):
    """Of what who knows no film misses, less than 40 % of the overlap; who outlines nothing has no overlap."""
    small = SMALL | {"steps": 60, "test": 12, "size": 16}
    main(Imaging("ejection", ("unet", "unet_median", "marked"), out=tmp_path, **small), Console(quiet=True))
    rows = pd.read_csv(tmp_path / "scores.csv").set_index(["where", "learner", "measure"])["estimate"]
    assert 1.0 - rows[HOME, "unet", "Dice"] < 0.4 * (1.0 - rows[HOME, "mean_beat", "Dice"])
    assert rows[HOME, "unet_median", "off, points"] < 0.7 * rows[HOME, "mean_beat", "off, points"]
    assert rows[HOME, "unet_median", "lower limit"] < rows[HOME, "unet_median", "too large by, points"]
    assert rows[HOME, "unet_median", "r"] > 0.8
    assert rows[HOME, "marked", "Dice"] > 0.95
    assert rows[HOME, "marked", "IoU"] == pytest.approx(
        rows[HOME, "marked", "Dice"] / (2.0 - rows[HOME, "marked", "Dice"]), abs=0.01
    )
    assert (
        rows[HOME, "marked", "HD95, mm"]
        < rows[HOME, "unet", "HD95, mm"]
        < rows[HOME, "mean_beat", "HD95, mm"]
    )
    assert (tmp_path / "plate.png").stat().st_size > 10_000


def test_the_same_command_judges_the_same_images(epidural, tmp_path):
    folder, rows = epidural
    again = played(tmp_path, "epidural", "window")
    assert json.loads((tmp_path / "phantoms.json").read_text()) == json.loads(
        (folder / "phantoms.json").read_text()
    )
    shared = again.loc[(slice(None), "window", slice(None)), :]
    pd.testing.assert_frame_equal(shared, rows.loc[shared.index])


def test_the_way_to_another_machine_begins_and_ends_at_what_the_tables_say(epidural, tmp_path):
    main(Imaging("epidural", ("window",), shifts=1, out=tmp_path, **SMALL), Console(quiet=True))
    way = pd.read_csv(tmp_path / "shift.csv").set_index(["learner", "shift"])["estimate"]
    assert sorted({share for _, share in way.index}) == [0.0, 0.5, 1.0]
    for share, where in ((0.0, HOME), (1.0, SHIFTED)):
        assert way["window", share] == pytest.approx(epidural[1]["estimate"][where, "window", "off, mm"])
    assert way["mean_place", 0.0] < way["mean_place", 0.5] < way["mean_place", 1.0]
    assert (tmp_path / "shift.png").stat().st_size > 5_000


def test_weights_that_were_left_answer_as_the_network_that_learned_them(epidural, tmp_path):
    folder, rows = epidural
    again = Imaging(
        "epidural", ("heat_map",), weights=str(folder / "epidural.safetensors"), out=tmp_path, **SMALL
    )
    main(again, Console(quiet=True))
    found = pd.read_csv(tmp_path / "scores.csv").set_index(["where", "learner", "measure"])
    kept = found.loc[(slice(None), "heat_map", slice(None)), "estimate"]
    pd.testing.assert_series_equal(kept, rows["estimate"].loc[kept.index])
    assert not (tmp_path / "epidural.safetensors").exists()
    assert (
        "--learners heat_map --trainings 1 --size 32 --steps 60 --test 40"
        in (folder / "epidural.md").read_text()
    )


def test_weights_of_another_network_or_of_none_are_refused(epidural, tmp_path):
    for system, weights, said in (
        (
            "ejection",
            str(epidural[0] / "epidural.safetensors"),
            "is of epidural, which is not allowed; of ejection",
        ),
        ("faces", "shipped", "weights: 'shipped' is not allowed for faces; a file, or shipped for"),
        ("epidural", str(epidural[0] / "scores.csv"), "is not a whole safetensors file"),
    ):
        wrong = Imaging(
            system, ("unet",) if system == "ejection" else (), weights=weights, out=tmp_path / system, **SMALL
        )
        with pytest.raises(ValueError, match=said):
            main(wrong, Console(quiet=True))
        assert not (tmp_path / system).exists()


def test_weights_that_do_not_fit_a_network_are_refused():
    path = shipped.located("shipped", "epidural")
    with pytest.raises(ValueError, match=r"epidural.safetensors does not fit Linear of these sizes"):
        shipped.filled(nn.Linear(2, 2), path)


def test_weights_of_a_learner_that_is_left_out_are_refused(tmp_path):
    with pytest.raises(ValueError, match="weights: they are of heat_map, which is not among learners"):
        main(Imaging("epidural", ("window",), weights="shipped", out=tmp_path / "out"), Console(quiet=True))


def test_a_report_has_a_table_for_both_kinds_of_phantoms_and_says_what_must_be_said(epidural):
    report = (epidural[0] / "report.md").read_text()
    assert report.count("| heat_map |") == 2
    assert "Nothing here shows clinical accuracy." in report
    assert (epidural[0] / "plate.png").stat().st_size > 10_000


def test_a_table_shows_what_its_rows_tell_of(epidural):
    """Rows that were kept before a measure was thought of have no column of it."""
    rows = epidural[1].reset_index()
    system = IMAGE_SYSTEMS.get("epidural")
    older = rows[rows["measure"] != "plane AUC"]
    headers = [page.scored(system, some, HOME).splitlines()[0] for some in (rows, older)]
    assert headers[0].replace(" plane AUC |", "") == headers[1] != headers[0]


@pytest.mark.parametrize("name", IMAGE_SYSTEMS)
def test_a_system_is_whole(name):
    system = IMAGE_SYSTEMS.get(name)
    assert system.name == name
    assert {system.naive, system.shown, *(system.printed or {})} <= set(system.learners)
    assert set(system.ascending) <= set(system.measures)
    assert "clinical accuracy" in system.caveat


def test_differences_are_paired_and_intervals_are_over_images():
    system = IMAGE_SYSTEMS.get("epidural")
    rng = np.random.default_rng(0)
    hard = rng.gamma(2.0, size=200)
    by = {"mean_place": hard + 1.0, "window": hard}
    found = {name: [dict.fromkeys(system.measures, values)] for name, values in by.items()}
    row = next(one for one in scores(system, HOME, found, 0) if one["learner"] == "window")
    assert (row["difference"], row["difference_low"], row["difference_high"]) == pytest.approx((-1.0,) * 3)
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * hard.std() / np.sqrt(200), rel=0.15)


def test_who_says_nothing_of_a_measure_has_no_row_of_it():
    system = IMAGE_SYSTEMS.get("ejection")
    said = dict.fromkeys(system.measures, np.ones(20))
    found = {"mean_beat": [said], "film": [said | {"Dice": np.full(20, np.nan)}]}
    rows = {(one["learner"], one["measure"]) for one in scores(system, HOME, found, 0)}
    assert ("film", "off, points") in rows
    assert ("film", "Dice") not in rows


def test_cases_are_ranked_from_the_best_and_those_that_do_not_count_are_left_out():
    system = IMAGE_SYSTEMS.get("epidural")
    np.testing.assert_array_equal(ranked(system, np.array([3.0, np.nan, 1.0, 2.0])), [2, 3, 0])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"system": "heart"}, "system: 'heart' is not known; there are epidural, ejection"),
        ({"learners": ("me",)}, "learners: 'me' is not allowed; mean_place, window"),
        ({"steps": -1}, "steps: -1 is not allowed; 1 or more"),
        ({"test": 3}, "test: 3 is not allowed; 10 or more"),
        ({"size": 60}, "size: 60 is not allowed; a multiple of 8, 16 or more, in pixels"),
        ({"trainings": 0}, "trainings: 0 is not allowed; 1 or more"),
        ({"device": "cuda:9"}, "device: 'cuda:9' is not allowed; cpu, or one that torch finds here"),
        ({"seed": -1}, "seed: -1 is not allowed"),
    ],
)
def test_bad_options_are_named_before_anything_is_made(option, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        main(Imaging(**{"system": "epidural", "out": tmp_path / "never", **option}))
    assert not (tmp_path / "never").exists()


def test_a_claim_is_met_by_the_whole_interval_or_on_average_alone_and_where_nothing_is_said_nothing_is_met():
    system = IMAGE_SYSTEMS.get("ejection")
    ends = {"off, points": (3.5, 3.0, 3.8), "Dice": (0.97, 0.95, 0.98)}
    rows = [
        {"where": HOME, "learner": learner, "measure": name, "estimate": middle, "low": low, "high": high}
        for learner, names in (("unet", ends), ("film", ["off, points"]))
        for name, (middle, low, high) in ((one, ends[one]) for one in names)
    ]
    header, _, *lines = page.claimed(system, pd.DataFrame(rows)).splitlines()
    assert header == "| learner | off, points ≤ 3.9, home | Dice ≥ 0.968, home |"
    assert lines == ["| unet | yes | on average |", "| film | yes | – |"]
