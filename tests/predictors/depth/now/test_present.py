"""The index now: in the loop and over whole cases one computation; answers spread out no more than they may."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from predictors.depth.memory.recurrent import LONGEST
from predictors.depth.now import present
from predictors.depth.now.dose_history import DOSE_HISTORY
from predictors.depth.now.present import stretch
from predictors.depth.now.vitals import VITALS
from predictors.depth.phases import scored
from predictors.learning.measures import concordance
from predictors.learning.watching import watch
from tests.predictors.depth.drawn import altered, random_present, said

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("sight", [DOSE_HISTORY.sight, VITALS.sight], ids=["doses", "room"])
def test_in_the_loop_is_the_network_run_over_whole_cases(cases, sight):
    observer = random_present(sight)
    inputs, _ = present.examples(sight, cases, "cpu")
    with torch.no_grad():
        answer = observer.network(inputs.double())[0].numpy()
    centre, factor = observer.stretch
    expected = np.clip(100.0 * (centre + factor * (answer - centre)), 0.0, 100.0)
    found = watch(observer, cases)["bis"]
    assert np.ptp(found) > 1.0
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_what_it_learns_is_the_index_now_from_the_first_propofol_on(cases):
    def target(of):
        return present.examples(DOSE_HISTORY.sight, of, "cpu")[1]

    expected = np.where(scored(cases), cases["bis"], np.nan)
    np.testing.assert_array_equal(target(cases), expected.astype(np.float32))

    def late(rate):
        rate[:20] = 0.0
        return rate

    waiting = altered(cases, propofol=late)
    np.testing.assert_array_equal(np.isfinite(target(waiting)), scored(waiting))
    assert not np.isfinite(target(waiting)[:20]).any()


def test_of_a_long_case_only_the_first_hours_train(cases, monkeypatch):
    assert LONGEST == 15000.0
    monkeypatch.setattr(present, "LONGEST", 1000.0)
    inputs, target = present.examples(DOSE_HISTORY.sight, cases, "cpu")
    assert len(inputs) == len(target) == 100


def test_pressure_heart_rate_and_phase_matter_to_who_sees_the_room_and_to_nobody_else(cases):
    cases = cases.shortened(800.0)
    for sight, matters in ((VITALS.sight, True), (DOSE_HISTORY.sight, False)):
        before = said(random_present(sight), cases)
        for change in ("pressure", "heart_rate", "phase"):
            after = said(random_present(sight), altered(cases, **{change: lambda values: values + 5.0}))
            assert np.array_equal(before, after) != matters, change


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.05, 1.5), st.floats(0.0, 0.3), st.floats(1.0, 1.2))
def test_stretching_never_costs_more_than_it_is_allowed_and_never_concordance(seed, shrunk, noise, costs):
    random = np.random.default_rng(seed)
    target = np.clip(0.45 + 0.1 * random.standard_normal(300), 0.0, 1.0)
    answer = 0.45 + shrunk * (target - 0.45) + noise * random.standard_normal(300)
    centre, factor = stretch(answer, target, costs)
    spread = centre + factor * (answer - centre)
    before, after = (np.sqrt(np.mean((one - target) ** 2)) for one in (answer, spread))
    assert after <= costs * before + 1e-12
    assert 1.0 <= factor <= 2.0
    assert concordance(target, spread) >= concordance(target, answer) - 1e-12


def test_answers_shrunk_by_half_are_spread_out_again():
    target = np.linspace(0.3, 0.6, 200)
    centre, factor = stretch(0.45 + 0.5 * (target - 0.45), target, 1.02)
    assert (centre, factor) == (pytest.approx(0.45), 2.0)
