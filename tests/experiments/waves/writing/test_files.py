"""What is written can be read back by the field's own tools, to the resolution of the format."""

from __future__ import annotations

import errno

import numpy as np
import pytest

from experiments.waves.writing import edf
from experiments.waves.writing.edf import write_edf
from experiments.waves.writing.picture import clinicians_view, density
from experiments.waves.writing.tracks import Event, Recording, Trend, Wave
from experiments.waves.writing.vital import write_vital

SECONDS = 40
WAVES = {  # track -> rate, unit, step, size, channel
    "BIS/EEG1_WAV": (128, "µV", 0.05, 40.0, "EEG Fp1"),
    "SNUADC/ECG_II": (250, "mV", 0.0005, 1.0, "ECG II"),
    "SNUADC/PLETH": (100, "a.u.", 0.0005, 1.0, "Pleth"),
    "SNUADC/ART": (100, "mmHg", 0.02, 120.0, "ART"),
}
TRENDS = {  # track -> interval, unit, usual screen
    "BIS/BIS": (1.0, "", (0.0, 100.0)),
    "BIS/SR": (1.0, "%", (0.0, 100.0)),
    "Testbed/TRUE_BIS": (10.0, "", (0.0, 100.0)),
    "Testbed/STIMULUS": (10.0, "", (0.0, 100.0)),
    "Testbed/SPI": (1.0, "", (0.0, 100.0)),
    "Testbed/ANI": (1.0, "", (0.0, 100.0)),
    "Solar8000/ART_MBP": (10.0, "mmHg", (0.0, 150.0)),
    "Solar8000/HR": (10.0, "/min", (30.0, 150.0)),
    "Orchestra/PPF20_RATE": (10.0, "mL/hr", (0.0, 200.0)),
    "Orchestra/RFTN20_RATE": (10.0, "mL/hr", (0.0, 200.0)),
    "Orchestra/PPF20_CE": (10.0, "mcg/mL", (0.0, 15.0)),
    "Orchestra/RFTN20_CE": (10.0, "ng/mL", (0.0, 15.0)),
}


def recording():
    chance = np.random.default_rng(3)
    waves = {
        name: Wave(
            size * chance.standard_normal(rate * SECONDS), float(rate), unit, step, (-size, size), channel
        )
        for name, (rate, unit, step, size, channel) in WAVES.items()
    }
    trends = {}
    for name, (interval, unit, shown) in TRENDS.items():
        values = chance.uniform(*shown, round(SECONDS / interval))
        values[1] = np.nan
        trends[name] = Trend(values, interval, unit, shown)
    trends["Solar8000/ART_MBP"].values[2:] = [-48.0, 271.5]  # zeroing and flush
    return Recording(
        "case_7", "F", 61.4, SECONDS, waves, trends, [Event(0.0, "induction"), Event(21.0, "incision")]
    )


@pytest.fixture(scope="module")
def case():
    return recording()


@pytest.fixture(scope="module")
def vital(case, tmp_path_factory):
    vitaldb = pytest.importorskip("vitaldb", reason="the package vitaldb is not installed")
    path = tmp_path_factory.mktemp("files") / "case.vital"
    write_vital(path, case)
    return vitaldb.VitalFile(str(path))


def test_vitaldb_reads_every_wave_to_the_step(case, vital):
    for name, wave in case.waves.items():
        read = vital.to_numpy([name], 1.0 / wave.rate)[:, 0]
        assert len(read) == len(wave.values)
        assert (
            np.abs(read - wave.values).max()
            <= 0.5 * wave.resolution * 1.001 + 1e-6 * np.abs(wave.values).max()
        )
        track = vital.find_track(name)
        assert (track.unit, track.srate) == (wave.unit, wave.rate)


def test_vitaldb_reads_every_trend_with_its_gaps(case, vital):
    for name, trend in case.trends.items():
        read = vital.to_numpy([name], trend.interval)[:, 0]
        np.testing.assert_allclose(read, trend.values, rtol=1e-6)
    assert vital.dtend - vital.dtstart == SECONDS


