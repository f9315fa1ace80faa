"""Pressure: an arterial line at every reading, a cuff every three minutes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from sim.monitors import PRESSURE_MONITORS
from sim.monitors.cuff import Cuff
from sim.monitors.panel import Monitors
from sim.monitors.recorded import recorded
from tests.plugged import plug
from tests.sim.monitors.watching import DELAYS, sway, watch


def test_a_cuff_measures_every_three_minutes_and_tells_its_age():
    pressure = lambda t: 90.0 - t / 60.0  # noqa: E731
    seen = watch(Monitors(10.0, 5.0, noise=False, pressure="cuff"), DELAYS, sway, 100, None, pressure)
    for k, state in enumerate(seen):
        age = (10.0 * k) % 180.0
        np.testing.assert_allclose(state.pressure_age, age)
        np.testing.assert_allclose(state.pressure, pressure(10.0 * k - age))
        assert state.pressure_valid.all()


def test_a_cuff_errs_by_its_own_noise():
    seen = watch(Monitors(10.0, 5.0, pressure="cuff"), np.full(600, 20.0), sway, 36)
    shown = np.array([state.pressure for state in seen])
    first, second, third = shown[0], shown[18], shown[36]
    np.testing.assert_array_equal(shown[:18], np.broadcast_to(first, (18, 600)))
    for measured in (first, second, third):
        assert (measured - 80.0).std() == pytest.approx(4.0, rel=0.1)
    assert abs(np.corrcoef(second, third)[0, 1]) < 0.15
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.15


def test_an_arterial_line_comes_some_minutes_into_the_case_and_a_cuff_is_there_before():
    seen = watch(Monitors(10.0, 5.0), np.full(600, 20.0), sway, 180)
    age = np.array([state.pressure_age for state in seen])
    shown = np.array([state.pressure for state in seen])
    lies = np.array([(age[k:] == 0.0).all(axis=0) for k in range(2, 181)]).argmax(axis=0) + 2
    median, log_sd = recorded().pressure.line
    assert 10.0 * np.median(lies) == pytest.approx(median, rel=0.15)
    assert np.log(lies).std() == pytest.approx(log_sd, rel=0.25)
    late = lies > 20
    assert (age[1:18, late] > 0.0).all()
    np.testing.assert_array_equal(shown[:18, late], np.broadcast_to(shown[0, late], (18, late.sum())))
    assert np.array([state.pressure_valid for state in seen]).all()


def test_flushing_zeroing_and_sampling_show_a_wrong_pressure_that_claims_to_be_valid():
    seen = watch(Monitors(10.0, 5.0), np.full(600, 20.0), sway, 540)
    shown = np.array([state.pressure for state in seen])[180:]
    valid = np.array([state.pressure_valid for state in seen])[180:]
    wrong = np.abs(shown - 80.0) > 35.0
    known = recorded().pressure
    assert valid.all()
    assert (shown >= 0.0).all()
    share = known.artefacts.per_hour * (known.artefacts.seconds + 5.0) / 3600.0  # a reading is held for 10 s
    far = (np.abs(known.shown - 80.0) > 35.0).mean()
    assert wrong.mean() == pytest.approx(far * share, rel=0.2)


def test_the_noise_of_the_line_grows_with_pressure():
    spread = []
    for level in (60.0, 120.0):
        seen = watch(Monitors(10.0, 5.0), np.full(600, 20.0), sway, 300, None, lambda t, level=level: level)
        shown = np.array([state.pressure for state in seen])[180:]
        change = np.abs(np.diff(shown, axis=0))
        spread.append(change[change < 15.0].mean())  # artefacts apart
    growth = recorded().pressure.growth
    expected = (1.0 + 0.5 * growth) / (1.0 - 0.25 * growth)
    assert spread[1] / spread[0] == pytest.approx(expected, rel=0.15)


def test_an_old_cuff_pressure_is_blanked(monkeypatch):
    plug(monkeypatch, PRESSURE_MONITORS, "lazy_cuff", partial(Cuff, every=1800.0))
    monitors = Monitors(60.0, 5.0, noise=False, pressure="lazy_cuff")
    seen = watch(monitors, DELAYS, sway, 31)
    for minute, state in enumerate(seen):
        assert (state.pressure_valid == ((minute % 30) * 60.0 < 900.0)).all()
