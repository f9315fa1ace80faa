"""One command trains from several seeds, interrupted or not; what is kept can be told apart and run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from experiments.learning import training
from experiments.learning.choosing import Primary
from experiments.learning.clock import CHECKPOINT, Clock
from experiments.tuning import rl
from experiments.tuning.rl import Training, main

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def judged(monkeypatch):
    """Policies are judged the better the later, whoever they are; whole cases are played elsewhere."""
    asked = []

    def lived(agent, seed, patients, period, plants):
        asked.append(seed)
        return Primary(*np.full((5, 2), 50.0 - len(asked)))

    monkeypatch.setattr(training, "lived", lived)
    monkeypatch.setattr(rl, "lived", lived)
    monkeypatch.setattr("experiments.learning.clock.LOOKED", -1.0)
    return asked


@pytest.fixture
def config(tmp_path):
    return Training(
        minutes=60.0, decisions=360, patients=3, seeds=(1001, 1002), teacher="none", bars=("fixed_targets",),
        plants=("recorded",), validation_patients=2, out=tmp_path / "rl",
    )  # fmt: skip


def test_a_policy_is_kept_of_each_seed_and_the_best_is_chosen(judged, config):
    config = replace(config, decisions=120)
    main(config)
    assert set(judged) == {training.SELECTION_SEED, config.validation_seed}
    agent = config.course().agent(training.saved(rl.folder_of(config, 1002)))
    assert (config.out / "foresight.safetensors").read_bytes() == (
        rl.folder_of(config, 1002) / "foresight.safetensors"
    ).read_bytes()
    assert agent.network.shown.all()
    curves = pd.read_csv(config.out / "curves.csv")
    assert set(curves["seed"]) == {1001, 1002}
    assert curves["decisions"].max() == 120
    card = (config.out / "foresight.md").read_text()
    assert "- Made by `python -m experiments.tuning.rl" in card
    assert "| fixed_targets |" in card
    assert (config.out / "curves.png").stat().st_size > 1000


def test_an_interrupted_training_continues_where_it_was(judged, config, monkeypatch, capsys):
    config = replace(config, seeds=(1001,))
    save, saved = Clock.save, []

    def interrupted(clock):
        save(clock)
        saved.append(clock.num_timesteps)
        if len(saved) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Clock, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(config)
    kept = torch.load(rl.folder_of(config, 1001) / CHECKPOINT, weights_only=True)
    assert kept["decisions"] == 240
    assert kept["next_case"] == 3
    main(config)
    assert "continues after 240 decisions" in capsys.readouterr().out
    assert saved[2] == 360
    curve = pd.read_csv(rl.folder_of(config, 1001) / "curve.csv")
    assert curve["decisions"].tolist() == [120, 240, 360]


def test_another_training_is_not_continued(judged, config, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Clock, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(config)
    with pytest.raises(ValueError, match=r"holds a run with tail 0.0, not 0.2"):
        main(replace(config, tail=0.2))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minutes", 0.0),
        ("patients", -1),
        ("period", 7.0),
        ("teacher", "nobody"),
        ("seeds", ()),
        ("seeds", (3,)),
        ("validation_seed", 1001),
        ("validation_seed", training.SELECTION_SEED),
        ("plants", ("marsh",)),
        ("algorithm", "luck"),
        ("bars", ("nobody",)),
        ("reward", {"calmness": 1.0}),
    ],
)
def test_a_bad_option_is_named(field, value):
    with pytest.raises(
        ValueError, match={"bars": "agent", "teacher": "agent", "reward": "reward term"}.get(field, field)
    ):
        Training(**{field: value})
