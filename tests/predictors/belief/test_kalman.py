"""The two steps of the filter, against the closed form of a linear problem."""

from __future__ import annotations

import numpy as np

from predictors.belief import kalman

KEPT, NOISE, VARIANCE = np.array([[1.0], [0.8]]), np.array([[0.01], [0.36]]), 0.25
SLOPES = np.array([[1.0], [2.0]])


def filtered(shown, gate=np.inf):
    mean, covariance = np.array([[1.0], [0.0]]), np.diag([4.0, 1.0])[..., None]
    total = 0.0
    for value in shown:
        mean, covariance = kalman.later(mean, covariance, KEPT, NOISE)
        surprise = np.nan_to_num(value) - (SLOPES * mean).sum(0)
        found = kalman.corrected(
            mean, covariance, SLOPES, surprise, VARIANCE, np.array([np.isfinite(value)]), gate
        )
        mean, covariance, total = found.mean, found.covariance, total + found.likelihood
    return mean[:, 0], covariance[..., 0], total[0]


def test_a_linear_problem_is_conditioned_as_one_big_normal_distribution():
    """All readings at once: the joint normal of the last unknowns and of what is read, and its density."""
    shown, steps = np.array([2.0, np.nan, 0.5, 3.0]), 4
    f, h = np.diag(KEPT[:, 0]), SLOPES[:, 0]
    mean, spread = np.array([1.0, 0.0]), np.diag([4.0, 1.0])
    weights = [np.linalg.matrix_power(f, step + 1) for step in range(steps)]

    def covariance(i, j):  # of the unknowns after steps i and j
        total = weights[i] @ spread @ weights[j].T
        for k in range(min(i, j) + 1):
            total = (
                total
                + np.linalg.matrix_power(f, i - k) @ np.diag(NOISE[:, 0]) @ np.linalg.matrix_power(f, j - k).T
            )
        return total

    read = np.flatnonzero(np.isfinite(shown))
    big = np.array([[h @ covariance(i, j) @ h + VARIANCE * (i == j) for j in read] for i in read])
    across = np.array([covariance(steps - 1, j) @ h for j in read]).T
    surprise = shown[read] - np.array([h @ weights[i] @ mean for i in read])
    expected = weights[-1] @ mean + across @ np.linalg.solve(big, surprise)
    left = covariance(steps - 1, steps - 1) - across @ np.linalg.solve(big, across.T)
    found, uncertain, likelihood = filtered(shown)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(uncertain, left, rtol=1e-12)
    density = -0.5 * (surprise @ np.linalg.solve(big, surprise) + np.linalg.slogdet(big)[1])
    np.testing.assert_allclose(likelihood, density, rtol=1e-12)


def test_a_surprise_beyond_the_gate_moves_no_further_than_one_at_it():
    near, far = filtered([1.0, 40.0], gate=3.0), filtered([1.0, 4000.0], gate=3.0)
    np.testing.assert_array_equal(near[0], far[0])
    assert np.abs(filtered([1.0, 40.0])[0] - near[0]).max() > 1.0
