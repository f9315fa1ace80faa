"""The synthetic EEG beside recordings: tables, pictures, and one line for bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from experiments.validate_eeg import Validation, main
from experiments.waves import bands, levels, steps, telling, traces


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Recordings of noise, named as the real ones are."""
    at, rng = tmp_path_factory.mktemp("eeg"), np.random.default_rng(0)
    frequencies = np.arange(0.5, 60.0, 0.5)[:, None]
    spectra = np.exp(rng.normal(size=(len(frequencies), 13))) / frequencies
    savemat(at / "spectra_pre_post.mat", {"freq": frequencies, "preX": spectra, "postX": spectra})
    time = np.arange(-300 * 1024, 53 * 1024)[None] / 1024.0
    noise = rng.normal(size=(time.size, 1))
    savemat(at / "sampleTimeSeries1.mat", {"time": time, "timedomain": 30.0 * noise})
    savemat(
        at / "sampleTimeSeries2.mat", {"time": time[:, : 10 * 1024], "pt12EEG": 30.0 * noise[: 10 * 1024]}
    )
    return at


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Everything takes seconds."""
    monkeypatch.setattr(bands, "SECONDS", 10)
    monkeypatch.setattr(levels, "SECONDS", 5)
    monkeypatch.setattr(levels, "LEVELS", (90.0, 20.0))
    monkeypatch.setattr(steps, "BEFORE", 30)
    monkeypatch.setattr(steps, "AFTER", 60)
    monkeypatch.setattr(steps, "STEPS", ((90.0, 45.0),))
    monkeypatch.setattr(steps, "FALLS", {"fast": 5.0})
    monkeypatch.setattr(telling, "TREES", 5)
    monkeypatch.setattr(traces, "BURNING", 60)


def test_every_question_has_its_table_and_picture(folder, tmp_path, capsys):
    main(Validation(data=folder, people=4, out=tmp_path))
    said = capsys.readouterr().out
    for name, rows in {"bands": 14, "levels": 2, "told": 4, "steps": 2, "inductions": 1}.items():
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) == rows
        assert name in said
    for name in ("spectra", "traces", "levels"):
        assert (tmp_path / f"{name}.png").stat().st_size > 1000
    assert (tmp_path / "config.json").exists()


def test_what_needs_no_recording_needs_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ANESTHESIA_DATA", str(tmp_path / "nowhere"))
    main(Validation(people=4, only=("levels",), out=tmp_path / "out"))
    with pytest.raises(ValueError, match="does not exist"):
        main(Validation(people=4, only=("bands",), out=tmp_path / "out"))


@pytest.mark.parametrize(
    ("bad", "said"), [({"only": ()}, "only: nothing is asked"), ({"people": 1}, "people: 1")]
)
def test_bad_input_is_named(bad, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        main(Validation(out=tmp_path, **bad))
