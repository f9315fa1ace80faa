"""Every demonstration shows what it says: the flattering number lies where it was said to lie, at a small size too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.pain.contenders import Shown
from experiments.shortcomings import DEMONSTRATIONS, operations
from experiments.shortcomings.contract import Found
from experiments.shortcomings.counting import windows
from experiments.shortcomings.counting.case_control import CaseControl
from experiments.shortcomings.counting.clocks import Clocks
from experiments.shortcomings.counting.denominator import Denominator
from experiments.shortcomings.counting.independence import Independence, as_if_independent, second_moments
from experiments.shortcomings.counting.permuted import Permuted
from experiments.shortcomings.counting.resolution import Resolution, odds_ratio
from experiments.shortcomings.counting.smoothing import Smoothing, smoothed
from experiments.shortcomings.counting.windows import Windows
from experiments.shortcomings.people.indication import Indication
from experiments.shortcomings.people.minority import Minority
from experiments.shortcomings.people.prevalence import Prevalence
from experiments.shortcomings.people.raters import Raters
from experiments.shortcomings.people.site_shift import SiteShift
from experiments.shortcomings.people.small_samples import SmallSamples
from predictors.learning.measures import case_sums, concordance_of
from tests.experiments.shortcomings import toys

MORE, LESS = 1.0, -1.0
# What each shows, line by line: is the flattering number the larger or the smaller one?
TINY = {
    SmallSamples(((50, 4), (150, 2)), 600, ("logistic_regression", "gradient_boosting")): (MORE, MORE, MORE),
    Minority(1000, 600, (0.9,), 2): (MORE,),
    Raters(1500, 1200, (0.4,)): (MORE, LESS),
    Prevalence(1000, 2000, (0.01, 0.5)): (MORE,),
    Resolution(people=4000): (LESS,),
    Permuted(80, (300,), repeats=4): (MORE,),
    SiteShift(16, 16, 6): (MORE,),
    Indication(16): (MORE, MORE),
    Independence(16, 16, 20, 10): (LESS, MORE),
    Denominator(16, 16): (LESS,),
    Smoothing(16, 16): (MORE, LESS),
    Clocks(20, (0, 6)): (MORE,),
    CaseControl(16): (MORE,),
    Windows(16, ("LR",)): (MORE,),
}


@pytest.fixture
def quickly(monkeypatch):
    """Cases made by hand in the place of simulated ones."""
    features, rating, owner = toys.recognised(16)
    shown = Shown(features, torch.zeros(len(owner), 1), np.zeros(len(owner)), rating, owner)
    monkeypatch.setattr(operations, "SITES", toys.DEPTH_SITES)
    monkeypatch.setattr(operations, "PRESSURE_SITES", toys.PRESSURE_SITES)
    monkeypatch.setattr(windows, "seen_and_told", lambda subjects, seed: (shown, rating, owner))
    for cached in (operations.operations, operations.pressures):
        cached.cache_clear()
    yield
    for cached in (operations.operations, operations.pressures):
        cached.cache_clear()


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("tiny", TINY, ids=lambda one: type(one).__name__)
def test_the_flattering_number_lies_where_it_is_said_to(tiny):
    found: Found = tiny.show(3)
    for row, way in zip(found.rows, TINY[tiny], strict=False):
        assert way * row.contrast.difference.estimate > 0.0, row.score
        assert np.isfinite(row.contrast.honest).all()
    figures = found.points.select_dtypes("number").to_numpy()
    assert np.isfinite(figures).all()


def test_every_demonstration_is_tried():
    tried = {type(one).__name__ for one in TINY} | {"Tables", "Traps", "Motif"}
    assert {DEMONSTRATIONS.get(name).__name__ for name in DEMONSTRATIONS} <= tried


def test_an_interval_of_samples_drawn_by_themselves_is_that_of_drawing_them():
    """The normal law stands for drawing 4,000 samples again, one by one."""
    random = np.random.default_rng(0)
    bis = random.normal(50.0, 10.0, (4000, 1))
    said = bis + random.normal(0.0, 8.0, bis.shape)
    counted = np.ones_like(bis, dtype=bool)
    own = as_if_independent(
        case_sums(bis, said, counted)[0], second_moments(bis, said, counted)[0], np.random.default_rng(1)
    )
    each = case_sums(bis.T, said.T, counted.T)
    sums = np.stack([each[random.integers(4000, size=4000)].sum(axis=0) for _ in range(400)])
    drawn = np.percentile(concordance_of(sums), [2.5, 97.5])
    np.testing.assert_allclose(own, drawn, atol=0.002)


def test_a_filter_that_looks_back_knows_nothing_of_what_comes():
    values = np.random.default_rng(0).normal(size=(40, 2))
    changed = values.copy()
    changed[20:] += 5.0
    np.testing.assert_array_equal(smoothed(values, 6, False)[:20], smoothed(changed, 6, False)[:20])
    assert (smoothed(values, 6, True)[14:20] != smoothed(changed, 6, True)[14:20]).all()
    np.testing.assert_allclose(smoothed(values, 3, True)[10], values[7:14].mean(axis=0))
    np.testing.assert_allclose(smoothed(values, 3, False)[10], values[7:11].mean(axis=0))


def test_an_odds_ratio_is_that_of_the_generator():
    random = np.random.default_rng(2)
    minutes = random.exponential(1.0, 20000)
    harmed = random.random(20000) < 1.0 / (1.0 + np.exp(1.5 - 0.4 * minutes))
    ratio = odds_ratio(harmed, minutes[:, None])
    assert ratio(np.ones((1, 20000)))[0] == pytest.approx(np.exp(0.4), rel=0.04)
