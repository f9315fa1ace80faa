"""What predictions of depth are asked: now and at each horizon, by phase, by age, and how often below each quantile."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.depth.judging import AHEAD, NOW, by_age, calibration, questions, subsets
from predictors.depth.forecasts import expected_name, quantile_name
from predictors.depth.phases import PHASES, phases
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.covariates import Covariates

SAMPLES, AGES = 200, [30, 44, 45, 59, 80, 81]
NAMES = np.arange(len(AGES)).astype(str)


@pytest.fixture(scope="module")
def cases():
    """Six cases with an index by chance, propofol from the tenth to the 150th sample."""
    sample = np.arange(SAMPLES)[:, None] + np.zeros(len(AGES))
    bis = np.random.default_rng(0).uniform(20.0, 80.0, sample.shape)
    bis[20:30] = np.nan
    running = Signal(((sample >= 10) & (sample <= 150)).astype(float), INTERVAL, nothing=0.0)
    signals = {"bis": Signal(bis, INTERVAL), "propofol": running, "remifentanil": running}
    person = Covariates.of(AGES, "M", 175.0, 75.0)
    return Cases(NAMES, NAMES, person, np.full(len(AGES), SAMPLES * INTERVAL), signals)


@pytest.fixture(scope="module")
def said(cases):
    """One who is always wrong by two points now, one who knows the index a minute ahead, sure within ten points."""
    ahead = np.full(cases["bis"].shape, np.nan)
    ahead[:-6] = cases["bis"][6:]
    knows = {expected_name(60): ahead}
    knows |= {quantile_name(60, q): ahead + by for q, by in ((0.1, -10.0), (0.5, 0.0), (0.9, 10.0))}
    late = {expected_name(60): 0.0 * ahead + 50.0, expected_name(120): 0.0 * ahead + 50.0}
    return {NOW: {"wrong": {"bis": cases["bis"] + 2.0}}, AHEAD: {"knows": knows, "late": late}}


def test_a_forecast_is_judged_by_what_is_shown_at_its_horizon(cases, said):
    now, ahead = questions(cases, said)
    assert (now.about, ahead.about) == ({"horizon": 0}, {"horizon": 60})  # which all forecasters give
    np.testing.assert_array_equal(ahead.target[:-6], cases["bis"][6:])
    assert np.isnan(ahead.target[-6:]).all()
    difference = (ahead.predicted["knows"] - ahead.target)[ahead.counted]
    assert (difference == 0.0).all()
    assert ahead.inside["knows"][ahead.counted].all()
    assert "late" not in ahead.inside


def test_what_counts_is_shown_and_after_the_first_propofol(cases, said):
    now, ahead = questions(cases, said)
    shown = np.isfinite(cases["bis"][:, 0])
    np.testing.assert_array_equal(now.counted[:, 0], shown & (np.arange(SAMPLES) >= 10))
    later = np.r_[shown[6:], np.zeros(6, dtype=bool)]
    np.testing.assert_array_equal(ahead.counted[:, 0], later & (np.arange(SAMPLES) >= 10))


def test_subsets_are_the_phases(cases):
    found = subsets(cases)
    assert tuple(found) == PHASES
    np.testing.assert_array_equal(sum(found.values()), phases(cases) >= 0)


def test_errors_by_age_are_those_of_the_patients_of_that_age(cases, said):
    table = by_age(cases, said)
    now = table[table["horizon"] == 0].set_index("age")
    assert now["subjects"].to_dict() == {"<45": 2, "45-59": 2, "60-74": 0, "75+": 2}
    for age in ("<45", "45-59", "75+"):
        assert now.loc[age, "estimate"] == pytest.approx(2.0)
    assert np.isnan(now.loc["60-74", "estimate"])
    assert set(table["predictor"]) == {"wrong", "knows", "late"}


def test_calibration_is_how_often_the_index_lay_below_a_quantile(cases, said):
    table = calibration(cases, said).set_index("quantile")
    assert set(table["predictor"]) == {"knows"}
    assert table["observed"].to_dict() == {0.1: 0.0, 0.5: 1.0, 0.9: 1.0}
