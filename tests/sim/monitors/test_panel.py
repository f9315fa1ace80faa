"""The panel: what monitors do to the truth together, and nothing else; a slot for each, by name."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from sim.arrays import map_arrays, take
from sim.monitors import BIS_SOURCES, PRESSURE_MONITORS, panel
from sim.monitors.noise import CASE, COLOUR
from sim.monitors.panel import Monitors, MonitorState
from sim.monitors.recorded import recorded
from sim.monitors.slots import IndexReading
from sim.randomness import normals
from sim.theatre.engines import Torch
from tests.plugged import plug
from tests.sim.monitors.watching import DELAYS, KEYS, people, sway, truth_of, watch, watched


def test_without_noise_pressure_and_rate_are_the_truth_of_now():
    seen = watch(
        Monitors(10.0, 5.0, noise=False),
        DELAYS,
        sway,
        30,
        None,
        lambda t: 80 + t / 100,
        lambda t: 60 + t / 90,
    )
    for k, state in enumerate(seen):
        np.testing.assert_allclose(state.pressure, 80.0 + 10.0 * k / 100.0)
        np.testing.assert_allclose(state.heart_rate, 60.0 + 10.0 * k / 90.0)
        assert state.bis_valid.all()
        assert state.pressure_valid.all()
        assert state.heart_rate_valid.all()
        np.testing.assert_array_equal(state.signal_quality, 100.0)


def test_with_noise_readings_are_as_monitors_show_them_around_the_delayed_truth():
    delays = np.full(600, 25.0)
    noisy = watch(Monitors(10.0, 5.0), delays, sway, 150)[-1]
    clean = watch(Monitors(10.0, 5.0, noise=False), delays, sway, 150)[-1]
    for name, places in (("bis", 1), ("pressure", 0), ("heart_rate", 0)):
        shown = getattr(noisy, name)
        np.testing.assert_allclose(shown, np.round(shown, places), atol=1e-9)
    table = recorded()
    for name, sizes in (
        ("bis", table.index.noise),
        ("pressure", table.pressure.noise),
        ("heart_rate", table.heart_rate.noise),
    ):
        error = (getattr(noisy, name) - getattr(clean, name))[getattr(noisy, f"{name}_valid")]
        factor = sizes.case_log_sd**2 + sizes.swell_log_sd**2
        coloured = 0.25 * (sizes.case_colour**2 + sizes.swell_colour**2)
        size = math.hypot(sizes.white, sizes.wave) * math.exp(factor + coloured)
        error = error[np.abs(error) < min(12.0 * size, 30.0)]  # artefacts apart
        assert np.median(error) == pytest.approx(0.0, abs=0.2 * size)
        assert error.std() == pytest.approx(size, rel=0.25)


def test_noise_belongs_to_the_case_not_to_the_batch_or_the_patient():
    monitors, delays = Monitors(10.0, 5.0), np.full(30, 20.0)
    crowd = watched(monitors, delays, sway, 30, KEYS[:30])
    alone = watched(monitors, delays[:1], sway, 30, KEYS[[13]])
    for many, one in zip(crowd, alone, strict=True):
        for whole, part in zip(many, one, strict=True):
            chosen = take(whole, np.array([13]))
            map_arrays(lambda a, b: np.testing.assert_allclose(b, a, rtol=1e-12), chosen, part)
    deeper = watched(monitors, delays, lambda t: sway(t) - 20.0, 30, KEYS[:30])
    for (one, seen), (other, twin) in zip(crowd, deeper, strict=True):
        for first, second in zip(noises(one), noises(other), strict=True):
            np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(one.index.gap, other.index.gap)
        np.testing.assert_array_equal(seen.signal_quality, twin.signal_quality)


def noises(state: MonitorState) -> list[np.ndarray]:
    return [state.index.noise, state.pressure.noise, state.heart_rate.noise]


def test_index_pressure_and_rate_have_noise_of_their_own():
    state, _ = watched(Monitors(10.0, 5.0), np.full(600, 20.0), sway, 20)[-1]
    np.testing.assert_allclose(np.corrcoef([noise[CASE] for noise in noises(state)]), np.eye(3), atol=0.15)
    shared = np.eye(3)
    shared[1, 2] = shared[2, 1] = state.pressure.shared.mean()  # they meet the same breaths and beats
    np.testing.assert_allclose(np.corrcoef([noise[COLOUR + 1] for noise in noises(state)]), shared, atol=0.15)
    known = recorded().pressure.with_heart_rate
    assert np.arctanh(state.pressure.shared).mean() == pytest.approx(known.mean, abs=0.05)
    assert np.arctanh(state.pressure.shared).std() == pytest.approx(known.sd, abs=0.05)


@pytest.mark.parametrize("pressure", PRESSURE_MONITORS)
def test_torch_monitors_show_the_same(pressure):
    monitors, keys = Monitors(10.0, 5.0, pressure=pressure), KEYS[:8]
    start = [np.full(8, level) for level in (93.0, 90.0, 70.0)]
    state, shown = panel.connect(monitors, keys, people(DELAYS), truth_of(*start))
    other, same = Torch(False, "float64", "cpu").moved((state, shown))
    tensor_keys = torch.from_numpy(keys.view(np.int64))
    for k in range(40):
        recent = np.stack([90.0 - k * np.ones(8), 90.5 - k * np.ones(8)])
        now = recent[0], start[1], start[2]
        state, shown = panel.read(monitors, state, shown, keys, recent, truth_of(*now))
        tensors = truth_of(*map(torch.from_numpy, now))
        other, same = panel.read(monitors, other, same, tensor_keys, torch.from_numpy(recent), tensors)
        for name, values in vars(shown).items():
            np.testing.assert_allclose(getattr(same, name).numpy(), values, rtol=1e-12)


def test_reading_leaves_the_old_state_as_it_was():
    monitors = Monitors(10.0, 5.0)
    before = watched(monitors, DELAYS, sway, 3)[-1]
    copies = [map_arrays(np.copy, tree) for tree in before]
    recent = np.full((2, 8), 40.0)
    panel.read(monitors, *before, KEYS[:8], recent, truth_of(recent[0], recent[0], recent[0]))
    for tree, copy in zip(before, copies, strict=True):
        map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), tree, copy)


@dataclass(frozen=True)
class Sleepy:
    """A registered index monitor: chance of its own name, one number for a state."""

    interval: float
    step: float
    noise: bool

    def connect(self, patient, truth, chance):
        return 0.0 * truth.bis, self.reading(truth, chance)

    def read(self, state, last, recent, truth, chance):
        return state + 1.0, self.reading(truth, chance)

    def reading(self, truth, chance):
        error = normals(chance.keys, "sleepy", chance.count, 1)[0]
        return IndexReading(truth.bis + error, truth.bis > 0.0, 0.0 * truth.bis + 99.0)


def test_a_registered_monitor_takes_its_slot_and_leaves_the_chance_of_the_others_alone(monkeypatch):
    plug(monkeypatch, BIS_SOURCES, "sleepy", Sleepy)
    ours = watched(Monitors(10.0, 5.0, index="sleepy"), np.full(40, 20.0), sway, 12)
    usual = watched(Monitors(10.0, 5.0), np.full(40, 20.0), sway, 12)
    for k, ((state, shown), (_, other)) in enumerate(zip(ours, usual, strict=True)):
        assert (state.index == k).all()
        assert (shown.signal_quality == 99.0).all()
        np.testing.assert_array_equal(shown.pressure, other.pressure)
        np.testing.assert_array_equal(shown.heart_rate, other.heart_rate)
    errors = np.array([shown.bis - sway(10.0 * k) for k, (_, shown) in enumerate(ours)])
    assert errors.std() == pytest.approx(1.0, abs=0.15)
    assert len(np.unique(errors)) == errors.size


@pytest.mark.parametrize("slot", ["index", "pressure", "heart_rate"])
def test_an_unknown_monitor_is_refused_by_its_slot(slot):
    kind = {
        "index": "source of the index",
        "pressure": "pressure monitor",
        "heart_rate": "heart-rate monitor",
    }[slot]
    with pytest.raises(ValueError, match=f"{kind}: unknown name 'x'; allowed are"):
        watch(Monitors(10.0, 5.0, **{slot: "x"}), DELAYS, sway, 1)
