"""Every algorithm learns a problem whose answer is known, and runs in NumPy as it does in torch; actors are blind."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from stable_baselines3.common.utils import get_schedule_fn

from agents.learned.networks import Network
from experiments.learning import ALGORITHMS, warming
from experiments.learning.policies import tensors
from experiments.learning.warming import lessons, warm
from tests.experiments.learning.toy import SEEN, TRUTHS, Echo

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


SLOW = [
    name if name == "ppo" else pytest.param(name, marks=pytest.mark.slow) for name in ALGORITHMS
]  # half a minute each
ROUNDS = {"ppo": 8, "recurrent_ppo": 8, "sac": 12, "tqc": 4}  # SAC's critic takes two thirds of its own


def maker(name: str):
    torch.set_num_threads(1)
    return ALGORITHMS.get(name)(Echo(64), SEEN, 0)


@pytest.fixture(params=list(ALGORITHMS))
def made(request):
    return maker(request.param)


def error(model) -> float:
    network = Network.of(tensors(model, np.ones(SEEN, bool), np.zeros(3)), SEEN)
    shown = Echo(500, seed=9).reset()
    action, _ = network.action(shown[:, :SEEN].astype(float), network.start(500))
    return float(((action - shown[:, :3]) ** 2).mean())


@pytest.mark.parametrize("name", SLOW)
def test_it_learns_to_say_what_it_was_shown(name):
    made = maker(name)
    made.lr_schedule = get_schedule_fn(3e-3)
    before = error(made)
    made.learn(40 * 64 * ROUNDS[name])
    assert error(made) < 0.6 * before


def test_a_warm_start_copies_the_teacher(made, monkeypatch):
    monkeypatch.setattr(warming, "EPOCHS", 18)
    before = error(made)
    learnt = lessons(made.get_env(), 100, made.gamma, 1)
    warm(made, learnt, 1)
    assert error(made) < 0.4 * before


def test_numpy_decides_as_torch_does_and_the_truth_changes_nothing(made):
    shown = Echo(20, seed=4).reset()
    blank = shown.copy()
    blank[:, -TRUTHS:] = 3.0
    said, state = made.predict(shown, deterministic=True)
    other, _ = made.predict(blank, deterministic=True)
    np.testing.assert_array_equal(said, other)
    network = Network.of(tensors(made, np.ones(SEEN, bool), np.zeros(3)), SEEN)
    action, memory = network.action(shown[:, :SEEN].astype(float), network.start(20))
    np.testing.assert_allclose(action, said, atol=1e-5)
    if network.cell:  # a memory goes on as torch's does
        later, _ = made.predict(shown, state, np.zeros(20, bool), deterministic=True)
        action, _ = network.action(shown[:, :SEEN].astype(float), memory)
        np.testing.assert_allclose(action, later, atol=1e-5)
