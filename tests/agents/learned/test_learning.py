"""The learned policy meets at the bedside what it met in training, and its weights are refused if they do not fit."""

import json
from itertools import pairwise

import numpy as np
import pytest
from safetensors.numpy import save_file
from stable_baselines3 import PPO

from agents.learned import titration
from agents.learned.ppo import LearnedPolicy, shipped
from experiments.tuning.ppo import Training, check, main
from experiments.tuning.titration_env import TitrationVecEnv
from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from sim import theatre
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_training_and_bedside_show_the_policy_the_same_features_and_take_the_same_actions():
    policy = shipped()
    learning = TitrationVecEnv(3, seed=5)
    features = learning.reset()
    room = Theatre(control_period=titration.DECISION, orders="targets")
    case = cases(room, seed=5, numbers=3)
    observer = NominalObserver(titration.DECISION)
    state, seen = theatre.begin(room, case)
    mind, memory = (
        observer.initial(case.patient.covariates),
        policy.initial(case.patient.covariates, case.keys),
    )
    for _ in range(25):
        features, *_ = learning.step(policy.action(features.astype(float)))
        mind, estimates = observer.update(mind, seen.readings)
        orders, memory = policy.act(memory, seen.readings, estimates)
        state, seen = theatre.turn(room, case, state, orders)
    # training passes observations as float32, so the two drift apart by rounding only, which the loop amplifies
    np.testing.assert_allclose(memory.memory.settings, learning.memory.settings, atol=0.02)


def test_between_decisions_the_settings_hold():
    policy = shipped()
    room = Theatre(orders="targets")
    case = cases(room, seed=2, numbers=4)
    observer = NominalObserver(room.control_period)
    state, seen = theatre.begin(room, case)
    mind, memory = (
        observer.initial(case.patient.covariates),
        policy.initial(case.patient.covariates, case.keys),
    )
    given = []
    for _ in range(30):
        mind, estimates = observer.update(mind, seen.readings)
        orders, memory = policy.act(memory, seen.readings, estimates)
        state, seen = theatre.turn(room, case, state, orders)
        given.append(orders.infusions)
    changed = [bool((a != b).any()) for a, b in pairwise(given)]
    assert [i + 1 for i, change in enumerate(changed) if change] == list(range(3, 30, 3))


def test_the_policy_asks_for_its_observer():
    room = Theatre(orders="targets")
    case = cases(room, numbers=1)
    policy = shipped()
    _, seen = theatre.begin(room, case)
    with pytest.raises(ValueError, match="observer: none"):
        policy.act(policy.initial(case.patient.covariates, case.keys), seen.readings, {})


def test_the_policy_takes_the_estimates_of_a_lone_observer_and_of_a_team_alike():
    room = Theatre(control_period=titration.DECISION, orders="targets", horizon=600.0)
    case, nominal = cases(room, seed=5, numbers=2), NominalObserver(titration.DECISION)
    others = {"trend": OBSERVERS.get("trend")(titration.DECISION), "nominal": nominal}
    alone, among = (simulate(room, case, shipped(), observers) for observers in (nominal, others))
    np.testing.assert_array_equal(alone.propofol, among.propofol)
    np.testing.assert_array_equal(alone.estimates["bis"], among.estimates["nominal.bis"])


@pytest.mark.parametrize(
    "tensors", [{"other": np.zeros(2)}, {"weight0": np.zeros((3, 4)), "bias0": np.zeros(3)}]
)
def test_weights_that_do_not_fit_are_refused(tmp_path, tensors):
    save_file(tensors, tmp_path / "wrong.safetensors")
    with pytest.raises(ValueError, match="weights:"):
        LearnedPolicy.load(tmp_path / "wrong.safetensors")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minutes", 0.0),
        ("patients", -1),
        ("validation_seed", 1),
        ("reference", "nobody"),
        ("seed", 2**64),
        ("reward", {"calmness": 1.0}),
    ],
)
def test_a_bad_option_is_named(field, value):
    with pytest.raises(ValueError, match="agent" if field == "reference" else field):
        check(Training(**{field: value}))


@pytest.mark.slow
def test_a_minute_of_learning_beats_fixed_targets(tmp_path):
    main(Training(minutes=1.0, validation_patients=50, reference="fixed_targets", out=tmp_path / "ppo"))
    scores = json.loads((tmp_path / "ppo" / "scores.json").read_text())
    assert scores["time_in_40_60_percent"]["difference"][1] > 10.0
    assert LearnedPolicy.load(tmp_path / "ppo" / "ppo.safetensors").layers
    assert "- Made by `python -m experiments.tuning.ppo" in (tmp_path / "ppo" / "ppo.md").read_text()


def test_stable_baselines3_learns_in_the_titration_environment():
    env = TitrationVecEnv(4, seed=1, horizon=600.0)
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=32, device="cpu", seed=0)
    model.learn(64)
    assert model.num_timesteps == 64


@pytest.mark.parametrize(("period", "turns"), [(10.0, 3), (20.0, 2), (45.0, 1), (60.0, 1)])
def test_a_decision_falls_on_the_first_reading_30_seconds_after_the_last(period, turns):
    policy = shipped()
    room = Theatre(control_period=period, orders="targets", horizon=period * 20)
    case, observer = cases(room, seed=2, numbers=2), NominalObserver(period)
    state, seen = theatre.begin(room, case)
    mind, memory = (
        observer.initial(case.patient.covariates),
        policy.initial(case.patient.covariates, case.keys),
    )
    times = set()
    for _ in range(18):
        mind, estimates = observer.update(mind, seen.readings)
        orders, memory = policy.act(memory, seen.readings, estimates)
        times.add(float(memory.decided[0]))
        state, seen = theatre.turn(room, case, state, orders)
    assert times == {number * turns * period for number in range(-(-18 // turns))}


def test_truncated_weights_are_refused(tmp_path):
    save_file({"weight0": np.zeros((3, 4)), "bias0": np.zeros(3)}, tmp_path / "whole.safetensors")
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "whole.safetensors").read_bytes()[:60])
    with pytest.raises(ValueError, match=r"weights: .*cut\.safetensors is not a whole"):
        LearnedPolicy.load(tmp_path / "cut.safetensors")
