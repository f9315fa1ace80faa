"""Which cases a seed gives: the same in every kind of environment, no case twice, and nothing that is no seed."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from sim.environment.env import AnesthesiaEnv, AnesthesiaVectorEnv
from sim.environment.sb3 import AnesthesiaVecEnv
from sim.theatre import Theatre
from sim.theatre.rollout import cases

SHORT = {"horizon": 120.0, "control_period": 30.0}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_batches_are_seeded_one_for_all_or_one_each():
    env, alone = AnesthesiaVectorEnv(3, **SHORT), AnesthesiaEnv(**SHORT)
    own, info = env.reset(seed=[4, 4, 9])
    np.testing.assert_array_equal(own[0], own[1])
    np.testing.assert_array_equal(info["case"], 0)
    np.testing.assert_allclose(own[2], alone.reset(seed=9)[0], rtol=1e-6)
    np.testing.assert_allclose(env.reset()[0][2], alone.reset()[0], rtol=1e-6)  # both go on with case 1
    first, info = env.reset(seed=4)
    np.testing.assert_array_equal(info["case"], [0, 1, 2])
    assert (first[0] != first[1]).any()
    assert (env.reset()[0] != first).any()
    np.testing.assert_array_equal(env.reset(seed=4)[0], first)
    with pytest.raises(ValueError, match=r"seed: .* is not allowed; .*3"):
        env.reset(seed=[1, 2])


def test_the_native_batch_has_the_patients_of_gymnasiums_own_where_it_is_given_the_same_seeds():
    """Gymnasium gives sub-environment i of seed s the seed s + i; ended cases are followed by the same ones, too."""
    own = gymnasium.make_vec("Anesthesia-v0", num_envs=2, vectorization_mode="sync", **SHORT)
    native = gymnasium.make_vec("Anesthesia-v0", num_envs=2, **SHORT)
    seen = own.reset(seed=5)[0], native.reset(seed=[5, 6])[0]
    np.testing.assert_allclose(*seen, rtol=1e-6)
    for action in np.random.default_rng(0).uniform(0.0, 2.0, (9, 2, 2)).astype(np.float32):
        answers = own.step(action), native.step(action)
        for theirs, ours in zip(*(answer[:4] for answer in answers), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    np.testing.assert_array_equal(native.unwrapped._numbers, 1)


@pytest.mark.parametrize(
    ("seed", "allowed"),
    [
        (99999999999999999999, "at most 9223372036854775807"),
        (-1, "0 or more"),
        (1.7, "a whole number"),
        ("a", "a whole number"),
        (True, "a whole number"),
    ],
)
def test_what_is_no_seed_is_refused_everywhere(seed, allowed):
    many = AnesthesiaVectorEnv(2, **SHORT)
    for given in (
        lambda: AnesthesiaEnv(**SHORT).reset(seed=seed),
        lambda: many.reset(seed=seed),
        lambda: many.reset(seed=[1, seed]),
        lambda: AnesthesiaVecEnv(2, seed=seed, **SHORT),
        lambda: AnesthesiaVecEnv(2, **SHORT).seed(seed),
        lambda: cases(Theatre(**SHORT), seed),
    ):
        with pytest.raises(ValueError, match=f"^seed: {seed!r} is not allowed; {allowed}$"):
            given()
