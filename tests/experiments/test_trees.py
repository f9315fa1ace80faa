"""Boosted trees as a yardstick: they learn on one part of the subjects, and are scored as networks are on another."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import trees
from experiments.judging import splits
from experiments.sites.recorded import read_cases
from experiments.trees import Trees, main

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


def test_trees_are_scored_on_subjects_they_have_not_seen(recordings, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(trees.GROWN, "max_iter", 5)
    monkeypatch.setitem(trees.GROWN, "min_samples_leaf", 5)
    seen, real = [], trees.grown
    monkeypatch.setattr(trees, "grown", lambda *args: seen.append(args) or real(*args))
    main(Trees(data=recordings, out=tmp_path / "out"))
    train, judged, _ = seen[0]
    cases, _ = read_cases(recordings)
    parts = splits.split(cases, 0)
    assert judged.who.tolist() == cases.who[parts["validation"]].tolist()
    assert train.who.tolist() == cases.who[parts["train"]].tolist()
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert {"trees_doses", "trees_room", "trees", "nominal_surface"} <= set(scores["predictor"])
    assert "trees_room" in capsys.readouterr().out
