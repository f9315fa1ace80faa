"""The filter against the multivariate normal distribution that it stands for, written out in full."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from predictors.learning.watching import INTERVAL
from predictors.twins.wander import Wander, prepare, smoothed, surprises

WANDER = Wander(
    drift_sd=0.2, drift_time=300.0, quick_sd=3.0, quick_time=25.0, reading_sd=0.7, scale_freedom=9.0
)
SAMPLES = 40


@pytest.fixture(scope="module")
def seen():
    """Slopes, which readings were shown, and what was left over, of two patients."""
    rng = np.random.default_rng(3)
    slope = -30.0 + 10.0 * rng.normal(size=(SAMPLES, 2))
    shown = rng.random((SAMPLES, 2)) < 0.8
    return slope, shown, np.where(shown, 6.0 * rng.normal(size=(SAMPLES, 2)), 0.0)


def covariance(slope):
    """Of the two parts of what is left over: drift in log units, and both as seen without reading noise."""
    apart = INTERVAL * np.abs(np.subtract.outer(np.arange(SAMPLES), np.arange(SAMPLES)))
    drift = WANDER.drift_sd**2 * np.exp(-apart / WANDER.drift_time)
    quick = WANDER.quick_sd**2 * np.exp(-apart / WANDER.quick_time)
    return drift, quick, slope[:, None] * drift * slope + quick + WANDER.reading_sd**2 * np.eye(SAMPLES)


def test_surprises_have_the_likelihood_of_the_whole_record(seen):
    slope, shown, left_over = seen
    prepared = prepare(WANDER, slope, shown)
    surprise, _ = surprises(WANDER, prepared, left_over)
    for patient in range(2):
        there = shown[:, patient]
        whole = covariance(slope[:, patient])[2][np.ix_(there, there)]
        expected = multivariate_normal(cov=whole).logpdf(left_over[there, patient])
        own = surprise[there, patient]
        found = -0.5 * (own**2 + np.log(2.0 * np.pi)) - np.log(prepared.sd[there, patient])
        assert found.sum() == pytest.approx(expected, rel=1e-9)
        assert (surprise[~there, patient] == 0.0).all()


def test_beliefs_are_conditional_means_of_the_record_so_far_and_of_all_of_it(seen):
    slope, shown, left_over = seen
    prepared = prepare(WANDER, slope, shown)
    _, states = surprises(WANDER, prepared, left_over)
    later = smoothed(WANDER, prepared, states)
    for patient in range(2):
        drift, quick, whole = covariance(slope[:, patient])
        across = np.stack([drift * slope[:, patient], quick])
        for found, until in ((states, 25), (later, SAMPLES)):
            there = shown[:, patient] & (np.arange(SAMPLES) < until)
            weights = np.linalg.solve(whole[np.ix_(there, there)], left_over[there, patient])
            expected = across[:, 24][:, there] @ weights
            np.testing.assert_allclose(found[24, :, patient], expected, rtol=1e-8)
        there = shown[:, patient]
        reduced = drift - (drift * slope[:, patient])[:, there] @ np.linalg.solve(
            whole[np.ix_(there, there)], (drift * slope[:, patient])[:, there].T
        )
        last = SAMPLES - 1
        assert prepared.covariance[last, 0, patient] == pytest.approx(reduced[last, last], rel=1e-8)


def test_a_record_that_ends_leaves_what_chance_would_do(seen):
    slope, shown, left_over = seen
    nothing = prepare(WANDER, slope, np.zeros_like(shown))
    surprise, states = surprises(WANDER, nothing, left_over)
    assert (surprise == 0.0).all()
    assert (states == 0.0).all()
    np.testing.assert_allclose(nothing.covariance[-1, 0], WANDER.drift_sd**2)
    np.testing.assert_allclose(nothing.covariance[-1, 2], WANDER.quick_sd**2)


def test_torch_says_the_same(seen):
    slope, shown, left_over = seen
    prepared = prepare(WANDER, slope, shown)
    torched = type(prepared)(*(torch.from_numpy(array) for array in vars(prepared).values()))
    for own, other in zip(
        surprises(WANDER, prepared, left_over),
        surprises(WANDER, torched, torch.from_numpy(left_over)),
        strict=True,
    ):
        np.testing.assert_allclose(other.numpy(), own, rtol=1e-12)
