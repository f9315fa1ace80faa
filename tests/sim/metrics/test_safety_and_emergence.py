"""Awareness, too deep, and emergence, against hand-worked courses."""

from __future__ import annotations

import numpy as np
import pytest

from sim.surgery import CLOSING, EMERGENCE
from tests.sim.metrics.hour import TIME, at, score


@pytest.mark.parametrize("missing", ["stimulus", "conscious", "bis"])
def test_awareness_needs_stimulation_consciousness_and_a_high_index(missing: str):
    aware = {"stimulus": 0.5, "conscious": 0.9, "bis": 70.0}
    signals = {name: at(1000.0, 1080.0, level, 0.0) for name, level in aware.items()}
    values = score(**signals)
    assert (values["awareness_s"], values["awareness_spell"]) == (80.0, 1.0)
    assert score(**(signals | {missing: 0.0}))["awareness_s"] == 0.0


def test_awareness_counts_after_drugs_were_stopped_too_early():
    values = score(stimulus=at(3100.0, 3155.0, 0.3, 0.0), conscious=1.0, bis=90.0)
    assert (values["awareness_s"], values["awareness_spell"]) == (55.0, 0.0)


def test_too_deep_counts_seconds_below_20():
    values = score(bis=at(200.0, 290.0, 19.9, 20.0))
    assert (values["bis_below_20_s"], values["bis_below_20"]) == (90.0, 1.0)
    assert score(bis=20.0)["bis_below_20"] == 0.0


def test_a_loop_that_swings_the_index_is_counted_in_maintenance_only():
    swinging = 50.0 + 10.0 * np.sin(2.0 * np.pi * TIME / 300.0)
    ends = {"propofol": at(60.0, 2000.0, 0.1, 0.0), "remifentanil": 0.0}
    values = score(bis=np.where(TIME < 2000.0, swinging, 50.0), **ends)
    assert values["limit_cycle"] == 1.0
    assert 5.0 <= values["limit_cycle_min"] <= 6.0  # four peaks, then 350 s
    after = score(bis=np.where(TIME > 2500.0, swinging, 50.0), **SURGERY)
    assert (after["limit_cycle"], after["limit_cycle_min"]) == (0.0, 0.0)


def test_low_pressure_is_counted_in_seconds():
    long = score(mean_arterial_pressure=at(200.0, 290.0, 54.9, 55.0))
    assert (long["map_below_55_s"], long["map_below_55_spell"]) == (90.0, 1.0)
    short = score(mean_arterial_pressure=at(200.0, 255.0, 54.9, 55.0))
    assert (short["map_below_55_s"], short["map_below_55_spell"]) == (55.0, 0.0)


SURGERY = {"phase": at(2500.0, 3200.0, CLOSING, 0.0) + at(3200.0, 4000.0, EMERGENCE, 0.0)}


def test_waking_is_timed_from_the_end_of_surgery_whenever_the_drugs_were_stopped():
    before = at(-1.0, 120.0, 100.0, 0.0)  # awake at the start, which is no emergence
    bis = at(3300.0, 4000.0, 85.0, 50.0) + before
    conscious = at(3280.0, 4000.0, 0.6, 0.1) + before / 100.0
    for stop in (2000.0, 3250.0):
        values = score(bis=bis, conscious=conscious, propofol=at(60.0, stop, 0.1, 0.0), **SURGERY)
        assert values["emergence_to_bis_80_min"] == pytest.approx(100.0 / 60.0)
        assert values["emergence_to_conscious_min"] == pytest.approx(80.0 / 60.0)
        assert values["emergence_not_bis_80"] == values["emergence_not_conscious"] == 0.0


def test_who_is_not_awake_when_the_record_ends_is_counted_and_timed_to_its_end():
    values = score(bis=at(100.0, 3000.0, 50.0, 80.0), conscious=0.5, **SURGERY)
    for event in ("bis_80", "conscious"):
        assert values[f"emergence_not_{event}"] == 1.0
        assert values[f"emergence_to_{event}_min"] == pytest.approx((3600.0 - 3200.0) / 60.0)


def test_who_is_awake_when_surgery_ends_has_waited_for_nothing():
    assert score(bis=90.0, **SURGERY)["emergence_to_bis_80_min"] == 0.0


def test_closing_counts_how_light_it_was_and_emergence_its_own_pressure():
    light = at(2600.0, 2700.0, 72.0, 50.0) + at(3250.0, 4000.0, 40.0, 0.0)
    pressure = at(3200.0, 3300.0, 55.0, 80.0)
    values = score(bis=light, stimulus=1.0, conscious=0.9, mean_arterial_pressure=pressure, **SURGERY)
    assert values["closing_overshoot_bis"] == 12.0
    assert values["closing_awareness_s"] == 100.0
    assert values["map_below_65_percent"] == 0.0
    assert values["emergence_map_below_65_percent"] == pytest.approx(25.0)
    assert values["emergence_map_below_65_twa_mmhg"] == pytest.approx(2.5)
    assert score(bis=55.0, **SURGERY)["closing_overshoot_bis"] == 0.0
