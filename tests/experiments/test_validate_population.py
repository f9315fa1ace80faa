"""The command: everything is written, parts on request, and bad input gets one line and leaves nothing behind."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from experiments.population import discriminator
from experiments.population.recorded import TRACKS
from experiments.population.reporting import look_twice
from experiments.running.command_line import run
from experiments.validate_population import Validation, main
from tests.experiments.population.conftest import made, written

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("recordings"), made(40))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(discriminator, "HALVINGS", 1)
    monkeypatch.setattr(discriminator, "TREES", 5)
    monkeypatch.setattr(look_twice, "MINUTES", 20)
    monkeypatch.setattr(look_twice, "PANELS", 4)


def validate(folder, out, *options):
    run(main, Validation, ["--data", str(folder), "--part", "train", "--out", str(out), *options])


def test_the_whole_comparison_is_written(folder, tmp_path, capsys):
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    validate(folder, out, "--json", str(figures))
    held = json.loads(figures.read_text())
    assert list(held["discriminator"]) == ["all", "index", "circulation", "doses", "control"]
    assert held["discriminator"]["all"] > 0.8  # nobody made these recordings like patients
    assert {row["question"] for row in held["targets"]} == {"closed loop", "replay", "discriminator"}
    for name in ("page.png", "summary.png", "look_twice.png", "config.json"):
        assert (out / name).stat().st_size > 1000
    report = (out / "report.md").read_text()
    assert report in capsys.readouterr().out
    for title in ("What it must show", "Can they be told apart?", "By age", "Variograms", "Look twice: key"):
        assert title in report
    quantities = pd.read_csv(out / "quantities.csv")
    assert set(quantities["side"]) == {"recorded", "closed loop", "replay"}
    assert held["quantities"][0]["q50"] == pytest.approx(quantities["q50"][0])


@pytest.mark.usefixtures("undrawn")
def test_only_what_is_asked_is_done(folder, tmp_path):
    out = tmp_path / "out"
    validate(folder, out, "--only", "loop", "--patients", "4", "--world.models.bis", "bouillon")
    assert "Can they be told apart?" not in (out / "report.md").read_text()
    assert "'bouillon'" in (out / "report.md").read_text()
    assert set(pd.read_csv(out / "targets.csv")["question"]) == {"closed loop"}
    assert not (out / "areas.csv").exists()


def without_pressure(folder):
    table = pd.read_parquet(folder / "signals.parquet")
    table[TRACKS["pressure"]] = np.nan
    table.to_parquet(folder / "signals.parquet", index=False)


@pytest.mark.parametrize(
    ("count", "change", "options", "message"),
    [
        (30, without_pressure, (), "has the track Solar8000/ART_MBP"),
        (3, None, (), "3 subjects are not enough to split"),
        (9, None, (), "recorded subjects have 10 min of maintenance"),
        (0, None, (), "does not exist"),
        (30, None, ("--patients", "0"), "patients: 0 is not allowed"),
        (30, None, ("--only",), "only: nothing is asked"),
        (30, None, ("--world.agent", "nobody"), "agent"),
        (30, None, ("--world.cohort", "nobody"), "cohort"),
        (30, None, ("--world.models.bis", "nothing"), "nothing"),
    ],
)
def test_bad_input_gets_one_line_and_leaves_nothing(tmp_path, capsys, count, change, options, message):
    folder, out = tmp_path / "data", tmp_path / "out"
    if count:
        written(folder, made(count))
    if change:
        change(folder)
    with pytest.raises(SystemExit) as stop:
        validate(folder, out, *options)
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert not out.exists()
