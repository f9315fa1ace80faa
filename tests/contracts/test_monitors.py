"""One contract over every monitor: readings that can be shown, to a patient alone as in the batch."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sim import theatre
from sim.arrays import map_arrays
from sim.interfaces import Orders, Readings
from sim.monitors import BIS_SOURCES, HEART_RATE_MONITORS, PRESSURE_MONITORS, READINGS
from sim.theatre import Theatre
from sim.theatre.rollout import cases
from sim.waves import WAVES

SLOTS = {
    "bis_source": BIS_SOURCES,
    "pressure": PRESSURE_MONITORS,
    "heart_rate_monitor": HEART_RATE_MONITORS,
}
HEARD = {"readings": READINGS, "waves": WAVES}
EVERY = [pytest.param(slot, name, id=f"{slot} {name}") for slot, names in SLOTS.items() for name in names]
EVERY += [
    pytest.param(slot, tuple(names), id=slot) for slot, names in HEARD.items()
]  # one room hears them all
SIZE = 6
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def shown(readings: Readings) -> dict[str, np.ndarray]:
    """Every array of the readings by name, those of waveforms included."""
    usual = {name: value for name, value in vars(readings).items() if name not in ("more", "waves")}
    return usual | dict(readings.more) | dict(readings.waves)


@cache
def read(room: Theatre, *numbers: int) -> list[Readings]:
    """Readings of six minutes (two, where waveforms are heard) under an infusion; slots share the usual room."""
    case = cases(room, seed=5, numbers=np.array(numbers))
    state, seen = theatre.begin(room, case)
    orders = Orders(np.full((3, len(numbers)), 0.2), np.zeros((3, len(numbers))))
    found = [seen.readings]
    for number in range(12 if room.heard else 36):
        looked_at = number % 9 == 0  # copies cost as much as turns
        before = map_arrays(np.copy, state) if looked_at else None
        after, seen = theatre.turn(room, case, state, orders)
        if looked_at:
            map_arrays(np.testing.assert_array_equal, state, before)
        state = after
        found.append(seen.readings)
    return found


@pytest.mark.parametrize(("slot", "name"), EVERY)
@pytest.mark.parametrize("noise", [True, False])
def test_a_monitor_shows_finite_values_to_a_patient_alone_as_in_the_batch(slot, name, noise):
    room = Theatre(horizon=600.0, noise=noise, **{slot: name})
    crowd, alone = read(room, *range(SIZE)), read(room, 4)
    near = 1e-3 if room.heard else 1e-12  # waveforms are of single precision
    for many, one in zip(crowd, alone, strict=True):
        single = shown(one)
        for field, values in shown(many).items():
            assert np.isfinite(values).all(), field
            assert (values.dtype == bool) == field.endswith("valid"), field
            np.testing.assert_allclose(single[field][..., 0], values[..., 4], rtol=near, atol=near)
        for field in ("bis", "signal_quality"):
            assert (getattr(many, field) >= 0.0).all()
            assert (getattr(many, field) <= 100.0).all()
        for field in ("mean_arterial_pressure", "pressure_age", "heart_rate"):
            assert (getattr(many, field) >= 0.0).all()
    assert many.bis.mean() < crowd[0].bis.mean()  # it follows the drugs
