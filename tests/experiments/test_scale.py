"""The scale curve: time and memory of runs, measured once, kept, and drawn."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from experiments import closed_loop, scale
from experiments.running import command_line, freshness
from experiments.scale import Scale


@pytest.fixture
def here(monkeypatch):
    """Runs are measured in this process, without reports and hashes of the code: all take longer than the rest."""
    monkeypatch.setattr(scale, "apart", lambda function, *given: function(*given))
    monkeypatch.setattr(closed_loop.report, "write", lambda folder: folder)
    monkeypatch.setattr(freshness, "files", lambda *_: {})


@pytest.mark.usefixtures("here")
def test_a_size_is_measured_once(tmp_path, monkeypatch):
    config = Scale("fixed_targets", (2,), 600.0, 3, 360.0, workers=1, out=tmp_path / "scale")
    scale.main(config)
    rows = json.loads((config.out / "scale.json").read_text())["rows"]
    assert [(row["patients"], row["hours"]) for row in rows] == [(2, 1 / 6), (3, 1 / 10)]
    for row in rows:
        assert row["cpu_per_patient_hour"] == pytest.approx(
            1e3 * row["cpu"] / (row["patients"] * row["hours"])
        )
        assert row["cpu"] > 0.0
        assert 50.0 < row["parent"] < 10_000.0
        assert row["disk"] > 0.01
    assert {path.name for path in config.out.iterdir()} >= {
        "scale.json",
        "scale.png",
        "points",
        "config.json",
    }
    assert not list(config.out.glob("tmp*"))
    monkeypatch.setattr(scale, "measure", lambda *_: pytest.fail("measured again"))
    scale.main(config)


def test_memory_of_a_worker_is_that_of_its_largest_moment():
    text = "import time; held = b'x' * 200_000_000; del held; time.sleep(1.0)"
    with scale._watched() as peaks, subprocess.Popen([sys.executable, "-c", text]) as worker:
        worker.wait()
    assert 190.0 < peaks[worker.pid] < 300.0


def test_one_more_patient_costs_what_two_sizes_differ_by():
    points = pd.DataFrame({"patients": [1000, 100, 10], "hours": [3.0, 3.0, 1.0], "cpu": [310.0, 40.0, 5.0]})
    table = scale.costs(points)
    assert table["patients"].tolist() == [100, 1000, 10]
    np.testing.assert_allclose(table["cpu_of_one_more"], [np.nan, 100.0, np.nan])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--agent", "hal"], "agent: unknown name 'hal'"),
        (["--patients", "0"], "patients: (0,), largest 1000000 are not allowed; cohorts of 1 or more"),
        (["--workers", "0"], "workers: 0 is not allowed"),
        (["--brief", "7"], "horizon: 7.0 s is not allowed"),
        (["--brief", "60"], "horizon: 60 s is not allowed; 310 s or more"),
    ],
)
def test_bad_input_gets_one_line_and_leaves_nothing_behind(arguments, message, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        command_line.run(scale.main, Scale, ["--out", str(tmp_path / "scale"), *arguments])
    assert stopped.value.code == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: ")
    assert message in said
    assert "\n" not in said
    assert not (tmp_path / "scale").exists()
