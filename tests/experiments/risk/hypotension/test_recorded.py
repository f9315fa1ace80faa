"""Folders of recorded cases: what is taken from them, what an artefact is, and how what cannot be used is named."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from experiments import validate
from experiments.judging import scores
from experiments.recorded.recordings import TRACKS
from experiments.risk.hypotension.recorded import artefacts, recorded
from experiments.validate import Validation
from predictors.risk.hypotension.events import low_name

CASES, SAMPLES = 6, 300
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def signals(pressure=None) -> pd.DataFrame:
    """Tracks of cases whose pressure swings about a mean of their own; no index was recorded."""
    random, parts = np.random.default_rng(1), []
    for case in range(CASES):
        swing = 68.0 + case + 9.0 * np.sin(np.arange(SAMPLES) / 15.0) + random.normal(size=SAMPLES)
        columns = {
            "caseid": case + 1,
            "Time": 10 * np.arange(SAMPLES),
            TRACKS["pressure"]: swing if pressure is None else pressure,
            TRACKS["heart_rate"]: 70.0 + random.normal(size=SAMPLES),
            TRACKS["propofol"]: 20.0 + np.arange(SAMPLES) % 3,
            TRACKS["remifentanil"]: 10.0,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts)


@pytest.fixture
def folder(tmp_path):
    """A folder in VitalDB's format."""
    numbers = np.arange(1, CASES + 1)
    people = {"age": 50.0, "sex": "F", "height": 165.0, "weight": 60.0}
    pd.DataFrame({"caseid": numbers, "subjectid": numbers, **people}).to_csv(
        tmp_path / "cases.csv", index=False
    )
    signals().to_csv(tmp_path / "signals.csv", index=False)
    return tmp_path


def test_an_index_is_not_needed_and_every_case_is_labelled(folder):
    cases, lines = recorded(folder)
    assert cases.count == CASES
    assert set(np.unique(cases.label(low_name(300))[:150])) == {0.0, 1.0}
    assert lines[0] == f"{CASES} cases read, {CASES} kept."


def test_flushed_lines_and_spikes_are_told_apart_from_pressures():
    pressure = np.full((40, 1), 80.0)
    pressure[10], pressure[20], pressure[30] = 250.0, 120.0, 0.0
    flushed, spiked, kept = artefacts(pressure)
    assert list(np.flatnonzero(flushed)) == [10, 30]
    assert list(np.flatnonzero(spiked)) == [20]
    assert np.isfinite(kept).sum() == 37


@pytest.mark.parametrize("name", ["pressure", "propofol"])
def test_a_missing_column_is_named(folder, name):
    signals().drop(columns=TRACKS[name]).to_csv(folder / "signals.csv", index=False)
    with pytest.raises(ValueError, match=TRACKS[name]):
        recorded(folder)


def test_a_folder_of_another_kind_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises((ValueError, OSError), match=r"cases\.csv"):
        recorded(tmp_path)


@pytest.mark.parametrize(("level", "when"), [(85.0, "never"), (55.0, "always")])
def test_a_label_that_is_constant_is_refused_with_the_pressures_seen(folder, level, when):
    signals(level + np.sin(np.arange(SAMPLES))).to_csv(folder / "signals.csv", index=False)
    with pytest.raises(ValueError, match=f"is {when} below 65 mmHg"):
        recorded(folder)


def test_a_folder_never_seen_is_judged_with_shipped_weights_and_written_as_json(
    folder, tmp_path, monkeypatch
):
    file = tmp_path / "figures.json"
    monkeypatch.setattr(scores, "RESAMPLES", 50)
    validate.main(Validation("hypotension", str(folder), json=file, out=tmp_path / "out"))
    told = pd.DataFrame(json.loads(file.read_text(encoding="utf-8"))["scores"])
    assert {"horizon", "predictor", "metric", "subset", "estimate", "low", "high"} <= set(told)
    assert set(told["horizon"]) == {300, 600, 900}
    assert {"AUROC", "AUPRC", "Brier", "calibration_slope"} <= set(told["metric"])
    names = set(told["predictor"])
    assert {"hypotension (synthetic)", "hypotension_pressure (synthetic)"} <= names
    assert any(name.startswith("permuted") for name in names)
    assert (tmp_path / "out" / "page.png").exists()
