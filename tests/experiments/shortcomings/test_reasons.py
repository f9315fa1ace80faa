"""Explanations are held against reasons that are known: what learned finds them, what did not does not."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from experiments.shortcomings.reasons import planted, tools
from experiments.shortcomings.reasons.planted import BACKGROUND, NAMES, REASONS, cohort, true_shares
from experiments.shortcomings.reasons.scoring import over_both, rank_correlations


def test_true_shares_add_up_to_how_far_somebody_is_from_the_others():
    some, others = cohort(40, 1), cohort(BACKGROUND, 2)
    shares = true_shares(some.columns, others.columns)
    whole = planted.log_odds(some.columns) - planted.log_odds(others.columns).mean()
    np.testing.assert_allclose(shares.sum(axis=1), whole, atol=1e-9)
    assert not np.delete(shares, [NAMES.index(name) for name in REASONS], axis=1).any()


def test_rank_correlations_are_those_of_scipy():
    from scipy.stats import spearmanr

    one, other = np.random.default_rng(0).normal(size=(2, 5, 9))
    expected = [spearmanr(a, b).statistic for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(rank_correlations(one, other), expected)
    assert rank_correlations(np.zeros((1, 9)), other[:1])[0] == 0.0


def test_few_trainings_widen_an_interval_that_people_alone_would_make_narrow():
    alike = np.random.default_rng(0).normal(0.5, 0.1, (3, 200))
    apart = alike + np.array([[-0.3], [0.0], [0.3]])
    one, other = over_both(alike, 0), over_both(apart, 0)
    assert one.estimate == pytest.approx(other.estimate)
    assert other.high - other.low > 5.0 * (one.high - one.low)


@pytest.mark.parametrize("missing", ["captum", "shap"])
def test_without_a_library_the_way_to_install_it_is_named(missing, monkeypatch):
    monkeypatch.setattr(tools, "find_spec", lambda name: None if name == missing else sys)
    with pytest.raises(
        ValueError, match=rf"{missing}: not installed; pip install 'anesthesia-testbed\[explain\]'"
    ):
        tools.require()


def test_trees_and_networks_point_at_planted_reasons_and_random_ones_do_not(monkeypatch):
    pytest.importorskip("captum")
    pytest.importorskip("shap")
    from experiments.shortcomings.reasons import tables

    quick = {name: method for name, method in tables.NETWORK.items() if name != "KernelSHAP"}
    monkeypatch.setattr(tables, "NETWORK", quick)
    found = tables.Tables(1200, 20, 1).show(0)
    for row in found.rows:
        assert row.contrast.difference.low > 0.0, row.score
        assert abs(row.contrast.honest.estimate) < 0.25


def test_a_drug_given_against_danger_is_told_as_the_danger():
    pytest.importorskip("shap")
    from experiments.shortcomings.reasons.traps import Traps

    bystander, marker, reaction = Traps(2000, 200, 2).show(0).rows
    assert reaction.contrast.flattering.estimate > 0.0 > reaction.contrast.honest.estimate
    assert marker.contrast.flattering.estimate > 0.1
    assert bystander.contrast.flattering.estimate > 0.3
