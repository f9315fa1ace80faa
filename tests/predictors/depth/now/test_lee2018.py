"""Lee 2018: half an hour of infusions, read anew at every reading, whole cases at once or in the loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.depth.now.lee2018 import LEE2018, STEPS, windows
from predictors.depth.phases import phases
from predictors.learning.contract import Recipe
from predictors.learning.contract import said as answered
from predictors.learning.watching import watch
from tests.predictors.depth.drawn import altered, random_lee2018, said

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_in_the_loop_it_reads_each_half_hour_anew(cases):
    observer = random_lee2018()
    begun = phases(cases) >= 0
    data = windows(cases, cases["bis"], begun, "cpu")
    infusions, person = data.read(torch.arange(len(data.end)))
    assert infusions.shape == (STEPS, len(data.end), 2)
    with torch.no_grad():
        expected = 100.0 * observer.network(infusions.double(), person.double()).numpy()
    sample, case = data.end.numpy().T
    assert sample.max() == len(begun) - 1
    found = watch(observer, cases)["bis"][sample, case]
    assert np.ptp(found) > 1.0
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_whole_cases_at_once_are_what_it_says_in_the_loop(cases):
    """Judging asks for all windows at once; agents ask one by one."""
    waiting = altered(cases, propofol=lambda rate: rate * (np.arange(len(rate)) >= 20)[:, None])
    observer = random_lee2018()
    before = next(observer.network.parameters()).dtype
    once, streamed = answered(observer, waiting)["bis"], watch(observer, waiting)["bis"]
    np.testing.assert_array_equal(np.isfinite(once), phases(waiting) >= 0)
    assert np.isnan(once[:20]).all()
    begun = np.isfinite(once)
    np.testing.assert_allclose(once[begun], streamed[begun], atol=2e-3)
    assert next(observer.network.parameters()).dtype == before == torch.float64


def test_a_window_says_what_the_index_was_at_its_end(cases):
    chosen = np.isfinite(cases["bis"])
    data = windows(cases, cases["bis"], chosen, "cpu")
    sample, case = data.end.numpy().T
    np.testing.assert_allclose(100.0 * data.target.numpy(), cases["bis"][sample, case], rtol=1e-6)
    assert len(data.end) == chosen.sum()


def test_it_remembers_half_an_hour_and_nothing_before_it(cases):
    observer = random_lee2018()
    memory = observer.network.propofol  # becomes a slow sum of the doses, that never forgets by itself
    with torch.no_grad():
        for parameter in memory.parameters():
            parameter.zero_()
        memory.weight_ih_l0[16:24] = 0.1  # gates lie as input, forget, cell, output
        memory.bias_ih_l0[8:16] = 8.0
    other = altered(cases, propofol=lambda rate: rate + 5.0 * (np.arange(len(rate)) == 10)[:, None])
    changed = np.abs(said(observer, cases) - said(observer, other)).max(axis=(1, 2)) > 1e-6
    assert np.flatnonzero(changed).tolist() == list(range(10, 10 + STEPS))


def test_it_learns_by_a_recipe_of_its_own_gentler_where_the_recipe_is():
    usual, gentle = LEE2018.recipe(Recipe(epochs=30)), LEE2018.recipe(Recipe(epochs=3, step=2e-3))
    assert (usual.epochs, usual.step, usual.decay) == (10, 5e-3, 1e-4)
    assert (gentle.epochs, gentle.step) == (3, pytest.approx(2.5e-3))


def test_covariates_are_standardised_by_the_training_cases(cases):
    network = LEE2018.network()
    LEE2018.prepare(network, cases)
    assert network.mean[0].item() == pytest.approx(cases.person.age.mean())
    assert network.sd[3].item() == pytest.approx(cases.person.weight.std(), rel=1e-4)
