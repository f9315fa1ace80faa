"""Patients of several plants in one batch live as they would among their own."""

from __future__ import annotations

import numpy as np
import pytest

from agents.fixed_targets import FixedTargets
from sim.arrays import take
from sim.environment.sb3 import AnesthesiaVecEnv
from sim.plants import PLANTS, of_use
from sim.plants.mixing import cases_of
from sim.settings import Models
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate
from tests.sim.cohort.crowd import same

MIXED = of_use("training")
ROOM = Theatre(orders="targets", horizon=600.0)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_every_patient_of_a_mixed_batch_is_the_one_of_its_plant():
    batch = cases_of(MIXED, ROOM, 1001, 2 * len(MIXED))
    trace = simulate(ROOM, batch, FixedTargets())
    for place, name in enumerate(MIXED):
        plant = PLANTS.get(name)
        room = Theatre(orders="targets", horizon=600.0, **plant.scenario)
        mine = np.array([place, place + len(MIXED)])
        own = cases(room, 1001, mine, plant.models)
        same(own, take(batch, mine))
        lived = simulate(room, own, FixedTargets())
        np.testing.assert_allclose(trace.measured_bis[:, mine], lived.measured_bis, equal_nan=True)
        np.testing.assert_allclose(trace.mean_arterial_pressure[:, mine], lived.mean_arterial_pressure)


def test_a_case_is_the_same_in_any_batch_of_the_same_plants():
    numbers = np.array([17, 4, 9])
    same(cases_of(MIXED, ROOM, 1001, numbers), take(cases_of(MIXED, ROOM, 1001, 20), numbers))


def test_what_cannot_share_a_batch_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="plants: none is not allowed"):
        cases_of((), ROOM)
    with pytest.raises(ValueError, match="plant: unknown name 'x'"):
        cases_of(("recorded", "x"), ROOM)
    with pytest.raises(ValueError, match="which is not allowed; trees built alike"):
        cases_of(
            ("marsh", "schuttler"), ROOM, 0, 2
        )  # one has a pneumoperitoneum, which takes rows of its own


def test_an_environment_walks_through_plants():
    env = AnesthesiaVecEnv(len(MIXED), seed=1001, plants=MIXED, horizon=600.0)
    env.reset()
    ward = env.ward
    same(ward.case, cases_of(MIXED, ward.room, 1001, len(MIXED)))
    with pytest.raises(ValueError, match="plants: is not allowed with models of patients"):
        AnesthesiaVecEnv(2, seed=1, plants=MIXED, bis="bouillon")
    assert Models() == PLANTS.get("recorded").models
