"""An interrupted training goes on: with the network, the optimiser, the best policy and the cases it had come to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.tuning import ppo
from experiments.tuning.ppo import CHECKPOINT, Clock, Training, main

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def training(tmp_path, monkeypatch):
    """A training of three rollouts. How policies score over whole cases takes no part in it."""
    scores = {name: np.arange(2.0) for name in ppo.SCORES}
    monkeypatch.setattr(ppo, "lived", lambda agent, seed, patients: scores)
    monkeypatch.setattr(ppo, "SELECTION_INTERVAL", 0.0)
    return Training(minutes=60.0, steps=360, patients=3, validation_patients=2, out=tmp_path / "ppo")


def test_an_interrupted_training_continues_where_it_was(training, monkeypatch, capsys):
    save, saved = Clock.save, []

    def interrupted(clock):
        save(clock)
        saved.append(clock.num_timesteps)
        if len(saved) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Clock, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(training)
    kept = torch.load(training.out / CHECKPOINT, weights_only=True)
    assert kept["decisions"] == 240
    assert kept["next_case"] == 3
    assert not (training.out / "ppo.safetensors").exists()
    met = []
    set_parameters = ppo.PPO.set_parameters

    def taken(model, parameters, *rest):
        set_parameters(model, parameters, *rest)
        met.append((model.policy.state_dict()["action_net.bias"].clone(), model.get_env().next_case))

    monkeypatch.setattr(ppo.PPO, "set_parameters", taken)
    main(training)
    assert "continues after 240 decisions" in capsys.readouterr().out
    bias, next_case = met[0]
    assert torch.equal(bias, kept["learner"]["policy"]["action_net.bias"])
    assert next_case == 3  # nobody of the first part is met again
    assert saved[2] == 360
    assert (training.out / "ppo.safetensors").exists()


def test_another_training_is_not_continued(training):
    main(training)
    other = Training(**{**vars(training), "seed": 7})
    with pytest.raises(ValueError, match=r"holds a run with seed 1, not 7"):
        main(other)
