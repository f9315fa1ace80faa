"""One command makes a clinician of a folder of records, and says how well it foresees and how it does."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from agents.learned.cloned import cloned
from experiments.tuning.cloning import Cloning, clone
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.slow
def test_the_command_leaves_weights_that_anaesthetise_scores_and_practice(dosed, tmp_path):
    clone(Cloning(dosed, tmp_path, epochs=4, patients=20, judged="validation"))
    content = json.loads((tmp_path / "cloned.json").read_text())
    assert content["scores"]["nats"] < 1.05 * content["scores"]["nats_same_odds"]
    assert "Research only" in (tmp_path / "cloned.md").read_text()
    assert {"recorded", "cloned", "as_recorded"} <= set(pd.read_csv(tmp_path / "practice.csv"))
    room = Theatre(orders="targets", horizon=1800.0)
    trace = simulate(room, cases(room, seed=1, numbers=np.arange(5)), cloned(tmp_path))
    assert (trace.propofol.mean(axis=0) > 0.0).all()


def test_an_option_that_is_not_allowed_is_named():
    with pytest.raises(ValueError, match="epochs: 0 is not allowed; 1 or more"):
        Cloning(epochs=0)
