"""The curve that drives the EEG: what openibis reads, turned round."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.waves import calibrating
from experiments.waves.calibrating import Calibration
from sim.waves.eeg.depth import CALIBRATION


def test_a_curve_turned_round_finds_the_depth_of_an_index():
    depths = np.linspace(0.0, 7.0, 71)
    index, found = calibrating.turned(depths, 96.0 - 13.0 * depths)
    inside = (index > 6.0) & (index < 95.0)
    np.testing.assert_allclose(found[inside], (96.0 - index[inside]) / 13.0, atol=0.01)
    assert found[0] == 7.0
    assert found[-1] == 0.0


def test_a_rise_with_depth_is_levelled_out():
    _, found = calibrating.turned(np.arange(5.0), np.array([90.0, 50.0, 52.0, 30.0, 0.0]))
    assert (np.diff(found) <= 0.0).all()


def test_a_small_calibration_agrees_with_the_one_that_is_shipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(calibrating, "STEP", 1.0)
    calibrating.main(Calibration(people=4, seconds=5, out=tmp_path / "curve.json"))
    table = json.loads((tmp_path / "curve.json").read_text())
    shipped = json.loads(CALIBRATION.read_text())
    assert np.interp(50.0, table["index"], table["depth"]) == pytest.approx(
        np.interp(50.0, shipped["index"], shipped["depth"]), abs=0.6
    )
    assert "openibis reads" in capsys.readouterr().out


def test_nobody_cannot_be_listened_to(tmp_path):
    with pytest.raises(ValueError, match="people: 0"):
        calibrating.main(Calibration(people=0, out=tmp_path / "curve.json"))


def test_the_default_file_is_the_one_that_drives_the_eeg():
    assert CALIBRATION.is_file()
    assert CALIBRATION.parts[-3:] == Calibration().out.parts
