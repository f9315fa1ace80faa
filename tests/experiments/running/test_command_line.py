import json
import os
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.loop.evaluation import AGENTS, Evaluation
from experiments.running.command_line import run
from experiments.running.imports import OURS, closure
from experiments.running.results import atomic, write_csv, write_json, write_parquet, write_run, write_text
from tests.plugged import plug


@dataclass(frozen=True)
class Config:
    """What to do."""

    seed: int = 3
    """of everything"""
    out: Path = Path("results")
    """folder"""


def test_main_gets_the_parsed_configuration():
    seen = []
    run(seen.append, Config, ["--seed", "7"])
    assert seen == [Config(seed=7)]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("age: 150 is not\n allowed"), "error: age: 150 is not allowed\n"),
        (
            FileNotFoundError(2, "No such file or directory", "a.csv"),
            "error: a.csv: No such file or directory\n",
        ),
        (OSError("disk trouble"), "error: disk trouble\n"),
    ],
)
def test_bad_input_is_one_line_and_status_2(error, line, capsys):
    def fail(config):
        raise error

    with pytest.raises(SystemExit) as stop:
        run(fail, Config, [])
    assert stop.value.code == 2
    assert capsys.readouterr() == ("", line)


def test_a_defect_keeps_its_traceback():
    def fail(config):
        raise KeyError("bis")

    with pytest.raises(KeyError):
        run(fail, Config, [])


def test_interrupt_is_status_130(capsys):
    def fail(config):
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stop:
        run(fail, Config, [])
    assert stop.value.code == 130


def test_help_lists_the_names_that_options_take_those_of_plug_ins_included(monkeypatch, capsys):
    plug(monkeypatch, AGENTS, "my_agent", object)
    with pytest.raises(SystemExit):
        run(print, Evaluation, ["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for listed in (
        "--agents, --reference: ",
        "my_agent",
        "--faults: bis_dropout",
        "--engine: numpy, torch, compiled",
    ):
        assert listed in said


def test_the_help_makes_no_result_depend_on_everything():
    assert "experiments.running.named" not in closure(["experiments.running.command_line"], [OURS])


@pytest.mark.parametrize("arguments", [["--help"], []])
@pytest.mark.parametrize("length", [1, 100_000])  # kept back until the end, and written at once
def test_a_reader_who_has_gone_ends_it_quietly(arguments, length, capsys):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as unread, redirect_stdout(unread):
        with pytest.raises(SystemExit) as stop:
            run(lambda config: print("x" * length), Config, arguments)
        unread.flush()  # nor is anything left for Python's end to stumble on
    assert stop.value.code == 141
    assert capsys.readouterr().err == ""


def test_another_broken_pipe_is_an_error(capsys):
    def fail(config):
        raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(SystemExit) as stop:
        run(fail, Config, [])
    assert stop.value.code == 2
    assert capsys.readouterr().err == "error: [Errno 32] Broken pipe\n"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "old")

    def write_half():
        with atomic(path) as partial:
            partial.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_tables_come_back_as_they_were_written(tmp_path):
    table = pd.DataFrame({"caseid": ["1", "2"], "value": [1 / 3, np.pi]})
    write_csv(tmp_path / "deeper" / "t.csv", table)
    write_parquet(tmp_path / "t.parquet", table)
    assert pd.read_csv(tmp_path / "deeper" / "t.csv", dtype={"caseid": str}).equals(table)
    assert pd.read_parquet(tmp_path / "t.parquet").equals(table)


def test_json_holds_null_where_a_number_is_not_finite(tmp_path):
    write_json(tmp_path / "a.json", {"x": np.array([1.5, np.nan]), "n": np.int64(3), "b": np.bool_(True)})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": [1.5, None], "n": 3, "b": True}


def test_a_run_records_what_made_it(tmp_path):
    write_run(tmp_path / "run", Config(seed=11))
    record = json.loads((tmp_path / "run" / "config.json").read_text())
    assert record["config"] == {"seed": 11, "out": "results"}
    assert record["seed"] == 11
    assert record["versions"]["numpy"] == np.__version__
    assert set(record) == {"config", "seed", "plugins", "versions", "commit", "date", "command"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", "abc"], "--count: invalid literal for int\\(\\) with base 10: 'abc'"),
        (["--cuont", "3"], "Unrecognized options: --cuont"),
    ],
)
def test_what_the_parser_refuses_is_one_line(arguments, said, capsys):
    @dataclass
    class Options:
        count: int = 1

    with pytest.raises(SystemExit) as stop:
        run(lambda options: None, Options, arguments)
    heard = capsys.readouterr().err
    assert stop.value.code == 2
    assert heard.count("\n") == 1
    assert re.search(said, heard), heard
