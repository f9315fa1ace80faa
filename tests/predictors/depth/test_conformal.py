"""Online conformal intervals: they come to hold what they say, whatever the forecaster had learned from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from predictors.depth import conformal
from predictors.depth.conformal import RATE, WIDEST
from predictors.depth.forecasts import HORIZONS, MIDDLE, QUANTILES
from sim.covariates import Covariates
from tests.seen import seen

PERSON = Covariates.of([50, 60, 70], ["F", "M", "F"], 165, 60)
PERIOD = 10.0


def forecast(spread):
    """A normal forecast around 50, the same at all horizons, (1 + quantiles, horizons, patients)."""
    rows = 50.0 + spread * np.array([0.0, *ndtri(QUANTILES)])
    return np.repeat(np.repeat(rows[:, None, None], len(HORIZONS), 1), 3, 2)


def lived(spread, errors, valid=True, counts=True):
    """Share held at each reading, and the memory, when forecasts of one spread meet readings with `errors`."""
    memory, held = conformal.begin(PERSON, PERIOD), []
    for error in errors:
        memory = conformal.judge(memory, seen(50.0 + error, valid, size=3), PERIOD)
        given = conformal.widened(memory, forecast(spread))
        held.append((50.0 + error >= given[1]) & (50.0 + error <= given[-1]))
        memory = conformal.issue(memory, given, np.full(3, counts))
    return np.array(held), memory


@pytest.mark.parametrize("spread", [2.0, 4.0, 8.0])
def test_intervals_half_or_twice_as_wide_as_they_should_be_come_to_hold_what_they_say(spread):
    errors = 4.0 * np.random.default_rng(1).standard_normal((1500, 3))
    held, memory = lived(spread, errors)
    assert held[500:].mean() == pytest.approx(0.8, abs=0.02)
    np.testing.assert_allclose(np.exp(memory.width), 4.0 / spread, rtol=0.35)


def test_widths_move_by_the_step_of_gibbs_and_candes_once_a_forecast_can_be_judged():
    first = round(HORIZONS[0] / PERIOD)
    _, before = lived(2.0, [np.zeros(3)] * first)
    assert (before.width == 0.0).all()
    _, missed = lived(2.0, [np.zeros(3)] * first + [np.full(3, 30.0)])
    np.testing.assert_allclose(missed.width[0], 0.8 * RATE)
    assert (missed.width[1:] == 0.0).all()
    _, kept = lived(2.0, [np.zeros(3)] * (first + 1))
    np.testing.assert_allclose(kept.width[0], -0.2 * RATE)


def test_what_is_not_shown_or_was_not_to_be_judged_changes_no_width():
    for unseen in ({"valid": False}, {"counts": False}):
        _, memory = lived(2.0, [np.full(3, 30.0)] * 60, **unseen)
        assert (memory.width == 0.0).all()


def test_widths_stay_within_bounds_and_the_middle_and_the_expected_value_where_they_are():
    _, memory = lived(0.1, [np.full(3, 40.0)] * 400)
    assert (memory.width == WIDEST).all()
    given = conformal.widened(memory, forecast(3.0))
    np.testing.assert_array_equal(given[[0, 1 + MIDDLE]], forecast(3.0)[[0, 1 + MIDDLE]])
    assert (np.diff(given[1:], axis=0) > 0.0).all()
