"""Recorded cases: read from either format, cleaned by rules that are counted, refused with one line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.recorded.recordings import TRACKS
from experiments.sites.recorded import NEEDED, SHORTEST, read_cases, surgical_phase
from predictors.depth.phases import first_propofol, last_propofol
from predictors.learning.watching import INTERVAL, readings
from sim.surgery import EMERGENCE, MAINTENANCE
from tests.depth_folder import (
    AWAKE,
    recorded_cases,
    tracks,
    write_parquet_folder,
    write_people,
    write_vital_folder,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def simulated():
    return recorded_cases(5)


@pytest.fixture
def folder(simulated, tmp_path):
    write_parquet_folder(tmp_path, simulated)
    return tmp_path


def change(folder, caseid, **columns):
    """Rewrite signals of one case: column by its short name -> a function of its values."""
    table = pd.read_parquet(folder / "signals.parquet")
    own = table["caseid"] == caseid
    for name, make in columns.items():
        table.loc[own, TRACKS[name]] = make(table.loc[own, TRACKS[name]].to_numpy())
    table.to_parquet(folder / "signals.parquet", index=False)


def rewrite(folder, **columns):
    """Rewrite cases.csv: column -> its values, None to leave it out."""
    table = pd.read_csv(folder / "cases.csv", dtype=str)
    for name, values in columns.items():
        table = table.drop(columns=name) if values is None else table.assign(**{name: values})
    table.to_csv(folder / "cases.csv", index=False)


def samples(cases):
    return cases.samples(INTERVAL)


@pytest.mark.parametrize("write", [write_parquet_folder, write_vital_folder])
def test_what_was_written_is_read_back_from_either_format(simulated, tmp_path, write):
    if write is write_vital_folder:
        pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    write(tmp_path, simulated)
    cases, cleaning = read_cases(tmp_path)
    assert cleaning.kept == cases.count == 5
    assert cases.who.tolist() == simulated.who.tolist()
    assert cases.subject.tolist() == simulated.subject.tolist()
    np.testing.assert_array_equal(first_propofol(cases), AWAKE + first_propofol(simulated))
    np.testing.assert_array_equal(last_propofol(cases), AWAKE + last_propofol(simulated))
    np.testing.assert_array_equal(samples(cases), AWAKE + samples(simulated))
    for name, tolerance in (("propofol", 1e-5), ("remifentanil", 1e-5), ("bis", 0.0)):
        np.testing.assert_allclose(cases[name][AWAKE:], simulated[name], rtol=1e-6, atol=tolerance)
    for name in ("pressure", "heart_rate"):
        read, written = cases[name][AWAKE:], simulated[name]
        kept = np.isfinite(read)  # what is cleaned again loses a little more
        np.testing.assert_allclose(read[kept], written[kept], rtol=1e-6)
        assert 0.95 < kept.sum() / np.isfinite(written).sum() <= 1.0
        assert cases.signals[name].unit == simulated.signals[name].unit
    np.testing.assert_array_equal(cases.person.weight, simulated.person.weight)


def test_bis_zero_is_missing_and_counted(folder, simulated):
    inside = np.arange(len(simulated["bis"]))[:, None] < samples(simulated)
    hidden = int(np.isnan(simulated["bis"][inside]).sum())
    assert hidden > 5
    cases, cleaning = read_cases(folder)
    np.testing.assert_array_equal(np.isnan(cases["bis"][AWAKE:]), np.isnan(simulated["bis"]))
    total = int((samples(simulated) + AWAKE).sum())
    assert cleaning.missing["BIS 0 or impossible, taken as missing"] == pytest.approx(hidden / total)


def test_a_gap_in_the_rate_is_held_five_minutes_and_counted(folder, simulated):
    change(folder, 101, propofol=lambda rate: np.where((np.arange(len(rate)) // 50) == 4, np.nan, rate))
    cases, cleaning = read_cases(folder)
    np.testing.assert_array_equal(cases["propofol"][200:230, 0], cases["propofol"][199, 0])
    np.testing.assert_array_equal(cases["propofol"][230:250, 0], 0.0)
    share = next(share for what, share in cleaning.missing.items() if "gaps in the rate" in what)
    assert share == pytest.approx(50 / int((samples(simulated) + AWAKE).sum()))


def dropped(folder):
    _, cleaning = read_cases(folder)
    assert cleaning.read == 5
    assert cleaning.kept == 5 - sum(cleaning.dropped.values())
    assert f"5 cases read, {cleaning.kept} kept." in cleaning.lines()
    return {rule: count for rule, count in cleaning.dropped.items() if count}


def test_nothing_is_dropped_from_good_cases(folder):
    assert dropped(folder) == {}


def from_sample(first, rate):
    """A pump that is switched on at this sample and never off."""
    return np.where(np.arange(len(rate)) >= first, np.maximum(rate, 1.0), 0.0)


def test_half_a_minute_without_propofol_is_enough_of_a_start(folder):
    change(folder, 102, propofol=lambda rate: from_sample(3, rate))
    assert dropped(folder) == {}


def mostly_hidden(bis):
    return np.where(np.arange(len(bis)) % 10 < 3, 0.0, bis)


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        ("no propofol", {"propofol": lambda rate: 0.0 * rate}),
        ("propofol running within 30 s of the start", {"propofol": lambda rate: from_sample(2, rate)}),
        ("never above 80", {"bis": lambda bis: np.where(np.arange(len(bis)) <= AWAKE + 18, 70.0, bis)}),
        ("index shown in 80% of the time or less", {"bis": mostly_hidden}),
    ],
)
def test_a_case_that_breaks_a_rule_is_dropped_and_counted_under_it(folder, rule, columns):
    change(folder, 102, **columns)
    cases, _ = read_cases(folder)
    assert "102" not in cases.who
    (name, count), *others = dropped(folder).items()
    assert rule in name
    assert (count, others) == (1, [])


def test_children_and_cases_not_known_to_be_free_of_volatiles_are_dropped(folder):
    rewrite(folder, age=["17", "40", "50", "60", "70"], volatile_free=["True", "", "False", "True", "True"])
    counts = dropped(folder)
    assert sorted(counts.values()) == [1, 2]
    assert next(count for rule, count in counts.items() if "volatile" in rule) == 2


def test_a_case_that_breaks_two_rules_is_counted_once(folder):
    rewrite(folder, age=["17", "40", "50", "60", "70"], volatile_free=["False"] + ["True"] * 4)
    assert sum(dropped(folder).values()) == 1


def test_without_the_column_everybody_is_taken_to_be_free_of_volatiles_and_a_subject_of_their_own(folder):
    rewrite(folder, volatile_free=None, subjectid=None)
    cases, _ = read_cases(folder)
    assert cases.count == 5
    assert cases.subject.tolist() == [f"case {name}" for name in cases.who]


def test_an_order_of_patients_that_is_not_that_of_the_signals_does_not_mix_people_up(folder, simulated):
    table = pd.read_csv(folder / "cases.csv").iloc[::-1]
    table.to_csv(folder / "cases.csv", index=False)
    cases, _ = read_cases(folder)
    assert cases.who.tolist() == simulated.who.tolist()[::-1]
    np.testing.assert_array_equal(cases.person.age, simulated.person.age[::-1])
    np.testing.assert_array_equal(last_propofol(cases) - AWAKE, last_propofol(simulated)[::-1])
    first = samples(cases)[0]
    np.testing.assert_array_equal(cases["bis"][AWAKE:first, 0], simulated["bis"][: first - AWAKE, 4])


def test_vital_files_find_their_people_among_more_in_any_order(simulated, tmp_path):
    pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    write_vital_folder(tmp_path, simulated)
    (tmp_path / "0103.vital").unlink()
    table = pd.read_csv(tmp_path / "cases.csv").iloc[::-1]
    table.to_csv(tmp_path / "cases.csv", index=False)
    cases, _ = read_cases(tmp_path)
    others = np.array([0, 1, 3, 4])
    assert cases.who.tolist() == simulated.who[others].tolist()
    assert cases.subject.tolist() == simulated.subject[others].tolist()
    np.testing.assert_array_equal(cases.person.weight, simulated.person.weight[others])


def test_a_case_too_short_is_named(folder, simulated):
    table = pd.read_parquet(folder / "signals.parquet")
    table = table[(table["caseid"] != 103) | (table["Time"] < 590)]
    table.to_parquet(folder / "signals.parquet", index=False)
    with pytest.raises(ValueError, match="case 103 lasts 590 s, which is not allowed; at least 600 s"):
        read_cases(folder)
    assert SHORTEST == 60


@pytest.mark.parametrize("name", NEEDED)
def test_a_track_that_no_parquet_case_has_is_named(folder, name):
    table = pd.read_parquet(folder / "signals.parquet")
    table.drop(columns=TRACKS[name]).to_parquet(folder / "signals.parquet", index=False)
    with pytest.raises(ValueError, match=f"column '{TRACKS[name]}' is missing"):
        read_cases(folder)


@pytest.mark.parametrize(("name", "value"), [("bis", 50.0), ("pressure", 80.0), ("propofol", 0.0)])
def test_a_track_that_never_moves_is_named(folder, name, value):
    for caseid in range(101, 106):
        change(folder, caseid, **{name: lambda values: np.full_like(values, value)})
    with pytest.raises(ValueError, match=f"the track {TRACKS[name]} in .* never moves from {value:g}"):
        read_cases(folder)


@pytest.mark.parametrize("name", NEEDED)
def test_a_track_that_no_vital_file_has_is_named(simulated, tmp_path, name, monkeypatch):
    pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    monkeypatch.setattr("tests.depth_folder.tracks", lambda *which: tracks(*which).drop(columns=TRACKS[name]))
    write_vital_folder(tmp_path, simulated)
    with pytest.raises(ValueError, match=f"no case in .* has the track {TRACKS[name]}"):
        read_cases(tmp_path)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"weight": ["70", "", "60", "50", "80"]}, r"cases\.csv: weight '' \(row 2\) is not allowed"),
        ({"age": ["70", "20", "150", "50", "80"]}, r"age '150' \(row 3\) is not allowed; 0 to 110 years"),
        ({"height": None}, r"cases\.csv: column 'height' is missing"),
        ({"sex": ["F", "M", "M", "x", "F"]}, "sex: 'x'"),
        ({"volatile_free": [""] * 5}, "no case in .* is left after cleaning; 5 dropped: a volatile"),
    ],
)
def test_people_who_cannot_be_used_are_refused_in_one_line(folder, columns, words):
    rewrite(folder, **columns)
    with pytest.raises(ValueError, match=words) as refusal:
        read_cases(folder)
    assert len(str(refusal.value).splitlines()) == 1


def test_subjects_are_needed_only_where_there_are_some(folder, simulated):
    write_people(folder, simulated, subjectid="")
    with pytest.raises(ValueError, match=r"subjectid \(row 1\) is empty"):
        read_cases(folder)


def test_pressure_and_heart_rate_are_cleaned_of_what_no_circulation_shows(folder, simulated):
    spike = {"pressure": (200, 250.0), "heart_rate": (300, 0.0)}

    def spoiled(name):
        sample, value = spike[name]
        return lambda values: np.where(np.arange(len(values)) == sample, value, values)

    plain, before = read_cases(folder)
    change(folder, 101, **{name: spoiled(name) for name in spike})
    cases, cleaning = read_cases(folder)
    for name, (sample, _) in spike.items():
        gone = np.isnan(cases[name]) & ~np.isnan(plain[name])
        assert np.argwhere(gone).tolist() == [[sample, 0]]
    share, others = (
        counted.missing["pressures that are artefacts, of those recorded"] for counted in (cleaning, before)
    )
    seen = np.isfinite(simulated["pressure"]).sum() + AWAKE * simulated.count
    assert share - others == pytest.approx(1.0 / seen)


def test_what_surgeons_do_is_known_from_the_times_of_surgery_and_nothing_else():
    about = pd.DataFrame({"opstart": [25.0, np.inf, 0.0], "opend": [40.0, np.inf, np.inf]})
    expected = [[0, 0, MAINTENANCE, EMERGENCE, EMERGENCE], [0] * 5, [MAINTENANCE] * 5]
    np.testing.assert_array_equal(surgical_phase(about, 5), np.transpose(expected))


def test_times_of_surgery_reach_the_observer_as_its_phase(folder):
    rewrite(folder, opstart=["1000", "", "1200", "0", "900"], opend=["3000", "", "", "100", "2000"])
    cases, _ = read_cases(folder)
    phase = np.array([seen.phase for *_, seen in readings(cases.shortened(3500.0))])
    time = INTERVAL * np.arange(1, len(phase) + 1)
    np.testing.assert_array_equal(phase[:, 0] == MAINTENANCE, (time >= 1000) & (time < 3000))
    np.testing.assert_array_equal(phase[:, 0] == EMERGENCE, time >= 3000)
    assert (phase[:, 1] == 0).all()
    np.testing.assert_array_equal(phase[:, 2], np.where(time >= 1200, MAINTENANCE, 0))


def test_phases_are_cut_with_the_case(folder):
    """Propofol begins late, so the record is cut; the surgeon's times are those of the record."""
    change(folder, 101, propofol=lambda rate: from_sample(112, rate), bis=lambda bis: np.full_like(bis, 90.0))
    rewrite(folder, opstart=["1500"] + [""] * 4, opend=[""] * 5)
    cases, _ = read_cases(folder)
    begin = 112 - 30
    assert first_propofol(cases)[0] == 30
    begun = np.flatnonzero(cases["phase"][:, 0] == MAINTENANCE)[0]
    assert INTERVAL * (begin + begun + 1) == 1500.0


def test_without_times_of_surgery_nothing_is_said_of_it(folder):
    cases, _ = read_cases(folder)
    assert (cases["phase"] == 0.0).all()