def test_vitaldb_reads_the_phases(vital):
    events = [(rec["dt"] - vital.dtstart, rec["val"]) for rec in vital.find_track("EVENT").recs]
    assert events == [(0.0, "induction"), (21.0, "incision")]


@pytest.fixture(scope="module")
def edf_file(case, tmp_path_factory):
    pytest.importorskip("edfio", reason="the package edfio is not installed")
    path = tmp_path_factory.mktemp("files") / "case.edf"
    write_edf(path, case)
    return path


def test_edfio_reads_every_track_to_its_resolution(case, edf_file):
    from edfio import read_edf

    file = read_edf(edf_file)
    assert file.duration == SECONDS
    assert file.patient.sex == "F"
    for signal, wave in zip(file.signals, case.waves.values(), strict=False):
        assert (signal.label, signal.sampling_frequency) == (wave.channel, wave.rate)
        assert signal.physical_dimension == wave.unit.replace("µ", "u")
        assert np.abs(signal.data - wave.values).max() <= 0.52 * edf.resolution(wave)
    for signal, (name, trend) in zip(file.signals[len(case.waves) :], case.trends.items(), strict=True):
        assert signal.label == name.partition("/")[2]
        every = signal.data[:: round(trend.interval)]
        known = np.isfinite(trend.values)
        assert np.abs(every - trend.values)[known].max() <= 0.51 * edf.resolution(trend)
        np.testing.assert_allclose(every[~known], signal.physical_min, atol=1e-9)
        assert (trend.values[known] > signal.physical_min).all()
    assert [(a.onset, a.text) for a in file.annotations] == [(0.0, "induction"), (21.0, "incision")]


def test_mne_reads_the_eeg(case, edf_file):
    mne = pytest.importorskip("mne", reason="the package mne is not installed")
    raw = mne.io.read_raw_edf(edf_file, include=["EEG Fp1"], preload=True, verbose="error")
    wave = case.waves["BIS/EEG1_WAV"]
    assert np.abs(1e6 * raw.get_data()[0] - wave.values).max() <= 0.51 * wave.resolution


def test_pyedflib_reads_the_eeg(case, edf_file):
    pyedflib = pytest.importorskip("pyedflib", reason="the package pyedflib is not installed")
    with pyedflib.EdfReader(str(edf_file)) as file:
        wave = case.waves["BIS/EEG1_WAV"]
        assert np.abs(file.readSignal(0) - wave.values).max() <= 0.51 * wave.resolution


def test_what_is_missing_or_too_large_stays_so():
    wave = Wave(np.array([np.nan, 1e9, -1e9, 0.26]), 1.0, "µV", 0.5, (0.0, 1.0), "EEG")
    assert wave.steps.tolist() == [-32768, 32767, -32767, 1]
    assert wave.steps.dtype == np.int16


@pytest.mark.parametrize("kind", ["vital", "edf"])
def test_a_full_disk_leaves_no_half_file(case, tmp_path, monkeypatch, kind):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    if kind == "vital":
        vitaldb = pytest.importorskip("vitaldb")
        monkeypatch.setattr(vitaldb.VitalFile, "to_vital", full)
    else:
        edfio = pytest.importorskip("edfio")
        monkeypatch.setattr(edfio.Edf, "write", full)
    with pytest.raises(OSError, match="No space left"):
        (write_vital if kind == "vital" else write_edf)(tmp_path / "case", case)
    assert list(tmp_path.iterdir()) == []


def test_the_spectral_array_shows_a_rhythm_where_it_is():
    time = np.arange(128 * 60) / 128.0
    wave = Wave(20.0 * np.sin(2.0 * np.pi * 10.0 * time), 128.0, "µV", 0.05, (0.0, 1.0), "EEG")
    minutes, place, loud = density(wave)
    assert loud.shape == (len(place), len(minutes)) == (60, 30)
    assert (place[loud.argmax(0)] == 10.0).all()
    # Its power is half the squared amplitude, spread over the taper's bandwidth of 0.75 Hz.
    np.testing.assert_allclose(loud.max(0), 10.0 * np.log10(200.0 / 0.75), atol=0.1)


def test_a_case_can_be_drawn(case):
    assert len(clinicians_view(case).axes) == 7
