"""The pressor response to laryngoscopy as records show it: minutes 4 to 6, some 10 to 40 mmHg, and gone soon after."""

from __future__ import annotations

import numpy as np
import pytest

from sim.interfaces import Orders
from sim.theatre import Theatre, begin, turn
from sim.theatre.rollout import cases

CASES = 80


@pytest.fixture(scope="module")
def responses() -> tuple[np.ndarray, np.ndarray]:
    """Rise of pressure and heart rate over the same people without surgery, (turns, patients), every 10 s."""
    courses = []
    for surgery in ("random", "none"):
        room = Theatre(horizon=1200.0, surgery=surgery, noise=False)
        case = cases(room, seed=11, numbers=CASES)
        weight = case.patient.covariates.weight
        state, seen = begin(room, case)
        rows = []
        for number in range(100):
            propofol = (
                2.0 / 60.0 if number < 6 else 0.1 / 60.0
            ) * weight  # mg/s: 2 mg/kg in a minute, then 6 mg/kg/h
            infusions = np.stack([propofol, 0.3 / 60.0 * weight, 0.0 * weight])
            state, seen = turn(room, case, state, Orders(infusions, 0.0 * infusions))
            rows.append([seen.truth.mean_arterial_pressure, seen.truth.heart_rate])
        courses.append(np.array(rows))
    with_tube, without = courses
    return with_tube[:, 0] - without[:, 0], with_tube[:, 1] - without[:, 1]


def test_pressure_and_heart_rate_peak_at_4_to_6_minutes(responses):
    for rise, low, high in zip(responses, (10.0, 3.0), (45.0, 20.0), strict=True):
        mean = rise.mean(axis=1)
        assert 4.0 <= (mean.argmax() + 1) / 6.0 <= 6.0
        assert low < np.median(rise.max(axis=0)) < high
        assert mean[-1] < 0.35 * mean.max()  # 17 min after the start


def test_nothing_rises_before_the_laryngoscopy(responses):
    for rise in responses:
        assert np.abs(rise[:11]).max() < 1e-9
        assert (rise.max(axis=0) > 0.5).mean() > 0.95
