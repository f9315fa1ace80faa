"""The burden of a low pressure, against hand-worked courses."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sim.metrics.hour import PERIOD, TIME, at, score


def test_pressure_burden_of_a_fifth_of_the_case_at_55():
    anesthesia = 3000.0 - 60.0
    values = score(mean_arterial_pressure=at(600.0, 600.0 + anesthesia / 5.0, 54.0, 81.0))
    assert values["map_below_65_twa_mmhg"] == pytest.approx(11.0 / 5.0, rel=0.01)
    for limit in ("65", "60", "55", "80_of_baseline", "90_of_baseline"):
        assert values[f"map_below_{limit}_percent"] == pytest.approx(20.0, rel=0.01)
    assert values["map_below_65_longest_min"] == pytest.approx(anesthesia / 300.0, abs=PERIOD / 60.0)


def test_pressure_limits_are_strict_and_each_its_own():
    pressure = np.select(
        [TIME <= 60.0, TIME <= 795.0, TIME <= 1530.0, TIME <= 2265.0], [100.0, 90.0, 80.0, 65.0], 64
    )
    values = score(mean_arterial_pressure=pressure)
    assert values["map_below_90_of_baseline_percent"] == pytest.approx(75.0)
    assert values["map_below_80_of_baseline_percent"] == pytest.approx(50.0)
    assert values["map_below_65_percent"] == pytest.approx(25.0)
    assert values["map_below_60_percent"] == 0.0
    assert values["map_below_65_twa_mmhg"] == pytest.approx(0.25)


def test_low_pressure_outside_anesthesia_does_not_count():
    values = score(mean_arterial_pressure=at(60.0, 3000.0, 80.0, 40.0))
    assert values["map_below_65_twa_mmhg"] == 0.0
    assert values["map_below_65_percent"] == 0.0


def test_a_spell_counts_from_a_minute_on_and_the_longest_is_kept():
    short = score(mean_arterial_pressure=at(500.0, 555.0, 50.0, 80.0))
    minute = score(mean_arterial_pressure=at(500.0, 560.0, 50.0, 80.0))
    two = np.minimum(at(500.0, 600.0, 50.0, 80.0), at(900.0, 1080.0, 60.0, 80.0))
    assert short["map_below_65_longest_min"] == 0.0
    assert minute["map_below_65_longest_min"] == pytest.approx(1.0)
    assert score(mean_arterial_pressure=two)["map_below_65_longest_min"] == pytest.approx(3.0)
