"""Baselines are tuned on training plants alone, by candidates that live as they would alone, and the files are read."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from agents.fixed_targets import FixedTargets
from experiments.plants import tuning
from experiments.plants.searching import search
from experiments.plants.side_by_side import compared
from experiments.plants.tuning import TUNED, Config, main, time_outside, time_outside_and_changes
from experiments.running.command_line import run
from experiments.tuning.publishing import PUBLICATIONS
from sim.plants import of_use
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
BRIEF = Config("pressure", ("recorded", "late"), (), 1, 1, 5, horizon=900.0, validation_patients=1)


def test_agents_side_by_side_live_as_alone():
    room = Theatre(orders="targets", horizon=300.0)
    case, agents = cases(room, 1000, 3), [FixedTargets(propofol=2.0), FixedTargets(propofol=4.0)]
    for trace, agent in zip(compared(room, case, agents), agents, strict=True):
        np.testing.assert_array_equal(trace.bis, simulate(room, case, agent).bis)


def test_the_search_finds_the_lowest_point_of_a_bowl():
    def bowl(found):
        return np.log(found["a"] / 3.0) ** 2 + np.log(found["b"] / 0.2) ** 2

    best = search(bowl, {"a": (0.1, 100.0), "b": (0.01, 10.0)}, 60, 16, 0, "bowl")
    assert best["a"] == pytest.approx(3.0, rel=0.05)
    assert best["b"] == pytest.approx(0.2, rel=0.05)
    begun = search(bowl, {"a": (0.1, 100.0), "b": (0.01, 10.0)}, 1, 4, 0, "bowl", {"a": 3.0, "b": 0.2})
    assert begun["a"] == pytest.approx(3.0)


def test_what_tuning_writes_says_how_it_was_made_and_is_what_the_agent_reads(tmp_path):
    main(replace(BRIEF, out=tmp_path))
    content = json.loads((tmp_path / "pressure.json").read_text())
    assert vars(PUBLICATIONS.get("pressure").agent(tmp_path)) == content["settings"]
    card = (tmp_path / "pressure.md").read_text()
    assert "1 simulated patients of seed 1000 of each of the plants recorded, late; no test plant" in card
    assert content["plants"] == ["recorded", "late"]


@pytest.mark.parametrize("name", TUNED)
def test_numbers_by_hand_make_settings_that_the_agent_takes(name, tmp_path):
    tuned = TUNED[name]
    path = tmp_path / tuned.shipped.name
    path.write_text(json.dumps(tuned.content(tuned.begin)))
    PUBLICATIONS.get(name).agent(tmp_path)
    assert all(low <= tuned.begin[number] <= high for number, (low, high) in tuned.bounds.items())


def test_plants_whose_surgery_is_shaped_otherwise_are_lived_beside_the_others():
    """The costs of each, plant after plant within a use, are those of either alone."""
    tuned, plants = tuning.check(Config("pi_target"))
    assert plants == [of_use("training"), of_use("choosing")]
    both, learned, chosen = (
        tuning.lived(tuned, [tuned.begin], uses, replace(BRIEF, agent="pi_target"), 1000, 1)[0]
        for uses in (plants, plants[:1], plants[1:])
    )
    np.testing.assert_array_equal(both, [*learned, *chosen])


def test_test_plants_and_kept_seeds_are_refused(capsys):
    for arguments, message in (
        (["--choosing", of_use("test")[0]], "is kept for tests"),
        (["--plants", of_use("choosing")[0]], "is kept for choosing"),
        (["--plants", of_use("test")[0]], "is kept for tests"),
        (["--seed", "7"], "seed: 7 is not allowed; 1000 or more"),
        (["--seed", str(tuning.VALIDATION_SEED)], "kept for validation"),
        (["--agent", "ppo"], "agent: 'ppo' is not allowed; pressure, anaesthetist_wide"),
    ):
        with pytest.raises(SystemExit):
            run(main, Config, arguments)
        assert message in capsys.readouterr().err


def test_time_outside_is_paid_for_and_turns_beyond_thirty_an_hour():
    room = Theatre(orders="targets", horizon=900.0)
    trace = simulate(room, cases(room, 1000, 2), FixedTargets())
    quiet = replace(trace, bis=0.0 * trace.bis + 50.0, order_changes=0.0 * trace.order_changes)
    np.testing.assert_array_equal(time_outside_and_changes(quiet), 0.0)
    busy = replace(quiet, order_changes=quiet.order_changes + 0.125)  # 45 an hour
    np.testing.assert_allclose(time_outside_and_changes(busy), 1.5)
    np.testing.assert_array_equal(time_outside(busy), 0.0)
    np.testing.assert_allclose(time_outside(replace(quiet, bis=quiet.bis + 11.0)), 100.0)
