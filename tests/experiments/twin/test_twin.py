"""The command: a folder of recordings in, tables, report and pictures out; bad input in one line."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from experiments.running.command_line import run
from experiments.twin import comparing, fitting, treating
from experiments.twin.__main__ import main
from experiments.twin.request import Twin, read
from experiments.twin.study import chosen
from predictors.twins import posterior
from tests.depth_folder import recorded_cases, write_parquet_folder


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Fits that are rough and few: what is tested here is what is done with them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("DRAWS", 20), ("MOVES", 3), ("ROUNDS", 1), ("STEPS", 4)):
            patch.setattr(posterior, name, value)
        patch.setattr(fitting, "DRAWS", 20)
        patch.setattr(treating, "TRIALS", 1)
        patch.setattr(treating, "HANDFUL", 2)
        yield


def twin(*options):
    """Run the command line."""
    run(main, Twin, [*map(str, options), "--workers", "1"])


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Ten recordings that end in the maintenance."""
    path = tmp_path_factory.mktemp("recordings")
    write_parquet_folder(path, recorded_cases(10).shortened(2400.0))
    return path


@pytest.fixture(scope="module")
def finished(recordings, tmp_path_factory):
    """The validation part of ten recordings."""
    out = tmp_path_factory.mktemp("twin") / "out"
    figures = out.parent / "figures.json"
    twin("--data", recordings, "--part", "validation", "--shown", 1, "--out", out, "--json", figures)
    return out, figures


def test_a_run_leaves_tables_report_and_pictures(finished):
    out, figures = finished
    cases = pd.read_csv(out / "cases.csv", dtype={"caseid": str})
    assert (cases["rmse_twin"] > 0.0).all()
    scores = pd.read_csv(out / "scores.csv")
    assert set(scores["predictor"]) == {
        *("twin", "untuned", comparing.HELD, comparing.DOSES),
        *comparing.FORECASTERS,
    }
    treated = pd.read_csv(out / "treated.csv", dtype={"caseid": str})
    assert set(treated["who"]) == {"anaesthetist", "anaesthetist_textbook"}
    (picture,) = (out / "cases").iterdir()
    assert picture.name == f"{treated['caseid'][0]}.png"
    assert (out / "twins.png").stat().st_size > 10_000
    assert "no\nproof" in (out / "report.md").read_text()
    held = json.loads(figures.read_text())
    assert held["config"]["part"] == "validation"
    assert len(held["cases"]) == len(cases)


@pytest.mark.usefixtures("undrawn")
def test_nothing_is_fitted_twice_and_another_agent_may_come(finished, recordings, monkeypatch):
    out, _ = finished
    before = (out / "cases.csv").read_bytes()
    monkeypatch.setattr(fitting, "fit", None)
    twin("--data", recordings, "--part", "validation", "--shown", 1, "--out", out, "--agent", "fixed_targets")
    assert (out / "cases.csv").read_bytes() == before
    assert "fixed_targets" in set(pd.read_csv(out / "treated.csv")["who"])


def test_cases_are_asked_for_by_name_whatever_their_part_and_all_are_shown(recordings):
    config = Twin(data=recordings, case=("103", "101", "103"), shown=1)
    cases = read(config)
    assert cases.who.tolist() == ["103", "101"]
    assert chosen(config, pd.DataFrame({"rmse_twin": [2.0, 1.0]})).tolist() == [0, 1]


def test_shown_cases_lie_at_even_steps_of_the_error():
    table = pd.DataFrame({"rmse_twin": [5.0, 1.0, 4.0, 2.0, 3.0]})
    assert chosen(Twin(shown=2), table).tolist() == [3, 2]
    assert chosen(Twin(shown=0), table).tolist() == []
    assert sorted(chosen(Twin(shown=9), table)) == [0, 1, 2, 3, 4]


def silent_until(samples):
    """Cases whose index is shown from a sample on only."""
    cases = recorded_cases(10)
    bis = cases["bis"].copy()
    bis[:samples] = np.nan
    return cases.with_signals(bis=type(cases.signals["bis"])(bis, 10.0))


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--case", "7"), "usable cases (101, 102, 103, ...)"),
        (("--told", "1"), "told: 1 is not allowed; 0.1 to 0.9"),
        (("--simulated", "-1"), "simulated: -1 is not allowed; 0 or more"),
        (("--simulated", "5"), "simulated: not allowed together with data or case"),
        (("--agent", "nobody"), "agent: unknown name 'nobody'"),
        (("--part", "all"), "invalid choice"),
        (("--models.propofol", "shnider"), "propofol model: unknown name 'shnider'"),
    ],
)
def test_bad_options_are_refused_in_one_line(recordings, tmp_path, capsys, options, line):
    refused(("--data", recordings, "--out", tmp_path / "out", *options), tmp_path / "out", capsys, line)


def test_folders_that_cannot_be_used_are_refused_in_one_line(tmp_path, few_recordings, capsys):
    out = tmp_path / "out"
    refused(("--data", tmp_path / "no", "--out", out), out, capsys, "does not exist")
    refused(
        ("--data", few_recordings, "--out", out), out, capsys, "4 subjects are not enough to split; 8 or more"
    )
    folder = tmp_path / "late"
    write_parquet_folder(folder, silent_until(50))
    line = "readings of the index before minute"
    refused(("--data", folder, "--case", "101", "--told", "0.1", "--out", out), out, capsys, line)
    shutil.rmtree(folder)


def refused(options, out, capsys, line):
    with pytest.raises(SystemExit) as stop:
        twin(*options)
    assert stop.value.code == 2
    errors = [text for text in capsys.readouterr().err.splitlines() if not text.startswith("warning: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: ")
    assert line in errors[0]
    assert not out.exists()
