"""Recorded cases for comparison: whose part is read, what is kept raw, what is refused in one line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.judging.splits import PARTS
from experiments.population.recorded import read
from experiments.recorded.recordings import TRACKS
from predictors.depth.phases import first_propofol
from predictors.learning.watching import INTERVAL
from tests.depth_folder import AWAKE
from tests.experiments.population.conftest import GIVEN, OPSTART, written


def changed(folder, track, change, cases=None):
    """Rewrite a track of some cases (all by default): a function of its values, None leaves the column out."""
    table = pd.read_parquet(folder / "signals.parquet")
    if change is None:
        table = table.drop(columns=TRACKS[track])
    else:
        rows = table["caseid"].isin(cases) if cases else table["caseid"] > 0
        table.loc[rows, TRACKS[track]] = change(table.loc[rows, TRACKS[track]].to_numpy())
    table.to_parquet(folder / "signals.parquet", index=False)


def test_every_subject_is_in_one_part_and_all_parts_are_everybody(folder, cases):
    parts = [set(read(folder, part).subject) for part in PARTS]
    assert sum(map(len, parts)) == cases.count
    assert set.union(*parts) == set(cases.subject)


def test_raw_signals_keep_what_cleaning_takes_away(folder):
    changed(folder, "bis", lambda bis: np.where(np.arange(len(bis)) % 50 == 40, 0.0, bis))
    changed(folder, "pressure", lambda mmhg: np.where(np.arange(len(mmhg)) % 50 == 30, 270.0, mmhg))
    found = read(folder, "train")
    inside = np.arange(len(found["bis"]))[:, None] < found.samples(INTERVAL)
    inside[: 2 * AWAKE] = False  # where signals jump to what they were before
    np.testing.assert_array_equal(np.isnan(found["bis"]) & inside, (found["raw_bis"] == 0.0) & inside)
    assert (np.isnan(found["pressure"]) == (found["raw_pressure"] == 270.0))[inside].all()
    assert (found["raw_pressure"] == 270.0).any()


def test_surgery_is_timed_from_the_first_sample_kept(folder):
    found = read(folder, "train")
    assert (first_propofol(found) == AWAKE + GIVEN).all()  # all of what was before is kept
    np.testing.assert_array_equal(found["opstart"], OPSTART)


def test_a_start_that_nobody_saw_is_noted_and_the_case_kept(folder):
    names = read(folder, "train").who
    changed(folder, "propofol", lambda rate: np.maximum(rate, 1.0), [int(names[0])])
    found = read(folder, "train")
    np.testing.assert_array_equal(found.who, names)
    np.testing.assert_array_equal(found["known_start"][0], np.arange(len(names)) > 0)


def test_vasopressors_are_known_where_the_table_says_them(cases, folder, tmp_path):
    found = read(folder, "train")
    np.testing.assert_array_equal(found["vasopressor"][0], (found.who.astype(int) - 101) % 2)
    silent = written(tmp_path / "silent", cases, intraop_eph=[""] * cases.count)
    assert (read(silent, "train")["vasopressor"] == 0.0).all()


@pytest.mark.parametrize(
    ("track", "change", "message"),
    [
        ("pressure", None, "no case in .* has the track Solar8000/ART_MBP"),
        ("pressure", lambda mmhg: np.nan * mmhg, "no case in .* has the track Solar8000/ART_MBP"),
        ("heart_rate", lambda rate: 0.0 * rate + 70.0, "the track Solar8000/PLETH_HR in .* never moves"),
        ("remifentanil", lambda rate: 0.0 * rate, "the track Orchestra/RFTN20_RATE in .* never moves"),
        ("propofol", lambda rate: 0.0 * rate, "no case in .* has 30 min of propofol"),
    ],
)
def test_a_track_that_says_nothing_is_refused(folder, track, change, message):
    changed(folder, track, change)
    with pytest.raises(ValueError, match=message):
        read(folder, "train")


def test_three_cases_are_too_few(cases, tmp_path):
    few = written(tmp_path / "few", cases.select(np.arange(3)))
    with pytest.raises(ValueError, match="3 subjects are not enough to split; 8 or more"):
        read(few, "train")


def test_a_part_that_is_none_is_refused(folder):
    with pytest.raises(ValueError, match="part: 'all' is not allowed; train, validation, test"):
        read(folder, "all")
