"""A population is found again from people drawn of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.patients.courses import moved
from experiments.patients.mixed_effects import fit
from experiments.patients.whitening import Noise
from tests.experiments.patients.crowd import TRUE, recorded

NOISE = Noise(drift=0.02, drift_seconds=800.0, quick=0.5, quick_seconds=45.0, sample=3.0)
ELSEWHERE = {
    "c50_propofol": 0.2,
    "ke0": 0.3,
    "gamma_light": -0.15,
    "gamma_deep": -0.1,
    "start": -0.2,
    "c50_age": 0.006,
}


@pytest.fixture(scope="module")
def found():
    """What the fit makes of 42 people, from typical values and spreads that are off."""
    start = replace(
        moved(TRUE, ELSEWHERE), log_sd={name: 1.5 * sd for name, sd in TRUE.log_sd.items()}, correlation={}
    )
    return fit(recorded(42), start, NOISE, rounds=12).depth


def test_typical_values_are_recovered(found):
    assert found.c50_propofol == pytest.approx(TRUE.c50_propofol, rel=0.12)
    assert found.ke0 == pytest.approx(TRUE.ke0, rel=0.15)
    assert found.gamma_light == pytest.approx(TRUE.gamma_light, rel=0.12)
    assert found.gamma_deep == pytest.approx(TRUE.gamma_deep, rel=0.12)
    assert found.e0 == pytest.approx(TRUE.e0, rel=0.02)
    assert found.drift.start == pytest.approx(TRUE.drift.start, abs=0.1)
    assert found.c50_age == pytest.approx(TRUE.c50_age, abs=0.003)


def test_spreads_between_people_are_recovered(found):
    for name in ("c50_propofol", "gamma_light", "gamma_deep", "e0"):
        assert found.log_sd[name] == pytest.approx(TRUE.log_sd[name], rel=0.35), name
    assert found.log_sd["ke0"] == pytest.approx(TRUE.log_sd["ke0"], rel=0.4)
