"""Decisions drawn from known hazards give them back, and who the clinicians were."""

import numpy as np
import pytest

from experiments.clinicians.hazards import Hazards, Process, fit, log_likelihood

TRUE = np.array([[-3.0, 1.0, -0.5], [-3.5, -0.6, 0.8]])  # up and down: always, and two features
CASES, MINUTES, PER_MINUTE = 160, 150, 2
SD = (0.4, 0.6)


@pytest.fixture(scope="module")
def drawn() -> tuple[Process, np.ndarray]:
    random = np.random.default_rng(1)
    own = random.normal(size=(2, CASES)) * np.array(SD)[:, None]
    count = MINUTES * PER_MINUTE
    wandering = np.cumsum(random.normal(size=(CASES, count)), axis=1) / np.sqrt(count)
    seen = np.stack([np.ones((CASES, count)), wandering, random.normal(size=(CASES, count))])
    up, down = np.einsum("wf,fcm->wcm", TRUE, seen) + own[0][None, :, None]
    rates = np.exp(np.stack([up + own[1][:, None], down - own[1][:, None]]))
    chance = random.random((2, CASES, count)) < 1.0 - np.exp(-rates / PER_MINUTE)
    way, case, moment = np.nonzero(chance)
    who = np.repeat(np.arange(CASES), count)
    events = seen[:, case, moment], np.where(way == 0, 1.0, -1.0), case
    return Process(*events, seen.reshape(3, -1), who, 1.0 / PER_MINUTE, CASES), own


def test_known_hazards_are_recovered(drawn):
    process, own = drawn
    found = fit(process)
    np.testing.assert_allclose(found.coefficients, TRUE, atol=0.12)
    np.testing.assert_allclose(found.sd, SD, rtol=0.3)  # deviations are shrunk where a case has few events
    assert np.corrcoef(found.own[1], own[1])[0, 1] > 0.8


def test_the_fit_is_likelier_than_its_neighbours_and_than_nothing(drawn):
    process, _ = drawn
    found = fit(process)
    best = log_likelihood(process, found)
    nothing = Hazards(TRUE * 0.0 + np.array([-3.0, 0.0, 0.0]), 0.0 * found.own, found.sd)
    assert best > log_likelihood(process, nothing) + 50.0
    for step in (0.3, -0.3):
        moved = Hazards(found.coefficients + step * np.array([0.0, 1.0, 0.0]), found.own, found.sd)
        assert best > log_likelihood(process, moved)


def test_a_log_likelihood_by_hand():
    """One event up in two minutes at rates of 0.5 up and 0.25 down a minute: log 0.5 - 2 * 0.75."""
    one = np.ones((1, 1))
    process = Process(one, np.array([1.0]), np.array([0]), np.ones((1, 4)), np.zeros(4, dtype=int), 0.5, 1)
    hazards = Hazards(np.log([[0.5], [0.25]]), np.zeros((2, 1)), np.ones(2))
    assert log_likelihood(process, hazards) == pytest.approx(np.log(0.5) - 1.5)
