"""Simulated cases for a purpose: every site in its share, and no chance shared between training and test."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from experiments.sites import SITES, simulated
from experiments.sites.depth import MIX
from experiments.sites.purposes import LARGEST_SEED, OFFSETS, drawn, seed_for
from predictors.learning.cases import join

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Rooms that close after the induction."""
    monkeypatch.setattr(simulated, "HORIZONS", (600.0,))


def test_the_training_mix_holds_every_site_in_its_share():
    assert sum(MIX.values()) == pytest.approx(1.0)
    sites = [name.split()[0] for name in drawn(SITES, MIX, 20, "training", 0).who]
    assert {site: sites.count(site) for site in MIX} == {
        site: round(20 * share) for site, share in MIX.items()
    }


def test_trainings_share_no_chance_with_tests_nor_with_the_closed_loop():
    assert 0 not in OFFSETS.values()
    parts = [drawn(SITES, {"wandering": 1.0}, 2, purpose, 3) for purpose in OFFSETS]
    everybody = join([*parts, SITES.get("wandering").cases(2, 3)])
    assert len(np.unique(everybody.subject)) == 8
    assert len(np.unique(np.round(everybody["propofol"].sum(axis=0), 6))) == 8


def test_no_seed_of_one_purpose_is_that_of_another_or_of_the_closed_loop():
    spans = [(0, LARGEST_SEED), *((seed_for(one, 0), seed_for(one, LARGEST_SEED)) for one in OFFSETS)]
    for (_, end), (begin, _) in itertools.pairwise(sorted(spans)):
        assert end < begin


@pytest.mark.parametrize("seed", [-1, LARGEST_SEED + 1])
def test_a_seed_that_could_be_anothers_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed: {seed} is not allowed; 0 to {LARGEST_SEED}"):
        drawn(SITES, MIX, 3, "training", seed)
