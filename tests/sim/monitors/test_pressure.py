"""Pressure: an arterial line at every reading, a cuff every three minutes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from sim.monitors import PRESSURE_MONITORS
from sim.monitors.cuff import Cuff
from sim.monitors.panel import Monitors
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


def test_an_old_cuff_pressure_is_blanked(monkeypatch):
    plug(monkeypatch, PRESSURE_MONITORS, "lazy_cuff", partial(Cuff, every=1800.0))
    monitors = Monitors(60.0, 5.0, noise=False, pressure="lazy_cuff")
    seen = watch(monitors, DELAYS, sway, 31)
    for minute, state in enumerate(seen):
        assert (state.pressure_valid == ((minute % 30) * 60.0 < 900.0)).all()
