"""One contract over whoever says that any array will do: tensors bring tensors, and the case is the same."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from experiments.loop.evaluation import AGENTS
from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from sim.theatre import Theatre
from sim.theatre.engines import Torch
from sim.theatre.rollout import cases, simulate

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning"),
    pytest.mark.usefixtures("with_clone"),
]
EXPECTED = {"anaesthetist_textbook", "fixed_targets", "manual", "pid_published", "pid_tuned", "ppo"}


@cache
def able(registry) -> dict:
    """Entries that say so, of those that can be made without files of the user's."""
    made = {}
    for name in registry:
        try:
            made[name] = registry.get(name)()
        except OSError:
            continue
    return {name: one for name, one in made.items() if getattr(one, "any_arrays", False)}


def lived(agent, observer, engine):
    room = Theatre(orders=agent.orders, horizon=100.0, control_period=10.0, faults=("bis_dropout",))
    return simulate(room, cases(room, seed=5, numbers=4), agent, observer, engine=engine)


def test_rules_and_learned_policies_are_among_them():
    assert set(able(AGENTS)) >= EXPECTED
    assert set(able(OBSERVERS)) >= {"nominal"}


@pytest.mark.parametrize("kind", ["agent", "observer"])
def test_the_case_is_the_same_in_torch(kind):
    for name, one in able(AGENTS if kind == "agent" else OBSERVERS).items():
        agent = one if kind == "agent" else able(AGENTS)["fixed_targets"]
        observer = one if kind == "observer" else NominalObserver()
        mine, theirs = (lived(agent, observer, by) for by in ("numpy", Torch(False, "float64", "cpu")))
        for signal, values in {**mine.signals(), **mine.estimates}.items():
            found = {**theirs.signals(), **theirs.estimates}[signal]
            np.testing.assert_allclose(found, values, rtol=1e-3, atol=1e-3, err_msg=f"{name}: {signal}")
