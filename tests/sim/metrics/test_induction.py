"""How the index came down, against hand-worked courses."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sim.metrics.hour import PERIOD, TIME, at, score


def test_integrated_error_of_a_constant_offset():
    values = score(bis=57.0)
    assert values["iae_bis_s"] == pytest.approx(7.0 * (3000.0 - 360.0))
    assert values["induction_iae_bis_s"] == pytest.approx(7.0 * 600.0)


def test_induction_times_of_a_linear_fall_that_overshoots():
    # From 100 at 60 s down 20 a minute to 34 at 258 s, back up 6 a minute to stay at 50 from 418 s on.
    bis = np.maximum(100.0 - (TIME - 60.0) / 3.0, 34.0)
    bis = np.where(TIME > 258.0, np.minimum(34.0 + (TIME - 258.0) / 10.0, 50.0), bis)
    values = score(bis=bis)
    assert values["induction_to_bis_60_min"] == pytest.approx((185.0 - 60.0) / 60.0)  # 60 at 180 s, not below
    assert values["induction_to_bis_55_min"] == pytest.approx((200.0 - 60.0) / 60.0)
    assert values["induction_st20_min"] == pytest.approx((320.0 - 60.0) / 60.0)  # back above 40 at 318 s
    assert values["induction_st10_min"] == pytest.approx((370.0 - 60.0) / 60.0)  # back above 45 at 368 s
    assert values["induction_nadir_bis"] == pytest.approx(bis.min())
    assert values["induction_undershoot_bis"] == pytest.approx(45.0 - bis.min())
    assert values["induction_below_40_s"] == pytest.approx(PERIOD * ((TIME > 240.0) & (TIME < 318.0)).sum())


def test_an_index_outside_at_the_end_of_induction_has_not_settled():
    values = score(bis=at(300.0, 655.0, 50.0, 70.0))
    assert np.isnan(values["induction_st20_min"])
    assert score(bis=at(300.0, 660.0, 50.0, 70.0))["induction_st20_min"] == pytest.approx(
        (305.0 - 60.0) / 60.0
    )


def test_a_level_never_reached_is_nan():
    values = score(bis=58.0)
    assert np.isnan(values["induction_to_bis_55_min"])
    assert values["induction_to_bis_60_min"] == pytest.approx(PERIOD / 60.0)
