"""The dose history: in the loop and over whole cases one computation; answers spread out no more than they may."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from predictors.depth import dose_history
from predictors.depth.dose_history import LARGEST_LOSS, stretch
from predictors.depth.phases import scored
from predictors.depth.recurrent import LONGEST
from predictors.learning.measures import concordance
from predictors.learning.watching import watch
from tests.predictors.depth.drawn import altered, random_dose_history

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_in_the_loop_is_the_network_run_over_whole_cases(cases):
    observer = random_dose_history()
    inputs, _ = dose_history.examples(cases, "cpu")
    with torch.no_grad():
        answer = observer.network(inputs.double())[0].numpy()
    centre, factor = observer.stretch
    expected = np.clip(100.0 * (centre + factor * (answer - centre)), 0.0, 100.0)
    found = watch(observer, cases)["bis"]
    assert np.ptp(found) > 1.0
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_what_it_learns_is_the_index_now_from_the_first_propofol_on(cases):
    np.testing.assert_array_equal(dose_history.examples(cases, "cpu")[1], cases["bis"].astype(np.float32))

    def late(rate):
        rate[:20] = 0.0
        return rate

    waiting = altered(cases, propofol=late)
    _, target = dose_history.examples(waiting, "cpu")
    np.testing.assert_array_equal(np.isfinite(target), scored(waiting))
    assert not np.isfinite(target[:20]).any()


def test_of_a_long_case_only_the_first_hours_train(cases, monkeypatch):
    assert LONGEST == 15000.0
    monkeypatch.setattr(dose_history, "LONGEST", 1000.0)
    inputs, target = dose_history.examples(cases, "cpu")
    assert len(inputs) == len(target) == 100


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.05, 1.5), st.floats(0.0, 0.3))
def test_stretching_never_costs_more_than_it_is_allowed_and_never_concordance(seed, shrunk, noise):
    random = np.random.default_rng(seed)
    target = np.clip(0.45 + 0.1 * random.standard_normal(300), 0.0, 1.0)
    answer = 0.45 + shrunk * (target - 0.45) + noise * random.standard_normal(300)
    centre, factor = stretch(answer, target)
    spread = centre + factor * (answer - centre)
    before, after = (np.sqrt(np.mean((one - target) ** 2)) for one in (answer, spread))
    assert after <= LARGEST_LOSS * before + 1e-12
    assert 1.0 <= factor <= 2.0
    assert concordance(target, spread) >= concordance(target, answer) - 1e-12


def test_answers_shrunk_by_half_are_spread_out_again():
    target = np.linspace(0.3, 0.6, 200)
    centre, factor = stretch(0.45 + 0.5 * (target - 0.45), target)
    assert (centre, factor) == (pytest.approx(0.45), 2.0)
