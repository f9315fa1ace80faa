"""The filter against the covariance matrix it stands for."""

from __future__ import annotations

import numpy as np

from experiments.patients.whitening import Noise, whiten
from predictors.learning.watching import INTERVAL

NOISE = Noise(drift=0.2, drift_seconds=300.0, quick=3.0, quick_seconds=45.0, sample=2.0)


def test_innovations_weigh_errors_as_the_inverse_covariance_does():
    """Quadratic form and determinant of 40 samples with gaps, two cases, from the dense matrix of all three noises."""
    rng = np.random.default_rng(0)
    slope = rng.uniform(5.0, 40.0, (40, 2))
    known = rng.random((40, 2)) > 0.2
    columns = np.where(known[:, None], rng.normal(size=(40, 3, 2)), 0.0)
    white, log_sd = whiten(columns, slope, known, NOISE)
    apart = INTERVAL * np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
    for case in range(2):
        covariance = (
            NOISE.drift**2 * np.outer(slope[:, case], slope[:, case]) * np.exp(-apart / NOISE.drift_seconds)
        )
        covariance += NOISE.quick**2 * np.exp(-apart / NOISE.quick_seconds) + NOISE.sample**2 * np.eye(40)
        rows = known[:, case]
        covariance, seen = covariance[np.ix_(rows, rows)], columns[rows][:, :, case]
        expected = seen.T @ np.linalg.solve(covariance, seen)
        np.testing.assert_allclose(white[:, :, case].T @ white[:, :, case], expected, rtol=1e-9)
        assert 2.0 * log_sd[:, case].sum() == np.float64(np.linalg.slogdet(covariance)[1]).round(
            10
        ) or np.isclose(2.0 * log_sd[:, case].sum(), np.linalg.slogdet(covariance)[1], rtol=1e-9)


def test_an_outlier_moves_the_rest_no_further_than_the_limit():
    errors = np.zeros((30, 1, 1))
    errors[10] = 20.0
    far = errors.copy()
    far[10] = 2000.0
    slope, known = np.full((30, 1), 30.0), np.ones((30, 1), dtype=bool)
    some, _ = whiten(errors, slope, known, NOISE)
    many, _ = whiten(far, slope, known, NOISE)
    np.testing.assert_allclose(many[11:], some[11:], rtol=1e-6)
