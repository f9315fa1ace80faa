"""Simulated pressures that step as recorded ones did: numbers that describe steps are found again, and cases last."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.risk.hypotension.sites import PRESSURE_SITES, stepped
from experiments.risk.hypotension.steps import RANGE, Steps, fit
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from predictors.risk.hypotension.events import low_name
from sim.covariates import Covariates
from sim.randomness import case_keys
from tests.depth_folder import simulated_cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_pressures_that_return_to_a_mean_are_described_as_such():
    random, count, samples = np.random.default_rng(0), 30, 500
    pressure = np.full((samples, count), 80.0)
    for sample in range(1, samples):
        noise = random.normal(size=count)
        pressure[sample] = pressure[sample - 1] + 0.2 * (80.0 - pressure[sample - 1]) + noise
    nothing = Signal(np.zeros((samples, count)), INTERVAL)
    signals = {"pressure": Signal(pressure, INTERVAL), "propofol": nothing, "remifentanil": nothing}
    names = np.arange(count).astype(str)
    person = Covariates.of(50.0 + np.zeros(count), "F", 160.0, 60.0)
    found = fit(Cases(names, names, person, np.full(count, samples * INTERVAL), signals))
    assert found.start[0] == pytest.approx(80.0, abs=1.0)
    middle = found.left[len(found.left) // 4 : -len(found.left) // 4]
    assert np.abs(np.median(found.left)) < 0.2
    assert middle.min() < 0.0 < middle.max()


def test_a_case_steps_alike_alone_and_beside_others_and_stays_in_range():
    base = simulated_cases("recorded", 6, 3)
    keys = case_keys(0, np.arange(6))
    every, alone = stepped(base, keys), stepped(base.select(np.array([4])), keys[4:5])
    known = np.isfinite(alone[:, 0])
    np.testing.assert_allclose(every[: len(alone), 4][known], alone[known, 0])
    shown = every[np.isfinite(every)]
    assert shown.min() >= RANGE[0]
    assert shown.max() <= RANGE[1]
    assert 0.3 < np.isfinite(every).sum() / np.isfinite(base["pressure"]).sum() <= 1.0


def test_shipped_steps_are_whole():
    steps = Steps.read()
    assert steps.step.shape == steps.size.shape
    assert (np.diff(steps.left) >= 0.0).all()
    assert 70.0 < steps.start[0] < 100.0


def test_every_site_says_what_it_is_and_asks_for_somebody():
    for name in PRESSURE_SITES:
        site = PRESSURE_SITES.get(name)
        assert site.name == name
        with pytest.raises(ValueError, match="patients: 0 is not allowed"):
            site.cases(0, 0)
    assert low_name(300) == "map_below_65_in_300s"
