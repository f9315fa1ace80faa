"""The forecaster: over whole cases what runs in the loop, and any plan compared without a new reading."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.depth import conformal, forecaster
from predictors.depth.forecaster import PLANNED
from predictors.depth.forecasts import HORIZONS, QUANTILES, expected_name, quantile_name
from predictors.depth.memory import exposure
from predictors.depth.phases import phases
from predictors.learning.watching import readings, watch
from sim.arrays import take
from tests.predictors.depth.drawn import altered, from_sample, random_forecaster, states

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def shown(cases):
    """What the network is shown of whole cases."""
    return forecaster.examples(cases, "cpu")


def test_in_the_loop_is_the_network_run_over_whole_cases(cases, shown, monkeypatch):
    monkeypatch.setattr(conformal, "RATE", 0.0)  # widths as the network gave them
    observer = random_forecaster()
    with torch.no_grad():
        inputs = (tensor.double() for tensor in (shown.inputs, shown.level, shown.now, shown.unchanged))
        expected = np.clip(observer.network(*inputs)[0].numpy(), 0.0, 100.0)
    found = watch(observer, cases)
    for at, horizon in enumerate(HORIZONS):
        names = [expected_name(horizon), *(quantile_name(horizon, quantile) for quantile in QUANTILES)]
        for row, one in enumerate(names):
            assert np.ptp(found[one]) > 1.0
            np.testing.assert_allclose(found[one], expected[:, :, at, row], atol=2e-3, err_msg=one)


def test_what_it_learns_is_the_index_as_many_seconds_later(cases, shown):
    target = shown.target.numpy()
    for at, horizon in enumerate(HORIZONS):
        ahead = round(horizon / 10.0)
        later = np.where(phases(cases)[:-ahead] >= 0, cases["bis"][ahead:], np.nan)
        np.testing.assert_array_equal(target[:-ahead, :, at], later.astype(np.float32))
        assert np.isnan(target[-ahead:, :, at]).all()


def test_what_was_given_leads_to_the_effect_sites_of_the_horizons(shown):
    for at, horizon in enumerate(HORIZONS):
        ahead = round(horizon / 10.0)
        np.testing.assert_array_equal(shown.given[:-ahead, :, at], shown.now[ahead:])
        assert shown.given[-ahead:, :, at].isnan().all()


def test_pumps_that_are_off_and_stay_off_lead_where_the_plan_says(cases):
    """Two ways to the effect sites at each horizon: minutes ahead in one go, and what was reached step by step."""
    off = from_sample(100, 0.0)
    data = forecaster.examples(altered(cases, propofol=off, remifentanil=off), "cpu")
    after = slice(100, len(data.now) - 30)
    np.testing.assert_allclose(data.unchanged[after], data.given[after], rtol=1e-4, atol=1e-6)
    assert (data.unchanged[100].diff(dim=1) < 0.0).all()
    assert (data.unchanged[100, :, 0] < data.now[100]).all()


@pytest.fixture(scope="module", params=range(3))
def stages(request, cases):
    """A seed, the forecaster with weights of it, and its states early and late."""
    observer = random_forecaster(request.param)
    return request.param, observer, list(states(observer, cases, (1, 30, 120)))


def test_quantiles_never_cross(stages):
    _, observer, reached = stages
    for state in reached:
        found = observer.forecast(state, exposure.unchanged(state.exposure, PLANNED))
        assert found.shape == (1 + len(QUANTILES), len(HORIZONS), 3)
        assert (np.diff(found[1:], axis=0) > 0.0).all()


@pytest.mark.parametrize("drug", [0, 1])
def test_more_planned_drug_never_raises_a_forecast(stages, drug):
    seed, observer, reached = stages
    random = np.random.default_rng(seed)
    for state in reached:
        less = random.uniform(0.0, 0.4, (20, 2, PLANNED, 3))
        more = less.copy()
        minute = random.integers(PLANNED, size=20)
        more[np.arange(20), drug, minute] += random.uniform(0.05, 3.0, (20, 3))
        change = observer.forecast_each(state, more) - observer.forecast_each(state, less)
        assert (change < 1e-9).all()
        assert (change[minute == 0] < -1e-6).all()  # given in the first minute it lowers every horizon


def test_many_plans_at_once_are_forecast_as_one_by_one(cases):
    observer = random_forecaster()
    (state,) = states(observer, cases, (100,))
    plans = np.random.default_rng(0).uniform(0.0, 1.0, (5, 2, PLANNED, 3))
    together = observer.forecast_each(state, plans)
    assert together.shape == (5, 1 + len(QUANTILES), len(HORIZONS), 3)
    assert np.ptp(together, axis=0).min() > 1e-3
    for plan, found in zip(plans, together, strict=True):
        np.testing.assert_allclose(found, observer.forecast(state, plan), atol=1e-9)
    alone = observer.forecast(take(state, np.array([2])), plans[3, :, :, [2]].transpose(1, 2, 0))
    np.testing.assert_allclose(alone[..., 0], together[3, ..., 2], atol=1e-9)


def test_what_it_says_of_itself_is_the_forecast_of_pumps_going_on_unchanged(cases):
    observer = random_forecaster()
    *_, (_, _, _, seen) = readings(cases)
    (state,) = states(observer, cases, (len(cases["bis"]) - 1,))
    state, estimates = observer.update(state, seen)
    plan = exposure.unchanged(state.exposure, PLANNED)
    found = np.clip(observer.forecast(state, plan), 0.0, 100.0)
    np.testing.assert_array_equal(estimates["bis_in_300s"], found[0, -1])
    np.testing.assert_array_equal(estimates["bis_in_60s_q10"], found[1, 0])
