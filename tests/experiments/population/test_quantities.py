"""Quantities against cases made to have them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.population import courses, depth, doses, quantities, signals
from experiments.population.view import View, autocorrelation, correlation, deviation
from predictors.depth.phases import last_propofol
from predictors.learning.cases import Signal
from predictors.learning.watching import INTERVAL
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.hypnosis import index
from tests.experiments.population.conftest import GIVEN, OFF, SAMPLES, wandering

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def shown(cases):
    """Cases as `recorded.read` gives them."""
    raw = {f"raw_{name}": cases.signals[name] for name in ("bis", "pressure", "heart_rate")}
    once = {"vasopressor": Signal(np.full((1, cases.count), np.nan))}
    return cases.with_signals(**raw, **once)


def with_values(cases, **values):
    changed = {name: replace(cases.signals[name], values=array) for name, array in values.items()}
    return View(cases.with_signals(**changed))


def everybody(cases, column):
    return np.broadcast_to(column[:, None], (SAMPLES, cases.count)).copy()


def test_every_quantity_has_a_label_and_is_finite_for_good_cases(shown):
    table = quantities.by_case(shown)
    names = set(table.columns) - {"who", "subject"}
    assert names <= set(quantities.LABELS)
    assert set(quantities.across_cases(table)) <= set(quantities.LABELS)
    unknown = {name for name in names if table[name].isna().all()}
    assert unknown <= {"vasopressor", "bis_gap_min", "pressure_gap_min", "heart_rate_gap_min"} | {
        f"bis_change_sd_{low}_{high}" for low, high in depth.LEVELS
    }


def test_time_to_sleep_is_counted_from_the_first_propofol_and_held_at_half_an_hour(shown):
    sample = np.arange(SAMPLES)
    at_90_s = everybody(shown, np.where(sample - GIVEN < 9, 95.0, 50.0))
    never = everybody(shown, np.full(SAMPLES, 70.0))
    assert (depth.onset(with_values(shown, bis=at_90_s))["asleep_min"] == 1.5).all()
    found = depth.onset(with_values(shown, bis=never))
    assert (found["asleep_min"] == depth.LONGEST).all()
    assert np.isnan(found["asleep_effect_site"]).all()


def test_emergence_is_counted_from_the_last_propofol(shown):
    sample = np.arange(SAMPLES)
    assert (last_propofol(shown) == OFF - 1).all()
    found = depth.emergence(with_values(shown, bis=everybody(shown, np.where(sample < OFF + 11, 45.0, 85.0))))
    assert (found["index_at_stop"] == 45.0).all()
    assert (found["stop_to_awake_min"] == 2.0).all()


def test_apparent_sensitivity_is_the_log_of_what_resists(shown):
    """People of Eleveld's surface, whose C50 is 1.5 times the typical one, need 1.5 times the concentration."""
    view = View(shown)
    surface = SURFACES.get("eleveld")(shown.person)
    middle = np.nanmedian(np.where(view.maintenance, view.eleveld, np.nan), axis=0)
    resistant = index(surface, middle / 1.5, 0.0 * middle)
    flat = with_values(shown, bis=np.broadcast_to(resistant, (SAMPLES, shown.count)))
    np.testing.assert_allclose(depth.sensitivity(flat)["apparent_sensitivity"], np.log(1.5), rtol=1e-9)


def test_jumps_of_a_rate_are_counted_once_and_ripple_is_not(shown):
    sample = np.arange(SAMPLES)
    ripple = 1.0 + 0.01 * np.cos(np.pi * sample)
    rate = everybody(shown, np.where(sample < GIVEN, 0.0, ripple * np.where((sample // 60) % 2, 1.0, 1.5)))
    found = doses.handling(with_values(shown, propofol=rate))
    maintained = (SAMPLES - GIVEN - 90) * INTERVAL / 3600.0
    np.testing.assert_allclose(
        found["propofol_jumps_per_hour"], 4 / maintained
    )  # at samples 120, 180, 240 and 300
    assert (found["propofol_small_steps_lag1"] < -0.99).all()


def test_autocorrelation_and_spread_of_a_known_process_are_found():
    process = wandering(np.random.default_rng(2), 400, 4.0, 100.0)
    assert np.median(deviation(process)) == pytest.approx(4.0, rel=0.1)
    assert np.median(autocorrelation(process, 6)) == pytest.approx(np.exp(-0.6), abs=0.06)


def test_correlation_is_pearsons():
    x, y = np.random.default_rng(1).normal(size=(2, 50, 3))
    expected = [np.corrcoef(x[:, i], y[:, i])[0, 1] for i in range(3)]
    np.testing.assert_allclose(correlation(x, y), expected)
    assert np.isnan(correlation(x, y, least=51)).all()


def test_correlation_leaves_missing_samples_out():
    rng = np.random.default_rng(3)
    one = rng.standard_normal((200, 3))
    other = 2.0 * one
    other[rng.random(one.shape) < 0.3] = np.nan
    np.testing.assert_allclose(correlation(one, other), 1.0)
    assert np.isnan(correlation(one, np.ones_like(one))).all()


def test_gaps_are_counted_and_measured(shown):
    bis = shown["bis"].copy()
    bis[150:156], bis[200:212] = np.nan, np.nan
    raw = np.where(np.isnan(bis), 0.0, bis)
    found = signals.availability(with_values(shown, bis=bis, raw_bis=raw))
    maintained = OFF - GIVEN - 90
    np.testing.assert_allclose(found["bis_missing_percent"], 100.0 * 18 / maintained)
    np.testing.assert_allclose(found["bis_gap_min"], 1.5)
    np.testing.assert_allclose(found["bis_artefact_percent"], 100.0 * 18 / maintained)
    assert (found["pressure_gaps_per_hour"] == 0.0).all()


def test_quantiles_of_counts_are_those_of_the_samples(shown):
    values = shown["pressure"]
    found = courses.counts(values, "pressure").quantiles()
    np.testing.assert_allclose(found, np.quantile(values, courses.QUANTILES), atol=1.0)
    twice = courses.counts(values, "pressure").quantiles(np.ones((2, shown.count)))
    np.testing.assert_array_equal(twice, np.stack([found, found]))


def test_the_variogram_of_a_process_reaches_its_spread(shown):
    table = courses.variograms(View(shown))
    own = table[table["signal"] == "bis"].set_index("minutes")["q50"]
    assert own[10.0] == pytest.approx(5.0, rel=0.25)
    assert own.iloc[0] == pytest.approx(5.0 * np.sqrt(1.0 - np.exp(-1.0 / 6.0)), rel=0.15)
