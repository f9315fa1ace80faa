"""Wrong entries: what agents, observers and pumps are told of a patient who is somebody else."""

from __future__ import annotations

import numpy as np
import pytest

from agents.fixed_targets import FixedTargets
from predictors.nominal import NominalObserver
from sim import pumps
from sim.arrays import map_arrays
from sim.covariates import Covariates
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


class Listening(FixedTargets):
    """Remembers, outside its state, whom it was told about."""

    told: Covariates

    def initial(self, covariates, keys):
        object.__setattr__(self, "told", covariates)
        return super().initial(covariates, keys)


@pytest.mark.parametrize(
    ("fault", "field", "expected"),
    [
        ("wrong_weight", "weight", lambda real: real.weight + 20.0),
        ("wrong_weight:size=-100", "weight", lambda real: np.maximum(real.weight - 100.0, 5.0)),
        ("wrong_age:size=-20", "age", lambda real: real.age - 20.0),
        ("wrong_age:size=60", "age", lambda real: np.minimum(real.age + 60.0, 100.0)),
        ("wrong_sex", "female", lambda real: 1.0 - real.female),
    ],
)
def test_everybody_is_told_a_wrong_entry_and_the_patient_stays_the_same(fault, field, expected):
    usual = Theatre(orders="targets", horizon=60.0)
    room = Theatre(orders="targets", horizon=60.0, faults=(fault,))
    right, wrong = cases(usual, seed=4, numbers=5), cases(room, seed=4, numbers=5)
    agent = Listening()
    simulate(room, wrong, agent)
    real = wrong.patient.covariates
    np.testing.assert_allclose(getattr(agent.told, field), expected(real))
    map_arrays(np.testing.assert_array_equal, wrong.patient, right.patient)
    for other in {"age", "female", "height", "weight"} - {field}:
        np.testing.assert_array_equal(getattr(agent.told, other), getattr(real, other))
    assumed = pumps.assumed_kinetics(wrong.told, room.assumed_propofol, room.assumed_remifentanil)
    np.testing.assert_array_equal(wrong.controller.v1, assumed.v1)
    assert (wrong.controller.v1 != right.controller.v1).any()


def test_observers_are_told_it_too():
    def estimated(*faults):
        room = Theatre(orders="targets", horizon=300.0, faults=faults, noise=False)
        return simulate(room, cases(room, seed=4, numbers=3), FixedTargets(), NominalObserver()).estimates

    right, wrong = estimated(), estimated("wrong_weight:size=60")
    name = next(iter(right))
    assert (right[name][-1] != wrong[name][-1]).all()


def test_without_a_fault_everybody_is_told_the_truth():
    case = cases(Theatre(), numbers=2)
    assert case.told is case.patient.covariates
