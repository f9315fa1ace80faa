"""The stable-baselines3 adapter: same cases as the Gymnasium environment, terminal observations, a short training."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize

from sim.environment.env import AnesthesiaEnv
from sim.environment.sb3 import AnesthesiaVecEnv, unscale

SHORT = {"horizon": 600.0, "control_period": 30.0}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_actions_are_scaled_from_minus_one_to_one():
    high = np.array([100.0, 2.0])
    np.testing.assert_allclose(
        unscale(np.array([[-1.0, 1.0], [0.0, 0.5], [-3.0, 7.0]]), high), [[0, 2], [50, 1.5], [0, 2]]
    )
    space = AnesthesiaVecEnv(2, **SHORT).action_space
    assert (space.low == -1.0).all()
    assert (space.high == 1.0).all()


def test_it_plays_the_cases_of_the_single_environment_with_the_last_sight_of_each(monkeypatch):
    """Patients are lost at different times and replaced in the same step; what was seen last is kept."""
    monkeypatch.setattr("sim.theatre.loop.LOST_PRESSURE", 63.0)
    options = {"circulation": "su2023", "horizon": 900.0, "control_period": 30.0, "physiology_step": 10.0}
    options["norepinephrine"] = True
    many, singles = AnesthesiaVecEnv(3, seed=6, **options), [AnesthesiaEnv(**options) for _ in range(3)]
    observed, number = many.reset(), np.arange(3)
    for i, env in enumerate(singles):
        np.testing.assert_allclose(observed[i], env.reset(seed=6, options={"case": i})[0], rtol=1e-6)
    rng, returns, lengths, endings = np.random.default_rng(2), np.zeros(3), np.zeros(3, int), set()
    for _ in range(75):
        scaled = rng.uniform(-1.0, 0.2, (3, 3)).astype(np.float32)
        observed, reward, done, infos = many.step(scaled)
        assert reward.dtype == np.float32
        for i, env in enumerate(singles):
            last, expected, terminated, truncated, info = env.step(unscale(scaled[i], env.action_space.high))
            returns[i] += expected
            lengths[i] += 1
            assert reward[i] == pytest.approx(expected, rel=1e-5)
            assert done[i] == (terminated or truncated)
            if done[i]:
                number[i] += 3
                np.testing.assert_allclose(infos[i]["terminal_observation"], last, rtol=1e-6)
                assert infos[i]["TimeLimit.truncated"] is truncated
                assert infos[i]["episode"]["r"] == pytest.approx(returns[i])
                assert infos[i]["episode"]["l"] == lengths[i]
                endings.add("truncated" if truncated else "lost")
                returns[i], lengths[i] = 0.0, 0
                last = env.reset(seed=6, options={"case": int(number[i])})[0]
            else:
                assert infos[i].keys() == {"reward_terms"}
            assert dict(infos[i]["reward_terms"]) == pytest.approx(info["reward_terms"])
            np.testing.assert_allclose(observed[i], last, rtol=1e-6)
    assert endings == {"truncated", "lost"}


def test_seeding_begins_the_cases_of_that_seed():
    env, other = AnesthesiaVecEnv(3, seed=1, **SHORT), AnesthesiaVecEnv(3, seed=7, **SHORT)
    first = other.reset()
    assert (env.reset() != first).any()
    assert env.seed(7) == [7, 7, 7]
    np.testing.assert_array_equal(env.reset(), first)
    assert (env.reset() != first).any()  # the next cases of the seed
    env.seed(7)
    np.testing.assert_array_equal(env.reset(), first)


def test_resetting_begins_new_episodes():
    env = AnesthesiaVecEnv(2, **SHORT)
    env.reset()
    for _ in range(7):
        env.step(np.zeros((2, 2), np.float32))
    env.reset()
    for step in range(1, 21):
        *_, done, infos = env.step(np.zeros((2, 2), np.float32))
        assert done.all() == (step == 20)
    assert infos[0]["episode"]["l"] == 20


def test_the_interface_of_a_vecenv_is_whole():
    env, alone = AnesthesiaVecEnv(3, **SHORT), AnesthesiaEnv(**SHORT)
    assert env.get_attr("num_envs") == [3, 3, 3]
    assert env.get_attr("observation_names") == [alone.observation_names] * 3
    assert env.action_names == alone.action_names
    assert env.get_attr("num_envs", indices=[0, 2]) == [3, 3]
    assert env.env_is_wrapped(gymnasium.Wrapper) == [False, False, False]
    env.set_attr("note", "x")
    assert env.note == "x"
    env.close()
    for count, allowed in ((0, "1 or more"), (2.5, "a whole number")):
        with pytest.raises(ValueError, match=f"num_envs: {count} is not allowed; {allowed}"):
            AnesthesiaVecEnv(count)
    with pytest.raises(ValueError, match="option: unknown name 'x'"):
        AnesthesiaVecEnv(2, x=1)


def test_a_reward_of_nothing_has_no_terms():
    env = AnesthesiaVecEnv(2, reward={}, **SHORT)
    env.reset()
    _, reward, _, infos = env.step(np.zeros((2, 2), np.float32))
    assert infos == [{"reward_terms": {}}] * 2
    np.testing.assert_array_equal(reward, 0.0)


def test_environment_methods_are_called_once_for_the_whole_batch():
    env = AnesthesiaVecEnv(3, **SHORT)
    env.reset()
    assert env.env_method("reset")[0].shape == (3, 17)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ([["a", "b"]] * 2, r"action: \[\['a', 'b'\], .* is not allowed; numbers for propofol, remifentanil"),
        (None, r"action: shape \(\) is not allowed; \(2, 2\) for propofol, remifentanil"),
        (np.zeros((2, 3)), r"action: shape \(2, 3\) is not allowed; \(2, 2\) for propofol, remifentanil"),
    ],
)
def test_what_is_no_action_is_refused(action, message):
    env = AnesthesiaVecEnv(2, **SHORT)
    env.reset()
    with pytest.raises(ValueError, match=message):
        env.step(action)


def test_a_nan_action_is_refused():
    env = AnesthesiaVecEnv(2, **SHORT)
    env.reset()
    with pytest.raises(ValueError, match="action: propofol nan is not allowed"):
        env.step(np.full((2, 2), np.nan, np.float32))


def test_proximal_policy_optimisation_trains_on_it():
    torch.set_num_threads(1)
    env = VecNormalize(AnesthesiaVecEnv(8, seed=1, **SHORT))
    model = PPO("MlpPolicy", env, n_steps=32, batch_size=64, n_epochs=2, seed=0, device="cpu")
    before = [value.clone() for value in model.policy.parameters()]
    model.learn(512)
    assert model.num_timesteps == 512
    assert len(model.ep_info_buffer) == 8 * (512 // 8 // 20)
    after = list(model.policy.parameters())
    assert any((a != b).any() for a, b in zip(before, after, strict=True))
    assert all(torch.isfinite(value).all() for value in after)
