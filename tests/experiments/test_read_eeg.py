"""A recorded EEG read from every kind of file, with gaps as gaps; what cannot be an EEG is one line and status 2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import loadmat, savemat
from scipy.signal import resample_poly

from experiments.read_eeg import Reading, main
from experiments.running.command_line import run
from experiments.waves.reading.formats import read
from experiments.waves.reading.listening import heard
from experiments.waves.reading.readers import EEG_READERS
from experiments.waves.reading.resampling import resampled
from tests.recorded import data

RATE = 256
SECONDS = 60
KINDS = ("vital", "edf", "bdf", "mat", "csv")


def brain(seconds: int = SECONDS, seed: int = 0) -> np.ndarray:
    """Two channels of slow noise, (samples, 2), µV."""
    eeg = np.random.default_rng(seed).normal(size=(RATE * seconds, 2))
    for _ in range(2):
        eeg = np.apply_along_axis(np.convolve, 0, eeg, np.ones(5) / 5.0, "same")
    return 15.0 * eeg / eeg.std(0)


def written(kind: str, folder: Path, eeg: np.ndarray, unit: str = "uV") -> Path:
    """Write the channels Fp1 and Fp2 as a file of a kind."""
    path = folder / f"eeg.{kind}"
    if kind == "csv":
        pd.DataFrame(eeg, columns=["Fp1", "Fp2"]).to_csv(path, index=False)
    elif kind == "mat":
        savemat(path, {"Fp1": eeg[:, :1], "Fp2": eeg[:, 1:]})
    elif kind == "vital":
        vitaldb = pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
        file = vitaldb.VitalFile()
        file.dtstart, file.dtend = 1000.0, 1000.0 + len(eeg) / RATE
        for channel, name in enumerate(("Fp1", "Fp2")):
            parts = np.split(eeg[:, channel].astype("f4"), len(eeg) // RATE)
            records = [{"dt": 1000.0 + second, "val": part} for second, part in enumerate(parts)]
            file.add_track(f"BIS/{name}", records, srate=RATE, unit=unit)
        file.add_track("BIS/BIS", [{"dt": 1000.0, "val": 50.0}])
        file.to_vital(str(path))
    else:
        edfio = pytest.importorskip("edfio", reason="the package edfio is not installed")
        signal, file = (edfio.EdfSignal, edfio.Edf) if kind == "edf" else (edfio.BdfSignal, edfio.Bdf)
        names = ("Fp1", "Fp2")
        file(
            [signal(eeg[:, i], RATE, label=name, physical_dimension=unit) for i, name in enumerate(names)]
        ).write(path)
    return path


def refused(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> str:
    """The line that refuses a recording."""
    with pytest.raises(SystemExit) as stop:
        run(main, Reading, ["--recording", str(path), "--out", str(path.parent / "out.csv"), *more])
    assert stop.value.code == 2
    assert not (path.parent / "out.csv").exists()
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("error: ")
    return line


def csv(folder: Path, values: np.ndarray, name: str = "Fp1") -> Path:
    pd.DataFrame({name: values}).to_csv(folder / "one.csv", index=False)
    return folder / "one.csv"


def listened(path: Path, rate: float | None = RATE, **more) -> pd.DataFrame:
    out = path.parent / "out.csv"
    main(Reading(path, out, rate=rate, **more))
    assert out.with_suffix(".png").stat().st_size > 10_000
    return pd.read_csv(out)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_samples_of_the_channel(kind, tmp_path):
    eeg = brain(5)
    path = written(kind, tmp_path, eeg)
    name = "BIS/Fp2" if kind == "vital" else "Fp2"
    for wanted in (name, "2"):
        found = read(path, wanted, RATE)
        assert (found.name, found.rate) == (name, RATE)
        np.testing.assert_allclose(found.samples, eeg[:, 1], atol=0.005)


@pytest.mark.parametrize("kind", ["vital", "edf", "bdf"])
def test_a_unit_that_the_file_names_is_brought_to_microvolts_and_another_one_refused(kind, tmp_path, capsys):
    eeg = brain(5)
    found = read(written(kind, tmp_path, eeg / 1e3, "mV"), "1")
    np.testing.assert_allclose(found.samples, eeg[:, 0], atol=0.005)
    assert "has 'mmHg'" in refused(capsys, written(kind, tmp_path, eeg, "mmHg"), "--channel", "1")
    assert "file says 256 Hz" in refused(
        capsys, written(kind, tmp_path, eeg), "--channel", "1", "--rate", "128"
    )


def test_the_table_has_a_row_a_second_and_the_index_of_a_gap_is_unknown(tmp_path):
    eeg = brain()[:, 0]
    eeg[20 * RATE : 25 * RATE] = np.nan
    table = listened(csv(tmp_path, eeg))
    assert list(table["time_s"]) == list(range(1, SECONDS + 1))
    assert table["index"].isna().to_numpy().nonzero()[0].tolist() == [0, 1, 2, 3, 20, 21, 22, 23, 24]
    assert table["spectral_edge"].isna().sum() == 5
    assert table["signal_quality"].iloc[-1] == pytest.approx(100.0 * 55 / 60, abs=0.1)
    assert (table["suppression_ratio"].iloc[10:] == 0.0).all()


def test_a_channel_that_saturates_for_seconds_has_a_gap_there(tmp_path):
    eeg = brain()[:, 0]
    eeg[30 * RATE : 34 * RATE] = 3276.7
    table = listened(csv(tmp_path, eeg))
    assert table["index"].isna().iloc[30:34].all()
    assert table["index"].iloc[36:].notna().all()


def test_slow_recordings_have_no_muscle_and_any_rate_gives_about_the_same_index():
    eeg = brain()[:, 0]
    at = {
        rate: heard(resampled(resample_poly(eeg, *ratio), rate), muscles=rate >= 128.0).columns
        for rate, ratio in ((256.0, (1, 1)), (128.0, (1, 2)), (100.0, (25, 64)), (250.0, (125, 128)))
    }
    for rate in (128.0, 250.0):
        assert at[rate]["index"][-1] == pytest.approx(at[256.0]["index"][-1], abs=2.0)
    assert np.isnan(at[100.0]["emg"]).all()
    assert np.isfinite(at[100.0]["index"][5:]).all()
    assert np.isfinite(at[256.0]["emg"]).all()


def test_other_readers_add_their_columns(tmp_path, monkeypatch):
    monkeypatch.setitem(
        EEG_READERS._targets, "half", lambda eeg, weights: {"half_depth": np.full(len(eeg) // 128, 50.0)}
    )
    table = listened(csv(tmp_path, brain()[:, 0]), readers=("half",))
    assert (table["half_depth"] == 50.0).all()


def test_what_is_not_there_is_said_with_what_there_is(tmp_path, capsys):
    path = written("csv", tmp_path, brain(5))
    rate = ("--rate", "256")
    assert "which one?; there are Fp1, Fp2" in refused(capsys, path, *rate)
    assert "'Fp9' is not there; there are Fp1, Fp2" in refused(capsys, path, "--channel", "Fp9", *rate)
    assert "rate: needed" in refused(capsys, path, "--channel", "Fp1")
    assert "rate: 64 is not allowed" in refused(capsys, path, "--channel", "Fp1", "--rate", "64")
    assert "No such file" in refused(capsys, tmp_path / "nothing.edf")
    assert ".vital, .edf" in refused(capsys, written("csv", tmp_path, brain(5)).rename(tmp_path / "eeg.txt"))


def test_a_track_of_numbers_is_no_waveform(tmp_path, capsys):
    path = written("vital", tmp_path, brain(5))
    assert "BIS/BIS is no waveform; there are BIS/Fp1" in refused(capsys, path, "--channel", "BIS/BIS")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda eeg: 1e-6 * eeg, "unit: channel Fp1 spreads by"),
        (lambda eeg: 1e4 * eeg, "unit: channel Fp1 spreads by"),
        (lambda eeg: 0.0 * eeg + 3.0, "is flat, 3 throughout"),
        (lambda eeg: np.clip(1e5 * eeg, -400.0, 400.0), "flat or saturated"),
        (lambda eeg: np.nan * eeg, "no values at all"),
        (lambda eeg: eeg[: RATE // 2], "there must be some seconds"),
        (lambda eeg: eeg[: 10 * RATE], "10 s are too short"),
        (lambda eeg: 380.0 * np.sign(eeg) + eeg, "no second of it tells anything"),
    ],
)
def test_what_cannot_be_an_eeg_has_no_index(spoil, said, tmp_path, capsys):
    assert said in refused(capsys, csv(tmp_path, spoil(brain(30)[:, 0])), "--rate", str(RATE))


@pytest.mark.parametrize("kind", ["vital", "edf", "mat"])
def test_a_truncated_file_is_one_line_or_what_is_left_of_it(kind, tmp_path, capsys):
    path = written(kind, tmp_path, brain(5))
    content = path.read_bytes()
    for left in (0, 100, len(content) // 3):
        path.write_bytes(content[:left])
        said = refused(capsys, path, "--channel", "1", "--rate", str(RATE))
        assert "recording: " in said


def test_a_volt_more_is_read_where_it_is_said(tmp_path):
    found = read(csv(tmp_path, 1e-6 * brain(5)[:, 0]), rate=RATE, unit="V")
    np.testing.assert_allclose(found.samples, brain(5)[:, 0], atol=1e-9)


def test_a_real_recording_is_read_through_loss_of_consciousness(tmp_path):
    path = data("eeg", "sampleTimeSeries1.mat")
    (tmp_path / "real.mat").symlink_to(path)
    table = listened(tmp_path / "real.mat", rate=1024.0)
    assert len(table) == loadmat(path)["timedomain"].size // 1024
    at = table.set_index("time_s")
    expected = {100: 92.3, 240: 90.4, 280: 73.2, 300: 63.6, 340: 43.7}
    for second, index in expected.items():
        assert at.loc[second, "index"] == pytest.approx(index, abs=1.0)
    assert at.loc[320, "monitor"] > at.loc[320, "index"]
    assert table["suppression_ratio"].max() < 3.0
    assert table["spectral_edge"].iloc[-30:].median() < table["spectral_edge"].iloc[:200].median()
