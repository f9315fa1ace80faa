"""What is made of recordings and of synthetic EEG beside them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from experiments.waves import bands, recorded, steps, telling
from experiments.waves.recorded import Spectra
from tests.recorded import data

RNG = np.random.default_rng(3)


def test_levels_of_bands_are_means_of_the_density():
    frequencies = np.arange(0.0, 60.0, 0.5)
    density = np.full((len(frequencies), 2), 10.0)
    density[(frequencies >= 8.0) & (frequencies <= 13.0)] = 1000.0
    said = dict(zip(bands.BANDS, bands.levels(frequencies, density), strict=True))
    np.testing.assert_allclose(said["alpha"], 30.0)
    np.testing.assert_allclose(said["gamma"], 10.0)


def test_alike_spectra_are_said_to_be_alike_and_others_not():
    frequencies = np.arange(0.0, 60.0, 0.5)
    density = np.exp(RNG.normal(size=(len(frequencies), 13)))
    same = bands.compared(Spectra(frequencies, density, density), Spectra(frequencies, density, density))
    assert same["between_quartiles"].all()
    assert same["within_sd"].all()
    other = bands.compared(
        Spectra(frequencies, density, density), Spectra(frequencies, 100.0 * density, density)
    )
    assert not other["within_sd"][other["state"] == "before"].any()
    np.testing.assert_allclose(other["difference"][:7], 20.0)


def test_the_median_spectra_of_the_recorded_people_are_the_published_ones():
    real = recorded.spectra(recorded.folder(data()))
    before, after = (np.median(bands.levels(real.frequencies, part), axis=1) for part in real[1:])
    np.testing.assert_allclose(before, [10.5, 6.2, 1.4, 3.1, -1.9, -5.6, -8.0], atol=0.06)
    np.testing.assert_allclose(after, [23.4, 17.7, 8.4, 7.3, 1.4, -6.3, -11.2], atol=0.06)


def test_a_folder_without_eeg_is_refused(tmp_path):
    (tmp_path / "other.txt").write_text("nothing")
    with pytest.raises(ValueError, match="holds no recorded EEG"):
        recorded.folder(tmp_path)


def test_traces_are_read_at_128_samples_a_second(tmp_path):
    time = np.arange(-2048, 2048)[None] / 1024.0
    wave = np.sin(2.0 * np.pi * 10.0 * time.T)
    savemat(tmp_path / "sampleTimeSeries1.mat", {"time": time, "timedomain": wave})
    savemat(tmp_path / "sampleTimeSeries2.mat", {"time": time, "pt12EEG": wave})
    long, _ = recorded.traces(tmp_path)
    assert len(long.eeg) == len(long.time) == 512
    np.testing.assert_allclose(long.eeg[64:-64], np.sin(2.0 * np.pi * 10.0 * long.time[64:-64]), atol=0.01)


def test_a_classifier_tells_what_differs_and_by_what_and_not_what_is_alike(monkeypatch):
    monkeypatch.setattr(telling, "TREES", 25)

    def person(fast: float) -> np.ndarray:
        slow = np.cumsum(RNG.normal(size=(1280, 12)), axis=0)
        return recorded.passed(slow + fast * RNG.normal(size=(1280, 12)))

    others = [person(0.3) for _ in range(6)]
    told = telling.tell(person(3.0), others)
    assert told.area > 0.95
    assert any(word in max(told.by, key=told.by.get) for word in ("gamma", "beta", "mobility", "complexity"))
    assert 0.2 < telling.tell(person(0.3), others).area < 0.8


def test_a_delay_is_the_time_to_63_percent_of_the_change():
    time = np.arange(steps.BEFORE + steps.AFTER) - steps.BEFORE
    said = np.where(time < 0, 90.0, 40.0 + 50.0 * np.exp(-time / 20.0))[:, None]
    assert steps.delay(said)[0] == pytest.approx(21.0, abs=1.0)


def test_an_index_that_steps_is_shown_later_where_artefacts_hide_it(monkeypatch):
    monkeypatch.setattr(steps, "BEFORE", 40)
    monkeypatch.setattr(steps, "AFTER", 120)
    true = steps.step(93.0, 45.0)
    good, poor = (np.median(steps.delay(steps.shown(true, 4, 1, hidden))) for hidden in (False, True))
    low, high = steps.PUBLISHED
    assert low < good < poor < high
