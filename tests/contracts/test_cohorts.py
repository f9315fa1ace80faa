"""One contract over every cohort: patients who can be lived with, the same alone as in a batch."""

from __future__ import annotations

import numpy as np
import pytest

from sim import theatre
from sim.arrays import map_arrays, take
from sim.cohort import COHORTS, draw
from sim.interfaces import Orders
from sim.patient import Patient
from sim.randomness import case_keys
from sim.theatre import Theatre
from sim.theatre.packing import leaves
from sim.theatre.rollout import cases

NUMBERS = np.arange(60)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", COHORTS)
def test_a_cohort_gives_patients_of_finite_numbers(name):
    patients = draw(name, case_keys(3, NUMBERS), NUMBERS)
    assert isinstance(patients, Patient)

    def check(array: np.ndarray) -> np.ndarray:
        assert array.shape[-1] == len(NUMBERS)
        assert array.dtype == np.float64
        assert not np.isnan(array).any()
        return array

    map_arrays(check, patients)
    for size in (patients.kinetics.v1, patients.kinetics.cl, patients.blood_volume):
        assert (np.isfinite(size) & (size > 0.0)).all()
    assert (patients.bis_delay >= 0.0).all()


@pytest.mark.parametrize("name", COHORTS)
def test_a_cohort_gives_a_patient_alone_as_in_the_batch_in_any_order(name):
    keys, chosen = case_keys(3, NUMBERS), np.array([41, 7])
    crowd, few = draw(name, keys, NUMBERS), draw(name, keys[chosen], NUMBERS[chosen])
    same = np.testing.assert_allclose
    map_arrays(lambda a, b: same(a, b, rtol=1e-12), take(crowd, chosen), few)


@pytest.mark.parametrize("name", COHORTS)
def test_the_patients_of_a_cohort_live_a_case(name):
    room = Theatre(cohort=name, horizon=600.0, surgery="none")
    case = cases(room, seed=3, numbers=8)
    state, seen = theatre.begin(room, case)
    assert (seen.truth.bis > 70.0).all()
    for _ in range(30):
        state, seen = theatre.turn(room, case, state, Orders(np.full((3, 8), 0.2), np.zeros((3, 8))))
        assert all(np.isfinite(values).all() for values in leaves(seen.truth))
    assert (seen.truth.bis < 95.0).all()
