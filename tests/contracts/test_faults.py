"""One contract over every fault: whatever the monitors, it leaves numbers that a room can go on with."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sim import theatre
from sim.arrays import check_patients
from sim.faults import FAULTS
from sim.faults.fault import Fault
from sim.interfaces import Orders
from sim.monitors import BIS_SOURCES, HEART_RATE_MONITORS, PRESSURE_MONITORS
from sim.theatre import Theatre
from sim.theatre.rollout import cases

SIZE = 4
# An index that is heard costs a minute of EEG to begin with: faults look at what is shown, so once is enough.
PANELS = [*product((name for name in BIS_SOURCES if name != "eeg"), PRESSURE_MONITORS, HEART_RATE_MONITORS)]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_does_something_for_a_time(name):
    fault = FAULTS.get(name)
    assert isinstance(fault, Fault)
    does = "shown", "arriving", "halts", "told", "patient", "surgery", "orders"
    assert any(getattr(fault, one) for one in does)
    assert fault.seconds is None or 0.0 <= fault.seconds < float("inf")
    for one in fault.parameters.values():
        assert one.low <= one.default <= one.high
        assert one.meaning


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("panel", PANELS, ids=" ".join)
def test_a_fault_leaves_finite_readings_and_doses_whatever_the_monitors(name, panel):
    index, pressure, heart_rate = panel
    room = Theatre(
        bis_source=index, pressure=pressure, heart_rate_monitor=heart_rate, horizon=300.0, faults=(name,)
    )
    case = cases(room, seed=2, numbers=SIZE)
    if FAULTS.get(name).times:
        starts = np.full((1, SIZE), 30.0)
        case = replace(case, faults=replace(case.faults, starts=starts, ends=starts + 80.0))
    state, seen = theatre.begin(room, case)
    for _ in range(18):
        state, seen = theatre.turn(room, case, state, Orders(np.full((3, SIZE), 0.2), np.zeros((3, SIZE))))
        for field, values in vars(seen.readings).items():
            if field in ("more", "waves"):
                continue
            assert np.isfinite(values).all(), field
            assert values.shape[-1] == SIZE, field
            assert (values.dtype == bool) == field.endswith("valid"), field
        assert seen.delivered.shape == (3, SIZE)
        assert np.isfinite(seen.delivered).all()
        assert (seen.delivered >= 0.0).all()
    check_patients(state, SIZE)
