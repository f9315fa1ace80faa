"""Twins at the side of whom an agent stands: recorded doses give back the record, other doses another course."""

from dataclasses import replace

import numpy as np
import pytest

from agents import AGENTS
from experiments.twin import treating
from experiments.twin.outcome import from_first_propofol
from experiments.twin.treating import smooth, treat, twins
from predictors.learning.watching import INTERVAL
from predictors.twins.course import effect_sites, response
from predictors.twins.deviates import Deviates
from predictors.twins.posterior import Model
from predictors.twins.record import record
from predictors.twins.wander import read_wander
from sim.settings import Models
from tests.depth_folder import simulated_cases

MODEL = Model(Deviates(Models()), read_wander()["bis"])


@pytest.fixture(scope="module")
def ready():
    """Two cases, and twins who are anybody: what is believed before anything is seen."""
    cases = from_first_propofol(simulated_cases("recorded", 2, 3, 1800.0))
    known = record(cases, 0, MODEL.deviates.models)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(treating, "HANDFUL", 2)
        return cases, known, twins(MODEL, cases, known, MODEL.prior(known.keys, 10))


def inside(cases, draws):
    """Where each twin's case lasts, without the first and last minutes."""
    sample = np.arange(len(cases["bis"]))[:, None]
    return (sample > 30) & (sample < np.tile(cases.samples(INTERVAL), draws) - 30)


def test_recorded_doses_give_back_the_record(ready):
    cases, _, found = ready
    trace = treat(found, found.anaesthetist)
    there = inside(cases, 3)
    for own, signal, tolerance in (
        (trace.bis, "bis", 4.0),
        (trace.mean_arterial_pressure, "pressure", 3.0),
        (trace.heart_rate, "heart_rate", 2.0),
    ):
        missing = own[1:] - np.tile(smooth(cases[signal]), 3)
        assert np.nanmean(np.abs(missing[there])) < tolerance, signal
    np.testing.assert_allclose(trace.propofol[1:], found.record.rates[:, 0], atol=2e-3)


def test_without_drift_the_room_shows_what_the_fit_expects(ready):
    cases, known, found = ready
    trace = treat(replace(found, drift=0.0 * found.drift), found.anaesthetist)
    z = MODEL.prior(known.keys, 10).draws.mean(axis=0)
    who = MODEL.deviates.hypnosis(known.person, z)
    expected = response(who, effect_sites(who, known.rates), 0.0 * known.begun)
    np.testing.assert_allclose(trace.bis[1:, : cases.count], expected, atol=1.0)  # pumps round their rates


def test_an_agent_gives_other_doses_to_the_same_people(ready):
    cases, _, found = ready
    agent = AGENTS.get("anaesthetist_textbook")()
    trace, again = treat(found, agent), treat(found, agent)
    np.testing.assert_array_equal(trace.bis, again.bis)
    assert np.abs(trace.propofol[1:] - found.record.rates[:, 0])[inside(cases, 3)].mean() > 1e-3
    assert np.isfinite(trace.bis).all()


def test_gaps_are_bridged_and_nothing_is_made_up_before_the_first_reading():
    values = np.stack([np.full(100, 80.0), np.full(100, np.nan)], axis=1)
    values[40:80, 0] = np.nan
    values[:30, 0] = np.nan
    found = smooth(values)
    assert (found[30:, 0] == 80.0).all()
    assert np.isnan(found[:10, 0]).all()
    assert np.isnan(found[:, 1]).all()
