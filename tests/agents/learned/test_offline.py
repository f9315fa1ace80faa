"""The policy learned from logged cases: it computes what was trained, waits for induction, stops at emergence."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from agents.learned import minutely
from agents.learned.minutely import BEGIN, INPUTS, MOVES
from agents.learned.offline import ORIGIN, SIMULATED, WEIGHTS, Choices, offline, shippable, softmax
from experiments.offline import learners
from experiments.offline.learners import Learned
from predictors.nominal import NominalObserver
from sim import theatre
from sim.surgery import EMERGENCE
from sim.theatre import Theatre
from sim.theatre.rollout import cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(1)
    network = learners.perceptron(INPUTS, (16, 16), len(MOVES))
    save_file(learners.tensors(Learned(network, 0.5)), tmp_path / WEIGHTS.name)
    return network, tmp_path


def test_the_agent_computes_what_was_trained(weights):
    network, folder = weights
    seen = np.random.default_rng(0).normal(size=(9, INPUTS)).astype(np.float32)
    with torch.no_grad():
        expected = torch.softmax(network(torch.from_numpy(seen)) / 0.5, dim=1).numpy()
    np.testing.assert_allclose(Choices.load(folder / WEIGHTS.name).odds(seen.T).T, expected, atol=1e-5)


def test_without_temperature_the_best_move_is_made():
    np.testing.assert_array_equal(softmax(np.array([[1.0, 3.0], [2.0, 3.0]]), 0.0), [[0.0, 0.5], [1.0, 0.5]])


def test_targets_rest_during_induction_then_move_once_a_minute_and_are_nothing_at_emergence(weights):
    agent = offline(weights[1])
    room = Theatre(orders=agent.orders, horizon=600.0)
    case = cases(room, seed=1, numbers=3)
    observer, person = NominalObserver(), case.patient.covariates
    memory, mind = agent.initial(person, case.keys), observer.initial(person)
    state, seen = theatre.begin(room, case)
    start = before = minutely.usual_start(person.age)
    moves = 0
    for turn in range(60):
        mind, estimates = observer.update(mind, seen.readings)
        orders, after = agent.act(memory, seen.readings, estimates)
        targets, time = orders.infusions[:2], 10.0 * turn
        if time < BEGIN:
            np.testing.assert_array_equal(targets, start)
        elif (time - BEGIN) % 60.0:
            np.testing.assert_array_equal(targets, before)
        else:
            moves += (targets != before).any(axis=0).sum()
        over = replace(seen.readings, phase=0 * seen.readings.phase + EMERGENCE)
        assert (agent.act(memory, over, estimates)[0].infusions == 0.0).all()
        before, memory = targets, after
        state, seen = theatre.turn(room, case, state, orders)
    assert moves > 5


def test_weights_that_are_missing_or_do_not_fit_are_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        offline(tmp_path)
    save_file(
        {"temperature": np.array(0.0), "weight0": np.zeros((2, 3)), "bias0": np.zeros(2)},
        tmp_path / WEIGHTS.name,
    )
    with pytest.raises(ValueError, match="does not fit"):
        offline(tmp_path)
    (tmp_path / WEIGHTS.name).write_bytes(b"no")
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        offline(tmp_path)


def test_only_weights_of_simulated_cases_are_shipped(weights):
    network, folder = weights
    with pytest.raises(ValueError, match="is made of None cases"):
        shippable(folder)
    tensors = learners.tensors(Learned(network, 0.5))
    save_file(tensors, folder / WEIGHTS.name, {ORIGIN: "recorded"})
    with pytest.raises(ValueError, match="is made of recorded cases, which is not allowed; simulated ones"):
        shippable(folder)
    save_file(tensors, folder / WEIGHTS.name, {ORIGIN: SIMULATED})
    assert shippable(folder).choices.temperature == 0.5
