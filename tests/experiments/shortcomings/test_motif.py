"""Explanations over time: planted minutes score as they should, and every method says something of every cell."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from predictors.risk.fritz2019 import Network
from sim.outcomes.mortality.death import Mortality, people
from sim.outcomes.mortality.hour import CARRIERS, CHANNELS, MINUTES

motif = pytest.importorskip("experiments.shortcomings.reasons.motif")


@pytest.fixture(scope="module")
def few():
    """Some people, a network that learned nothing, and what it is shown of them."""
    cohort = people(Mortality(prevalence=0.3), 12, 5)
    seen = motif.watched(cohort)
    torch.manual_seed(0)
    network = Network(seen.values.shape[1], len(CHANNELS))
    network.settle(seen)
    network.eval()
    return cohort, network, *network.inputs(seen)


def test_the_planted_cells_are_found_by_whoever_names_them_and_not_by_lot(few):
    cohort, network, static, shown = few
    sag = cohort.hidden["sagging"].T[:, None] * np.isin(list(CHANNELS), CARRIERS)[None, :, None]
    right = motif.scores(network, cohort, sag + 0.0, static, shown)
    assert right["minute"].all()
    np.testing.assert_allclose(right["cells"], 1.0)
    lot = np.random.default_rng(0).random((cohort.count, len(CHANNELS), MINUTES))
    assert abs(motif.scores(network, cohort, lot, static, shown)["cells"].mean() - 0.5) < 0.1


def test_taking_away_what_matters_leaves_less_than_taking_away_what_does_not(few):
    _, network, static, shown = few
    pytest.importorskip("captum")
    shares = np.abs(motif.integrated_gradients(network, static, shown)).reshape(len(shown), -1)
    first = motif.deletion(network, shares, static, shown).mean()
    assert first < motif.deletion(network, -shares, static, shown).mean()


def test_integrated_gradients_are_complete(few):
    _, network, static, shown = few
    pytest.importorskip("captum")
    shares = motif.integrated_gradients(network, static, shown).sum(axis=(1, 2))
    with torch.no_grad():
        whole = (network(static, shown) - network(static, torch.zeros_like(shown))).numpy()
    np.testing.assert_allclose(shares, whole, atol=0.02)


def test_occlusion_and_grad_cam_tell_of_every_channel_and_minute_of_a_person(few):
    _, network, static, shown = few
    pytest.importorskip("captum")
    hidden = motif.occlusion(network, static[:2], shown[:2])
    assert hidden.shape == (2, len(CHANNELS), MINUTES)
    seen = motif.grad_cam(network, static, shown)
    assert seen.shape == (len(shown), len(CHANNELS), MINUTES)
    np.testing.assert_allclose(motif.grad_cam(network, static[3:4], shown[3:4])[0], seen[3], atol=1e-6)
    assert seen[3].std() > 0.0
