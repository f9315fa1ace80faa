"""What a learner is shown, moves and is paid for, against cases played by hand."""

from __future__ import annotations

import numpy as np
import pytest

from agents.fixed_targets import FixedTargets
from agents.learned import anticipation
from agents.learned.anticipation import FEATURES
from agents.learned.foresight import Foresight
from agents.learned.networks import Network
from experiments.learning.env import TRUTHS, DosingVecEnv
from experiments.learning.task import Task
from predictors import OBSERVERS
from sim import theatre
from sim.theatre import Theatre
from sim.theatre.rollout import cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def network(rng: np.random.Generator, zone=anticipation.ZONE) -> Network:
    weights = 0.1 * rng.standard_normal((3, FEATURES))
    settings = {"shown": np.ones(FEATURES), "zone": zone, "squashed": np.array(0.0)}
    return Network.of({"weight0": weights, "bias0": np.zeros(3), **settings}, FEATURES)


@pytest.mark.parametrize("period", [10.0, 30.0])
def test_training_and_bedside_show_the_policy_the_same_and_turn_the_same_dials(period):
    policy = Foresight(network(np.random.default_rng(3)))
    learning = DosingVecEnv(3, seed=5, task=Task(), period=period)
    features = learning.reset()
    room = Theatre(control_period=period, orders="targets", readings=policy.readings)
    case = cases(room, seed=5, numbers=3)
    team = {name: OBSERVERS.get(name)(period) for name in policy.observers}
    state, seen = theatre.begin(room, case)
    minds = {name: one.initial(case.patient.covariates) for name, one in team.items()}
    memory = policy.initial(case.patient.covariates, case.keys)
    for _ in range(12):
        action, _ = policy.network.action(features[:, :FEATURES].astype(float), np.zeros((2, 0, 3)))
        features, *_ = learning.step(action)
        for _ in range(round(30.0 / period)):
            estimates = {}
            for name, one in team.items():
                minds[name], said = one.update(minds[name], seen.readings)
                estimates |= {f"{name}.{key}": value for key, value in said.items()}
            orders, memory = policy.act(memory, seen.readings, estimates)
            state, seen = theatre.turn(room, case, state, orders)
    # training passes features as float32, so the two differ by rounding only
    np.testing.assert_allclose(memory.memory.running.settings, learning.memory.running.settings, atol=1e-4)
    np.testing.assert_allclose(memory.memory.dial, learning.memory.dial, atol=1e-4)


def test_a_decision_is_paid_for_time_out_of_range_and_for_turns_of_dials():
    env = DosingVecEnv(4, seed=7, task=Task(reward={"lost": 0.0}, truth=False))
    env.price = 0.25
    env.reset()
    _, rewards, _, infos = env.step(np.zeros((4, 3)))
    awake = (env.ward.truth()["bis"] > 60.0).astype(float)
    assert awake.all()
    np.testing.assert_allclose(rewards, -awake)  # nobody has turned a dial
    _, rewards, *_ = env.step(np.tile([0.2, 0.0, 0.0], (4, 1)))  # 0.3 µg/mL: beyond the zone of 0.25
    outside = 1.0 * (np.abs(env.ward.truth()["bis"] - 50.0) > 10.0)
    np.testing.assert_allclose(rewards, -outside - 0.25)
    _, rewards, *_ = env.step(
        np.tile([0.0, 0.2, 1.0], (4, 1))
    )  # 0.4 ng/mL: within 0.5; norepinephrine is free
    outside = 1.0 * (np.abs(env.ward.truth()["bis"] - 50.0) > 10.0)
    np.testing.assert_allclose(rewards, -outside)
    assert set(infos[0]["reward_terms"]) == {"lost", "outside", "changes"}


def test_the_truth_is_shown_in_the_last_columns_and_can_be_hidden():
    shown, hidden = (DosingVecEnv(2, 3, Task(truth=truth)).reset() for truth in (True, False))
    np.testing.assert_array_equal(shown[:, :FEATURES], hidden[:, :FEATURES])
    assert np.abs(shown[:, FEATURES:]).max() > 1.0
    assert (hidden[:, FEATURES:] == 0.0).all()
    assert shown.shape[1] == FEATURES + TRUTHS


def test_what_is_withheld_is_nowhere_in_what_is_shown_nor_told_to_the_observer():
    env = DosingVecEnv(2, 3, Task(without=("announced", "forecast")))
    observed = env.reset()
    assert (observed[:, :FEATURES][:, ~anticipation.columns(("announced", "forecast"))] == 0.0).all()
    assert "next_event" not in env.ward.seen.readings.more


def test_cases_that_end_are_followed_by_new_ones():
    env = DosingVecEnv(2, 3, Task(), horizon=60.0)
    env.reset()
    env.step(np.ones((2, 3)))
    _, _, done, infos = env.step(np.ones((2, 3)))
    assert done.all()
    assert infos[0]["episode"]["l"] == 2
    assert (env.memory.dial[0] == 3.0).all()
    assert env.next_case == 4


def test_beside_another_agent_nothing_done_is_what_it_would_set():
    env = DosingVecEnv(2, 3, Task(beside="fixed_targets", zone=(0.0, 0.0, 0.0)))
    env.reset()
    env.step(np.zeros((2, 3)))
    np.testing.assert_allclose(env.memory.dial, env.reference)
    env.step(np.ones((2, 3)))
    np.testing.assert_allclose(env.memory.dial[0] - env.reference[0], 1.5)


def test_what_is_taught_brings_the_wishes_to_the_teachers_targets():
    env = DosingVecEnv(2, 3, Task(), teacher=FixedTargets(propofol=4.0, remifentanil=6.0))
    env.reset()
    for _ in range(2):  # 3 ng/mL more is further than a decision reaches
        env.step(env.taught())
    np.testing.assert_allclose(env.memory.dial, [[4.0] * 2, [6.0] * 2, [0.0] * 2])
    assert not env.taught().any()
    assert env.reference is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("without", ("sight",)),
        ("zone", (1.0, -1.0, 0.0)),
        ("changes", 0.0),
        ("tail", 1.0),
        ("reward", {"calm": 1.0}),
    ],
)
def test_a_bad_task_is_named(field, value):
    with pytest.raises(ValueError, match="reward term" if field == "reward" else field):
        Task(**{field: value})
