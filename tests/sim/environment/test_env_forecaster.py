"""The forecaster in the loop: an observer of the environment like any other, its quantiles part of the observation."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

import sim  # noqa: F401  registers the environment
from predictors import OBSERVERS
from predictors.depth.forecasts import HORIZONS, QUANTILES, quantile_name

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
ACTION = np.array([6.0, 0.15], dtype=np.float32)


def named(env, observation):
    return dict(zip(env.unwrapped.observation_names, observation, strict=True))


def test_quantiles_join_the_observation_by_an_option():
    env = gymnasium.make("Anesthesia-v0", observer=OBSERVERS.get("forecaster")(), horizon=1200.0)
    observation, _ = env.reset(seed=3)
    for _ in range(20):
        observation, *_ = env.step(ACTION)
    assert env.observation_space.contains(observation)
    seen = named(env, observation)
    for horizon in HORIZONS:
        quantiles = [seen[f"estimated_{quantile_name(horizon, quantile)}"] for quantile in QUANTILES]
        assert quantiles == sorted(quantiles)
        assert quantiles[0] < quantiles[-1]


def test_a_patient_admitted_later_is_forecast_as_one_admitted_alone():
    """Beds are refilled one by one; the forecaster's memory of the neighbours stays theirs."""
    options = {"observer": OBSERVERS.get("forecaster")(), "horizon": 200.0}
    batch = gymnasium.make_vec("Anesthesia-v0", num_envs=3, **options)
    single = gymnasium.make("Anesthesia-v0", **options)
    batch.reset(seed=5)
    for _ in range(30):  # 20 steps a case and one that only begins the next
        many, *_ = batch.step(np.tile(ACTION, (3, 1)))
    alone, _ = single.reset(seed=5, options={"case": 4})
    for _ in range(9):
        alone, *_ = single.step(ACTION)
    np.testing.assert_allclose(many[1], alone, rtol=1e-5, atol=1e-4)


def test_another_control_period_is_refused():
    with pytest.raises(ValueError, match="control_period"):
        gymnasium.make("Anesthesia-v0", observer=OBSERVERS.get("forecaster")(), control_period=30.0)
