"""Downloading VitalDB: what the server sends is what our readers read; nothing half, nothing twice, no guesses."""

from __future__ import annotations

from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.recorded import download as download_vitaldb
from experiments.recorded.download import (
    ALL,
    MACHINE,
    READ,
    STOPS_EARLY,
    TRACE,
    VOLATILES,
    Download,
    Source,
    main,
)
from experiments.recorded.recordings import INTERVAL, TRACKS
from experiments.running import command_line
from experiments.sites.recorded import read_cases
from tests.depth_folder import recorded_cases, tracks

QUIET = Console(quiet=True)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


class Server:
    """VitalDB with three cases of ours, 101 to 103; `lost` after so many cases, None is never."""

    def __init__(self, cases):
        self.cases, self.lost, self.asked = cases, None, []
        self.changed: dict[tuple[int, str], object] = {}
        who = cases.person
        self.table = pd.DataFrame(
            {
                "caseid": cases.who.astype(int),
                "subjectid": cases.subject.astype(int),
                "casestart": 0,
                "caseend": [INTERVAL * len(tracks(cases, case)) for case in range(cases.count)],
                "age": who.age,
                "sex": np.where(who.female > 0.5, "F", "M"),
                "height": who.height,
                "weight": who.weight,
                "opname": "Lobectomy",
            }
        )

    def people(self, caseids):
        if self.lost == 0:
            raise URLError("Name or service not known")
        return self.table[self.table["caseid"].isin(caseids)]

    def case(self, caseid, names, interval):
        assert interval == INTERVAL
        if self.lost is not None and len(self.asked) >= self.lost:
            raise TimeoutError("timed out")
        self.asked.append(caseid)
        table = tracks(self.cases, caseid - 101)
        table[MACHINE] = 35.0
        for (who, track), values in self.changed.items():
            if who == caseid:
                table[track] = values
        return table.reindex(columns=names).to_numpy()

    def source(self):
        return Source(self.people, self.case)


@pytest.fixture(scope="module")
def simulated():
    return recorded_cases(3)


@pytest.fixture
def server(simulated):
    return Server(simulated)


def download(server, folder, *cases):
    main(Download(cases, folder), QUIET, server.source())


def test_what_was_sent_is_what_our_reader_reads(server, simulated, tmp_path):
    download(server, tmp_path, 101, 102, 103)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases.csv", "signals.parquet"]
    cases, cleaning = read_cases(tmp_path)
    assert cleaning.kept == cases.count == 3
    assert cases.subject.tolist() == simulated.subject.tolist()
    np.testing.assert_array_equal(cases.person.height, simulated.person.height)
    late = len(cases["bis"]) - len(simulated["bis"])
    np.testing.assert_array_equal(cases["bis"][late:], simulated["bis"])
    for drug in ("propofol", "remifentanil"):
        np.testing.assert_allclose(cases[drug][late:], simulated[drug], rtol=1e-6, atol=1e-6)


def test_the_tables_have_the_columns_of_our_own_data(server, tmp_path):
    download(server, tmp_path, 101)
    signals, people = pd.read_parquet(tmp_path / "signals.parquet"), pd.read_csv(tmp_path / "cases.csv")
    assert list(signals) == ["caseid", "Time", *TRACKS.values()]
    assert signals["Time"].diff().dropna().unique().tolist() == [INTERVAL]
    expected = ["caseid", "subjectid", "age", "sex", "height", "weight", "volatile_free"]
    assert list(people) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({VOLATILES[0]: 2.0}, False),
        ({VOLATILES[1]: TRACE / 2.0}, True),
        ({MACHINE: np.nan}, np.nan),
        ({MACHINE: np.nan, VOLATILES[1]: 5.0}, False),
    ],
)
def test_freedom_from_volatile_anesthetics_is_what_the_machine_saw(server, tmp_path, changed, expected):
    server.changed = {(101, track): value for track, value in changed.items()}
    download(server, tmp_path, 101, 102)
    free = pd.read_csv(tmp_path / "cases.csv").set_index("caseid")["volatile_free"]
    np.testing.assert_equal(free[101], expected)
    assert free[102]


def test_an_interrupted_download_goes_on_where_it_stopped(server, tmp_path):
    server.lost = 2
    with pytest.raises(ValueError, match="case 103 cannot be downloaded; is there a network"):
        download(server, tmp_path, 101, 102, 103)
    assert sorted(path.name for path in tmp_path.rglob("*.parquet")) == ["101.parquet", "102.parquet"]
    assert not (tmp_path / "cases.csv").exists()
    server.lost, server.asked = None, []
    download(server, tmp_path, 101, 102, 103)
    assert server.asked == [103]
    assert read_cases(tmp_path)[0].count == 3


def test_cases_already_there_are_kept_and_not_asked_for_again(server, tmp_path):
    download(server, tmp_path, 102)
    first = pd.read_parquet(tmp_path / "signals.parquet")
    download(server, tmp_path, 101, 102, 101)
    assert server.asked == [102, 101]
    cases, _ = read_cases(tmp_path)
    assert cases.who.tolist() == ["102", "101"]
    both = pd.read_parquet(tmp_path / "signals.parquet")
    pd.testing.assert_frame_equal(both.iloc[: len(first)], first)
    before = (tmp_path / "signals.parquet").read_bytes()
    download(server, tmp_path, 101)
    assert (tmp_path / "signals.parquet").read_bytes() == before


