"""Smooth training targets: local lines with tricube weights, across gaps and no further."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.learning.lowess import lowess


def smoothed(values, length=None):
    samples, cases = values.shape
    return lowess(values, np.full(cases, samples) if length is None else length)


def test_a_straight_line_smoothed_is_the_line_across_gaps_too():
    time = np.arange(800.0)[:, None]
    line = 40.0 + time * np.array([0.02, -0.03])
    gaps = line.copy()
    gaps[np.random.default_rng(0).uniform(size=line.shape) < 0.3] = np.nan
    gaps[300:306] = np.nan
    found = smoothed(gaps)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, line, atol=1e-9)


def test_smoothing_is_a_weighted_line_through_the_neighbours():
    """Cleveland's definition, written out for one sample."""
    values = np.random.default_rng(1).uniform(30.0, 60.0, (400, 1))
    values[::7] = np.nan
    reach, at = 6, 200  # half of 3 % of 400 samples
    near = np.arange(at - reach, at + reach + 1)
    weight = (1.0 - np.abs((near - at) / (reach + 1.0)) ** 3) ** 3
    ok = np.isfinite(values[near, 0])
    line = np.polyfit(near[ok] - at, values[near[ok], 0], 1, w=np.sqrt(weight[ok]))
    assert smoothed(values)[at, 0] == pytest.approx(line[1])


def test_a_long_gap_and_what_lies_beyond_the_end_stay_empty():
    values = np.full((400, 2), 50.0)
    values[100:200, 0] = np.nan
    values[300:, 1] = 80.0  # of no case: the second one is over
    found = smoothed(values, np.array([400, 300]))
    assert np.isnan(found[110:190, 0]).all()
    assert np.isnan(found[300:, 1]).all()
    np.testing.assert_allclose(found[290:300, 1], 50.0)
