"""Tuning of the predictive controller: people are found by likelihood, prices by cost, tests' plants are refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from agents.control.planning.prices import Prices
from agents.fixed_targets import FixedTargets
from experiments.loop.wired import mpc
from experiments.tuning.mpc import fitting, pricing
from experiments.tuning.mpc.__main__ import Config, main
from experiments.tuning.mpc.watching import together, watched
from predictors.belief.population import Depth, Population

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def seen():
    """Twenty minutes of three patients on each of two plants, once with many and once with few of them."""
    return together([watched(plant, FixedTargets(), 1100, 3, 1200.0) for plant in ("recorded", "schnider")])


def test_cases_of_several_plants_stand_side_by_side(seen):
    assert len(seen.read) == 121
    assert seen.read[5].bis.shape == seen.people.age.shape == (6,)
    alone = watched("schnider", FixedTargets(), 1100, 3, 1200.0)
    np.testing.assert_array_equal(seen.read[60].bis[3:], alone.read[60].bis)


def test_people_like_those_read_are_likelier_than_others(seen):
    usual, odd = Population(), Population(depth=Depth(c50=9.0, noise_sd=0.5))
    for part in ("depth", "pressure"):
        assert np.isfinite(fitting.likelihood(usual, seen, part, 2))
    assert fitting.likelihood(usual, seen, "depth", 2) > fitting.likelihood(odd, seen, "depth", 2) + 0.1


def test_fitting_finds_likelier_people_and_moves_one_part_alone(seen):
    told = []
    begin = Population()
    begin = replace(begin, pressure=replace(begin.pressure, reading_sd=0.05))
    found = fitting.fitted(begin, seen, "pressure", 1, 20, lambda done, best: told.append((done, best)))
    assert found.depth == begin.depth
    assert [done for done, _ in told] == list(range(1, 21))
    likelihoods = [fitting.likelihood(people, seen, "pressure", 1) for people in (begin, found)]
    np.testing.assert_allclose([told[0][1], told[-1][1]], likelihoods, rtol=1e-9)
    assert likelihoods[1] > likelihoods[0]


def test_the_price_and_the_doubt_of_least_cost_are_found():
    """Where one of each is best twice as high, and the others do not matter."""
    begin, prices = Population(), Prices()

    def play(people, other):
        wrong = np.log(other.deep / prices.deep / 2.0) ** 2
        wrong += np.log(people.depth.ke0_sd / begin.depth.ke0_sd / 2.0) ** 2
        return dict.fromkeys(pricing.SCORES, np.array([wrong])) | {"order_changes_per_h": np.array([5.0])}

    people, found = pricing.tuned(begin, prices, play, 100, lambda done, least: None)
    assert found.deep == pytest.approx(2.0 * prices.deep, rel=0.1)
    assert people.depth.ke0_sd == pytest.approx(2.0 * begin.depth.ke0_sd, rel=0.1)
    assert people.pressure == begin.pressure


def test_costs_count_what_is_out_of_range_low_or_too_busy():
    scores = dict.fromkeys(pricing.SCORES, np.array([1.0, 3.0])) | {
        "order_changes_per_h": np.array([10.0, 30.0])
    }
    assert pricing.cost(scores) == pytest.approx(2.0 + 2.0 + 0.5 * 1.0)


def test_the_command_writes_what_the_agent_reads(tmp_path):
    config = Config(
        plants=("recorded",),
        choosing=(),
        patients=1,
        members=1,
        fits=0,
        evaluations=0,
        horizon=600.0,
        out=tmp_path / "mpc",
    )
    main(config)
    content = json.loads((tmp_path / "mpc" / "mpc.json").read_text())
    assert set(content["training_score"]) == set(pricing.SCORES) - {"emergence_to_bis_80_min"}
    agent = mpc(tmp_path / "mpc")
    assert agent.prices == Prices()
    assert agent.planner.people == Population()
    assert (
        "Again: `python -m experiments.tuning.mpc --seed 1100" in (tmp_path / "mpc" / "belief.md").read_text()
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 999}, "seed: 999 is not allowed; 1000 or more"),
        ({"patients": 0}, "patients: 0 is not allowed; 1 or more"),
        ({"plants": ("marsh",)}, "plants: marsh is kept for tests"),
    ],
)
def test_what_cannot_be_tuned_on_is_refused(changed, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        main(replace(Config(out=tmp_path), **changed))
