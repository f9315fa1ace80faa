"""The discriminator: chance for the same kind of cases, certainty for a signature, and a lookout for too little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.population import discriminator
from experiments.population.features import GROUPS, TRACKS, WINDOW, columns_of, features, windows
from tests.experiments.population.conftest import made

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module", autouse=True)
def few_fits():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discriminator, "HALVINGS", 1)
        patch.setattr(discriminator, "TREES", 10)
        yield


@pytest.fixture(scope="module")
def others():
    return made(30, seed=1)


def test_windows_do_not_overlap_and_lie_in_maintenance(cases):
    cut = windows(cases)
    assert cut.signals["bis"].shape == (WINDOW, len(cut.subject))
    counts = pd.Series(cut.case).value_counts()
    assert set(counts) == {3}  # of 290 - 6 - 90 samples


def test_a_window_with_a_long_gap_does_not_count_and_short_ones_are_bridged(cases):
    bis = cases["bis"].copy()
    bis[100:115, 0], bis[100:105, 1] = np.nan, np.nan
    cut = windows(cases.with_signals(bis=replace(cases.signals["bis"], values=bis)))
    counts = pd.Series(cut.case).value_counts()
    assert (counts[cases.who[0]], counts[cases.who[1]]) == (2, 3)
    assert np.isfinite(cut.signals["bis"]).all()


def test_tracks_have_features_of_their_own(cases):
    table = features(windows(cases))
    assert len(columns_of(table, TRACKS)) == table.shape[1]
    parts = [set(columns_of(table, GROUPS[name])) for name in ("index", "circulation", "doses")]
    assert not parts[0] & parts[1]
    assert not parts[1] & parts[2]
    assert {name.split(":")[0] for name in set(table.columns) - set.union(*parts)} == {"between"}


def test_the_same_kind_of_cases_cannot_be_told_apart(cases, others):
    found = discriminator.tell_apart(cases, others)
    assert list(found.auc) == ["all", "index", "circulation", "doses", "control"]
    for area in found.auc.values():
        assert 0.3 < area.estimate < 0.7


def test_a_signature_in_one_track_is_found_there_and_named(cases, others):
    rounded = others.with_signals(
        pressure=replace(others.signals["pressure"], values=2.0 * np.round(0.5 * others["pressure"]))
    )
    done = []
    found = discriminator.tell_apart(cases, rounded, progress=done.append)
    assert sum(done) == discriminator.fits()
    assert found.auc["circulation"].estimate > 0.95
    assert found.auc["all"].estimate > 0.95
    assert found.auc["index"].estimate < 0.7
    assert found.importance["feature"][0].startswith("pressure")
    assert found.scores.groupby("side")["simulated"].mean()["simulated"] > 0.65


def test_too_few_subjects_are_refused_in_one_line(cases):
    with pytest.raises(ValueError, match="9 recorded subjects have 10 min of maintenance"):
        discriminator.check("recorded", cases.select(np.arange(9)))
