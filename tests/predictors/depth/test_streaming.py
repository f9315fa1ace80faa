"""Every learned observer streams: it knows nothing of what comes, takes patients one by one, and ignores junk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.tasks import TASKS
from experiments.tasks.contract import learners
from predictors import OBSERVERS
from predictors.depth.adaptive import AdaptiveFilter
from predictors.learning.watching import INTERVAL, watch
from tests.predictors.depth.drawn import MAKE, altered, from_sample, said

CHANGED = 150  # sample from which a case is changed
SEES_READINGS = {"forecaster", "exits", "adaptive"}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module", params=MAKE)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def usual(name, cases):
    """What an observer says of the cases as they are."""
    return said(MAKE[name](), cases)


def test_every_learned_observer_is_tested_here():
    assert set(MAKE) == set(learners(TASKS.get("depth")))


def test_what_comes_later_changes_nothing_said_before(name, usual, cases):
    later = altered(
        cases.shortened((CHANGED + 6) * INTERVAL),
        bis=from_sample(CHANGED, 45.0),
        propofol=lambda rate: rate + 2.0 * (np.arange(len(rate)) >= CHANGED)[:, None],
        remifentanil=from_sample(CHANGED, 0.0),
    )
    other = said(MAKE[name](), later)
    np.testing.assert_array_equal(usual[:CHANGED], other[:CHANGED])
    assert (np.abs(usual[CHANGED + 5] - other[CHANGED + 5]) > 1e-6).all(axis=-1).any()


def test_readings_matter_to_those_who_look_and_to_no_others(name, usual, cases):
    begun = cases.shortened(100 * INTERVAL)
    shown = altered(begun, bis=lambda bis: np.where(np.isfinite(bis), 30.0, np.nan))
    assert np.array_equal(usual[:100], said(MAKE[name](), shown)) == (name not in SEES_READINGS)


def test_a_patient_alone_is_estimated_as_in_the_batch(name, usual, cases):
    alone = said(MAKE[name](), cases.select(np.array([1])))
    np.testing.assert_allclose(alone[..., 0], usual[..., 1], atol=1e-9, rtol=0.0)
    assert np.abs(usual[..., 0] - usual[..., 1]).max() > 0.1


def test_the_value_of_an_invalid_reading_does_not_matter(name, usual, cases):
    often_hidden = cases.select(np.array([0, 0, 0])).shortened(100 * INTERVAL)
    assert np.isnan(often_hidden["bis"]).sum() >= 3 * 20
    junk = np.array([0.0, 1e6, np.nan])
    found = said(MAKE[name](), often_hidden, junk)
    np.testing.assert_allclose(found, np.repeat(usual[:100, :, :1], 3, axis=2), atol=1e-9, rtol=0.0)
    np.testing.assert_array_equal(found, said(MAKE[name](), often_hidden))


def test_estimates_are_finite_and_in_their_ranges(name, usual):
    low, high = np.array([each[:2] for each in MAKE[name]().estimates.values()]).T[..., None]
    assert ((usual >= low) & (usual <= high)).all()


def test_cases_that_end_earlier_leave_the_others_alone(name, usual, cases):
    samples = np.array([60, len(usual), 200])
    found = watch(MAKE[name](), replace(cases, length=INTERVAL * samples))
    inside = np.arange(len(usual))[:, None] < samples
    for row, values in enumerate(found.values()):
        np.testing.assert_array_equal(np.isfinite(values), inside)
        np.testing.assert_allclose(values[inside], usual[:, row][inside], rtol=1e-6)


@pytest.mark.parametrize("kind", ["lee2018", "dose_history", "vitals", "forecaster", "exits"])
def test_another_control_period_than_the_network_learned_at_is_refused(kind):
    with pytest.raises(ValueError, match=f"control_period: 5 s is not allowed; {kind} learned at 10 s"):
        OBSERVERS.get(kind)(control_period=5.0)


def test_an_observer_for_another_control_period_cannot_watch_recorded_cases(cases):
    with pytest.raises(ValueError, match="a control period of 5"):
        watch(AdaptiveFilter(control_period=5.0), cases)
