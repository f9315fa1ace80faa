"""Depth read from recordings by the published design as it is shipped: simulated people only have taught it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import loadmat

from experiments.heard.reading import li2020
from experiments.waves.reading.readers import EEG_READERS
from experiments.waves.reading.resampling import resampled
from sim.signals.eeg import RATE
from tests.predictors.depth.eeg.heard import cases
from tests.recorded import data


def test_columns_hold_a_value_a_second_of_the_last_five_that_were_heard():
    eeg = cases(1, minutes=1, computed=False)["eeg"][:, 0].astype(float)
    said = EEG_READERS.get("li2020")(eeg, None)
    assert set(said) == {"li2020_depth", "li2020_depth_q10", "li2020_depth_q90", "li2020_level"}
    depth = said["li2020_depth"]
    assert depth.shape == (60,)
    assert np.isnan(depth[:4]).all()
    assert np.isfinite(depth[4:]).all()
    assert len(np.unique(depth[4:9])) == 1
    assert (said["li2020_depth_q10"][4:] <= depth[4:]).all()


def test_nothing_is_said_of_half_a_minute_of_silence():
    eeg = cases(1, minutes=2, computed=False)["eeg"][:, 0].astype(float)
    eeg[30 * RATE : 90 * RATE] = np.nan
    depth = li2020(eeg)["li2020_depth"]
    assert np.isfinite(depth[30:58]).all()
    assert np.isnan(depth[60:90]).all()
    assert np.isfinite(depth[95:]).all()


def test_through_a_real_loss_of_consciousness_depth_falls_in_the_right_order():
    recording = loadmat(data("eeg", "sampleTimeSeries1.mat"))
    depth = li2020(resampled(recording["timedomain"][:, 0], 1024.0))["li2020_depth"]
    time = np.arange(1, len(depth) + 1) - 300.0  # s from loss of consciousness
    before = np.nanmedian(depth[(time > -295.0) & (time <= -205.0)])  # infusion begins at about -200 s
    soon = np.nanmedian(depth[(time > -20.0) & (time <= 5.0)])
    after = np.nanmedian(depth[(time > 35.0) & (time <= 65.0)])
    assert before > soon + 5.0 > after + 10.0
    assert before > 75.0
    assert after < 60.0


def test_somebody_awake_is_heard_to_be():
    recording = loadmat(data("eeg", "sampleTimeSeries2.mat"))
    depth = li2020(resampled(recording["pt12EEG"][:, 0], 1024.0))["li2020_depth"]
    assert np.nanmedian(depth) == pytest.approx(90.0, abs=15.0)