def test_another_selection_leaves_unfinished_parts_alone(server, tmp_path):
    server.lost = 1
    with pytest.raises(ValueError, match="case 102"):
        download(server, tmp_path, 101, 102)
    server.lost = None
    download(server, tmp_path, 103)
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["101.parquet"]
    download(server, tmp_path, 101)
    assert server.asked == [101, 103]
    assert not (tmp_path / "parts").exists()


def test_a_join_that_was_interrupted_is_done_again(server, tmp_path, monkeypatch):
    download(server, tmp_path, 101)

    def no_room(path, table):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(download_vitaldb, "write_csv", no_room)
        with pytest.raises(OSError, match="no space left"):
            download(server, tmp_path, 102)
    download(server, tmp_path, 102)
    assert server.asked == [101, 102]
    assert read_cases(tmp_path)[0].who.tolist() == ["101", "102"]


def refused(server, folder, words, *cases):
    with pytest.raises(ValueError, match=words) as error:
        download(server, folder, *cases)
    assert len(str(error.value).splitlines()) == 1
    assert not (folder / "cases.csv").exists()


def test_an_unknown_case_is_named_before_anything_is_written(server, tmp_path):
    refused(server, tmp_path, "cases: 9999 is not known; VitalDB has 1 to 6388", 101, 9999)
    assert (server.asked, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("name", ["bis", "propofol", "remifentanil"])
def test_a_case_without_a_needed_track_is_named(server, tmp_path, name):
    server.changed = {(102, TRACKS[name]): np.nan}
    refused(server, tmp_path, f"case 102: VitalDB has no track {TRACKS[name]} of it", 101, 102)


def test_a_case_with_other_syringes_and_a_cuff_is_taken_with_its_tracks(server, tmp_path):
    usual, strong = TRACKS["remifentanil"], "Orchestra/RFTN50_RATE"
    server.changed = {(101, usual): np.nan, (101, strong): 4.0, (101, "Solar8000/NIBP_MBP"): 80.0}
    download(server, tmp_path, 101, 102)
    table = pd.read_parquet(tmp_path / "signals.parquet")
    assert list(table) == ["caseid", "Time", *TRACKS.values(), "Solar8000/NIBP_MBP", strong]
    assert read_cases(tmp_path)[0]["remifentanil"][:, 0].max() == pytest.approx(4.0 * 50.0 / 3600.0)


def test_a_case_without_a_track_that_is_not_needed_is_taken(server, tmp_path):
    server.changed = {(101, TRACKS["pressure"]): np.nan}
    download(server, tmp_path, 101)
    assert np.isnan(read_cases(tmp_path)[0]["pressure"]).all()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("age", ">89", "case 102: age '>89' is not allowed; 0 to 110 years"),
        ("weight", np.nan, "case 102: weight nan is not allowed; 1 to 300 kg"),
        ("sex", "X", "case 102: sex 'X' is not allowed; F or M"),
    ],
)
def test_a_patient_who_cannot_be_used_is_named_before_anything_is_written(
    server, tmp_path, column, value, words
):
    server.table[column] = server.table[column].astype(object)
    server.table.loc[1, column] = value
    refused(server, tmp_path, words, 101, 102)
    assert list(tmp_path.iterdir()) == []


def test_a_case_that_did_not_arrive_whole_is_not_kept(server, tmp_path):
    server.table.loc[0, "caseend"] += STOPS_EARLY + 2.0 * INTERVAL
    refused(server, tmp_path, "case 101: only .* s arrived", 101)
    assert list(tmp_path.rglob("*.parquet")) == []


def test_what_the_package_only_prints_is_an_error_here(server, tmp_path):
    whole = server.case

    def broken(*question):
        print("Error in reading file: unpack requires a buffer of 4 bytes")
        return whole(*question)

    server.case = broken
    refused(server, tmp_path, "case 101 did not arrive whole", 101)


def test_without_a_network_there_is_one_line_status_2_and_nothing_written(
    server, tmp_path, capsys, monkeypatch
):
    server.lost = 0
    monkeypatch.setattr(download_vitaldb, "vitaldb_source", server.source)
    folder = tmp_path / "new"
    with pytest.raises(SystemExit) as stop:
        command_line.run(main, Download, ["--cases", "101", "102", "--out", str(folder)])
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: vitaldb: the table of cases cannot be downloaded; is there a network?")
    assert not folder.exists()


def test_no_case_is_refused(server, tmp_path):
    refused(server, tmp_path, "cases: none is named")


def test_the_package_is_asked_by_the_names_it_has(monkeypatch):
    vitaldb = pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    monkeypatch.setattr(download_vitaldb.socket, "setdefaulttimeout", lambda seconds: None)
    source = download_vitaldb.vitaldb_source()
    assert source.people is vitaldb.load_clinical_data
    assert source.case is vitaldb.load_case
    assert len(ALL) == len(set(ALL)) == len(READ) + 3
