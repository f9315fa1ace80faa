"""Cases whose EEG is heard: the same alone as in a batch, the truth in step with what is heard, every depth visited."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.sites import eeg
from experiments.sites.clinicians import Drifting
from experiments.sites.eeg import HEARD_SITES, index_of
from predictors.depth.eeg.features import NAMES
from predictors.depth.eeg.levels import level_of
from sim.covariates import Covariates
from sim.randomness import case_keys

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Two minutes are enough."""
    monkeypatch.setattr(eeg, "LENGTH", 120.0)


@pytest.mark.parametrize("name", HEARD_SITES)
def test_a_site_gives_eeg_its_features_and_the_truth_in_step(name):
    cases = HEARD_SITES.get(name).cases(2, seed=7)
    assert cases["eeg"].shape == (120 * 128, 2)
    assert np.isfinite(cases["eeg"]).all()
    for signal in (*NAMES, "openibis"):
        assert cases[signal].shape == (24, 2)
    truth = cases.label("truth")
    assert truth.shape == (24, 2)
    assert (truth[0] > 80.0).all()
    np.testing.assert_allclose(truth[1:-1:2], 0.5 * (truth[:-2:2] + truth[2::2]), atol=8.0)


def test_a_case_is_the_same_alone_and_in_another_batch(monkeypatch):
    both = HEARD_SITES.get("drifting").cases(3, seed=7)
    monkeypatch.setattr(eeg, "BATCH", 2)
    again = HEARD_SITES.get("drifting").cases(3, seed=7)
    np.testing.assert_allclose(both["eeg"], again["eeg"], atol=1e-3)
    np.testing.assert_allclose(both.label("truth"), again.label("truth"), atol=1e-9)


def test_no_case_is_refused_before_anything_is_simulated():
    with pytest.raises(ValueError, match="patients: 0 is not allowed"):
        HEARD_SITES.get("drifting").cases(0, seed=1)


def test_targets_drift_without_jumps_through_little_and_much():
    keys = case_keys(3, np.arange(200))
    agent = Drifting()
    person = Covariates.of(np.full(200, 50.0), "F", 160.0, 60.0)
    plan = agent.initial(person, keys)

    class Clock:
        """All that the agent looks at."""

        time = np.zeros(200)

    seen = []
    for minute in range(40):
        Clock.time = np.full(200, 60.0 * minute)
        orders, plan = agent.act(plan, Clock, {})
        seen.append(orders.infusions)
    propofol = np.stack(seen)[:, 0]
    assert (propofol[0] == 0.0).all()
    assert np.abs(np.diff(propofol, axis=0)).max() <= agent.most[0] / 2.0 + 1e-9  # per minute
    shares = [
        np.mean((propofol >= low) & (propofol < high)) for low, high in ((0, 1), (1, 2), (2, 4), (4, 8))
    ]
    assert min(shares) > 0.1


def test_the_index_of_an_unreadable_stretch_is_unknown():
    random = np.random.default_rng(0)
    heard = 20.0 * random.normal(size=(60 * 128, 1))
    heard[30 * 128 : 60 * 128] = np.nan
    index = index_of(heard)
    assert index.shape == (12, 1)
    assert np.isfinite(index[1:5]).all()
    assert level_of(np.array([50.0])) == 2.0
