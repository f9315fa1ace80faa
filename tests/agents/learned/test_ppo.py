"""The PPO policy that is shipped decides every 30 s on its observer, and weights that do not fit are refused."""

from itertools import pairwise

import numpy as np
import pytest
from safetensors.numpy import save_file

from agents.learned import titration
from agents.learned.ppo import LearnedPolicy, shipped
from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from sim import theatre
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


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
