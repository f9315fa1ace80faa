"""One contract over every reward term: one finite number a patient, whatever the phase, and alone as in the batch."""

from __future__ import annotations

import numpy as np
import pytest

from sim.environment.env import AnesthesiaVectorEnv
from sim.environment.rewards import TERMS

SIZE, STEPS = 5, 119


def paid(patients: int) -> list[dict[str, np.ndarray]]:
    """Every term of two hours, from induction to waking up, once a minute."""
    room = {"horizon": 7200.0, "control_period": 60.0, "physiology_step": 10.0}
    env = AnesthesiaVectorEnv(patients, reward=dict.fromkeys(TERMS, 1.0), **room)
    env.reset(seed=4)
    doses = [[0.0, 0.0] if step > 90 else [6.0, 0.15] for step in range(STEPS)]
    return [env.step(np.tile(dose, (patients, 1)))[-1]["reward_terms"] for dose in doses]


@pytest.fixture(scope="module")
def crowd():
    return paid(SIZE)


@pytest.fixture(scope="module")
def alone():
    return paid(1)


@pytest.mark.parametrize("name", TERMS)
def test_a_term_is_one_finite_number_a_patient_alone_as_in_the_batch(name, crowd, alone):
    for many, one in zip(crowd, alone, strict=True):
        assert many[name].shape == (SIZE,)
        assert many[name].dtype == np.float64
        assert np.isfinite(many[name]).all()
        assert one[name][0] == pytest.approx(many[name][0], rel=1e-9, abs=1e-9)
