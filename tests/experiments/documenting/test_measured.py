"""What pages show of results is kept with the command, commit and date that made it, and names nobody's folders."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from experiments.documenting import measured
from experiments.documenting.__main__ import Documentation, main
from experiments.running.command_line import run


def results(folder, script: str, *options: str):
    """A folder of results with what made it."""
    folder.mkdir()
    record = {
        "command": [f"/somebody/experiments/{script}.py", *options],
        "commit": "a" * 40,
        "date": "2026-01-02T03:04:05",
    }
    (folder / "config.json").write_text(json.dumps(record))
    return folder


def test_rows_that_are_shown_are_kept_with_what_made_them(tmp_path):
    folder = results(
        tmp_path / "run", "closed_loop", "--patients", "9", "--workers", "4", "--out", "/somebody/run"
    )
    table = pd.DataFrame(
        {"agent": "pid", "metric": ["mdape_percent", "wobble_percent"], "mean": [1 / 3, 2.0]}
    )
    table.to_csv(folder / "summary.csv", index=False)
    assert measured.keep(folder, tmp_path / "kept") == ["agents"]
    assert measured.read("agents", tmp_path / "kept")["mean"].tolist() == [1 / 3]
    said = "`python -m experiments.closed_loop --patients 9`, 2026-01-02, commit aaaaaaa."
    assert measured.made_by("agents", tmp_path / "kept") == said


def test_every_plant_is_kept_on_its_own(tmp_path):
    folder = results(tmp_path / "run", "closed_loop", "--plant", "marsh")
    record = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**record, "config": {"plant": "marsh"}}))
    pd.DataFrame({"metric": ["mdape_percent"]}).to_csv(folder / "summary.csv")
    assert measured.keep(folder, tmp_path / "kept") == ["agents_marsh"]
    assert "--plant marsh" in measured.made_by("agents_marsh", tmp_path / "kept")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/a/experiments/twin/__main__.py", "--data", "../own"], "python -m experiments.twin --data DIR"),
        (
            ["/a/experiments/validate.py", "--data", "synthetic"],
            "python -m experiments.validate --data synthetic",
        ),
        (
            ["/a/experiments/benchmark.py", "--peer", "/own/env/bin/python", "--seconds", "1"],
            "python -m experiments.benchmark --peer PYTHON --seconds 1",
        ),
        (
            ["/a/experiments/validate.py", "--weights", "/own/runs/depth/real"],
            "python -m experiments.validate --weights results/depth/real",
        ),
    ],
)
def test_a_command_is_said_as_anybody_would_give_it(command, said):
    assert measured.called(command)[1] == said


def test_results_that_no_page_shows_are_refused_in_one_line(tmp_path, capsys):
    folder = results(tmp_path / "run", "train")
    with pytest.raises(SystemExit) as stop:
        run(main, Documentation, ["--keep", str(folder)])
    assert stop.value.code == 2
    allowed = "benchmark, benchmarking.decisions, campaign, "
    assert f"is of train, which is not allowed; {allowed}" in capsys.readouterr().err
