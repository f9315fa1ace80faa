"""Simulated cases beside recorded ones: the same people, as long, operated on at the same times, doses as recorded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.population import simulated
from experiments.population.recorded import read
from experiments.population.simulated import World, begun, closed_loop, replay, turns, typical
from predictors.depth.phases import first_propofol
from predictors.learning.watching import INTERVAL
from sim.pumps import RESOLUTION
from sim.randomness import case_keys
from sim.surgery import EMERGENCE, INCISION
from sim.surgery.drawn import EARLIEST_INCISION

SHORT = 900.0  # s

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True)
def two_batches(monkeypatch):
    monkeypatch.setattr(simulated, "BATCH", 4)


@pytest.fixture
def recorded(folder):
    return read(folder, "validation").shortened(SHORT)


def test_replayed_doses_arrive_as_recorded(recorded):
    found, wanted = replay(recorded, World()), begun(recorded)
    np.testing.assert_array_equal(found.who, wanted.who)
    np.testing.assert_array_equal(found.length, wanted.length)
    for row, drug in enumerate(("propofol", "remifentanil")):
        rounding = 0.5001 * RESOLUTION["rates"][row, 0]
        np.testing.assert_allclose(found[drug], wanted[drug], rtol=1e-6, atol=rounding)
    assert not found["vasopressor"].any()
    treated = replay(recorded, World(), threshold=300.0)
    assert treated["vasopressor"].all()
    assert np.nanmean(treated.label("pressure")) > np.nanmean(found.label("pressure"))


def test_typical_people_are_alike_and_their_monitors_quiet(recorded):
    world = typical(World())
    found = [replay(recorded, world, seed) for seed in (1, 2)]
    np.testing.assert_array_equal(found[0]["bis"], found[1]["bis"])
    assert not np.array_equal(*(replay(recorded, World(), seed)["bis"] for seed in (1, 2)))


def test_the_loop_is_closed_over_the_same_people_for_as_long(recorded):
    done = []
    found = closed_loop(recorded, World(), progress=done.append)
    assert sum(done) == turns(recorded)
    np.testing.assert_array_equal(found.person.weight, recorded.person.weight)
    assert (found.length <= begun(recorded).length).all()
    assert (first_propofol(found) < 12).all()


def test_another_cohort_brings_its_own_people(recorded):
    found = closed_loop(recorded, replace(World(), cohort="ionescu13"))
    assert not np.isin(found.person.weight, recorded.person.weight).all()


def test_surgery_is_at_the_recorded_times(recorded):
    cases = begun(recorded)
    planned = simulated.surgeries("random", case_keys(0, np.arange(cases.count)), 7200.0, cases)
    incision = np.maximum(cases["opstart"][0], EARLIEST_INCISION)
    np.testing.assert_allclose(planned.phase_starts[INCISION], incision, atol=2.5)
    np.testing.assert_allclose(planned.phase_starts[EMERGENCE], cases["opend"][0], atol=2.5)
    assert (INTERVAL * first_propofol(recorded) + cases["opstart"][0] == recorded["opstart"][0]).all()
