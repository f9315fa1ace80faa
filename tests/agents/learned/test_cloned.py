"""The cloned clinician: what it decides is what was learned, weights that are missing or wrong are said to be."""

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from agents.learned import imitation
from agents.learned.cloned import FILE, PLACE, Network, cloned
from agents.learned.imitation import CLASSES, HOLD, INPUTS, OFF, decided, decision
from experiments.clinicians import habits, imitating
from experiments.clinicians.imitating import UNKNOWN, Clinician, Lessons
from experiments.loop.evaluation import Evaluation, taking_part
from tests import cloned as trained
from tests.depth_folder import recorded_cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_a_class_says_which_way_and_about_how_far():
    old, new = np.array([3.0, 3.0, 3.0, 3.0, 3.0]), np.array([3.0, 0.0, 3.5, 2.0, 3.03])
    kind = decision(old, new)
    assert kind[0] == kind[4] == HOLD
    assert kind[1] == OFF
    assert (kind[2:4] >= 2).all()
    for place in (0.0, 0.5, 1.0):
        after = decided(old, kind, np.full(5, place))
        assert after[0] == 3.0
        assert after[1] == 0.0
        np.testing.assert_array_equal(decision(old, decided(old, kind, np.full(5, 0.5))), kind)
        assert 3.4 < after[2] < 3.5 * 1.2
        assert 1.6 < after[3] < 2.3


def test_the_agent_computes_what_was_trained():
    torch.manual_seed(3)
    network = Clinician().eval()
    seen = torch.randn(7, 4, INPUTS)
    with torch.no_grad():
        expected = torch.softmax(network(seen), dim=3)[-1].numpy()
    own, state = (
        Network({name: value.astype(float) for name, value in network.tensors().items()}),
        np.zeros((32, 4)),
    )
    for row in seen.numpy():
        state, odds = own.step(state, row.T)
    np.testing.assert_allclose(np.moveaxis(odds, 2, 0), expected, atol=1e-5)


def test_a_network_learns_a_habit_that_was_made_up():
    """Up where the first input is high, else hold: after some epochs it is foreseen far better than by chance."""
    random = np.random.default_rng(0)
    seen = random.normal(size=(30, 40, INPUTS)).astype(np.float32)
    kind = np.where(seen[:, :, :1] > 1.0, 7, HOLD) * np.ones(2, dtype=int)
    kind[25:] = UNKNOWN
    given = Lessons(torch.from_numpy(seen), torch.from_numpy(kind))
    network = Clinician()
    optimiser = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(40):
        optimiser.zero_grad()
        imitating.surprise(network, given).backward()
        optimiser.step()
    found = imitating.scores({**network.tensors(), "start": np.zeros((2, 3))}, given, imitating.shares(given))
    assert found["nats"] < 0.5 * found["nats_same_odds"]
    assert found["auc_propofol"] > 0.95


def test_lessons_hold_what_was_decided():
    recorded = habits.practice(recorded_cases(10))
    given = imitating.lessons(recorded)
    assert given.seen.shape[2] == INPUTS
    kind = given.kind.numpy()
    for drug in range(2):
        turned = ((kind[:, :, drug] > OFF) & (kind[:, :, drug] != UNKNOWN)).sum()
        steps = sum(len(pair[drug].target) - 2 for pair in recorded.pumps)
        assert 0.8 * steps <= turned <= steps
        assert ((kind[:, :, drug] == OFF).sum(axis=0) <= 1).all()


def test_missing_weights_are_told_with_the_command_that_makes_them(tmp_path, monkeypatch):
    monkeypatch.setenv(PLACE, str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"no weights at .*experiments.tuning.cloning --data DIR"):
        cloned()
    names, notes = taking_part(Evaluation())
    assert "cloned" not in names
    assert any(
        note.startswith("cloned is left out: cloned: no weights") and "\n" not in note for note in notes
    )
    trained.weights(tmp_path)
    assert "cloned" in taking_part(Evaluation())[0]


def test_weights_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / FILE
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        cloned(path)
    save_file({"start": np.zeros((2, 3))}, str(path))
    with pytest.raises(ValueError, match="are needed"):
        cloned(path)
    save_file({**trained.tensors(), "head.bias": np.zeros(3)}, str(path))
    with pytest.raises(ValueError, match=r"head.bias \(3,\)"):
        cloned(path)
    assert len(trained.tensors()["head.bias"]) == 2 * CLASSES
    assert trained.tensors()["weight_ih_l0"].shape[1] == imitation.INPUTS
