"""A folder belongs to one run: it is continued, completed, made anew or left alone, and says why."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace

import pytest

from experiments.running import folders

CODE = {"sim/pumps.py": "1"}


@dataclass(frozen=True)
class Options:
    predictors: tuple[str, ...] = ("lee2018",)
    seed: int = 3
    workers: int = 2


def begin(folder, options=Options(), files=CODE, **more):
    said: list[str] = []
    with folders.begin(folder, options, files, say=said.append, **more) as same:
        return same, said


@pytest.fixture
def folder(tmp_path):
    assert begin(tmp_path / "run", record={"notes": ["none"]}) == (False, [])
    (tmp_path / "run" / "scores.csv").write_text("1")
    return tmp_path / "run"


def test_a_run_says_what_was_asked_and_what_made_it(folder):
    run = json.loads((folder / "run.json").read_text())
    assert run["files"] == CODE
    assert len(run["code"]) == 16
    assert run["notes"] == ["none"]
    assert json.loads((folder / "config.json").read_text())["config"]["seed"] == 3


def test_the_same_run_continues_with_any_number_of_workers(folder):
    assert begin(folder, Options(workers=7)) == (True, [])
    assert (folder / "scores.csv").exists()


def test_options_that_may_differ_are_kept_as_last_asked(folder):
    assert begin(folder, Options(predictors=("adaptive",)), free=("predictors", "workers")) == (True, [])
    assert json.loads((folder / "config.json").read_text())["config"]["predictors"] == ["adaptive"]


def test_another_run_is_refused_by_the_first_option_that_differs(folder):
    with pytest.raises(ValueError, match="holds a run with seed 3, not 4; name another folder or remove"):
        begin(folder, replace(Options(), seed=4), {"sim/pumps.py": "2"}, results=("scores.csv",))
    assert (folder / "scores.csv").exists()


def test_results_of_other_code_are_made_anew_or_refused(folder):
    other = {"sim/pumps.py": "2", "my_lab.py": "1"}
    with pytest.raises(
        ValueError, match=r"other code or data \(my_lab.py, sim/pumps.py\); name another folder"
    ):
        begin(folder, files=other)
    assert (folder / "scores.csv").exists()
    same, said = begin(folder, files=other, results=("scores.csv", "parts"))
    assert not same
    assert said == [f"{folder}: code or data have changed since (my_lab.py, sim/pumps.py); beginning anew"]
    assert not (folder / "scores.csv").exists()
    assert begin(folder, files=other) == (True, [])


def test_files_that_are_no_run_are_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="holds files that are no run of this script"):
        begin(tmp_path, results=("thesis.tex",))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_cut_off_at_its_very_beginning_can_begin_again(folder):
    for name in ("config.json", "scores.csv"):
        (folder / name).unlink()
    (folder / ".partial-1-config.json").write_text("{")
    assert begin(folder) == (False, [])


HOLDER = """
import os, signal, sys
from pathlib import Path
from tests.experiments.running.test_folders import CODE, Options, folders
with folders.begin(Path(sys.argv[1]), Options(), CODE):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_by_who_holds_the_folder_until_that_process_is_gone(tmp_path):
    folder = tmp_path / "run"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        pid = other.stdout.readline().strip()
        before = {path: path.read_bytes() for path in folder.iterdir()}
        with pytest.raises(
            ValueError, match=rf"^out: {folder} is in use by process {pid} on .+ since 2\d+-.*; wait"
        ):
            begin(folder)
        assert {path: path.read_bytes() for path in folder.iterdir()} == before
        other.kill()
    assert begin(folder) == (True, [])


def test_a_run_that_failed_has_let_go_of_its_folder(folder):
    def fail():
        with folders.begin(folder, Options(), CODE):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert begin(folder) == (True, [])
