"""The adversary: it finds worse and worse cases, and what it finds can be played again."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console

from experiments import adversary
from experiments.failing.search import Adversary

QUIET = Console(file=io.StringIO())
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_what_is_found_hurts_and_is_the_same_when_it_is_played_again(tmp_path):
    pytest.importorskip("cma", reason="the extra search is not installed")
    out, again = tmp_path / "found", tmp_path / "again"
    config = Adversary(
        agents=("fixed_targets",),
        faults=("disconnection",),
        among=3,
        generations=2,
        candidates=3,
        horizon=1000.0,
        workers=1,
        out=out,
    )
    adversary.main(config, QUIET)
    found, history = pd.read_csv(out / "worst.csv"), pd.read_csv(out / "history.csv")
    assert found.loc[0, "harm"] - found.loc[0, "harm_without"] == pytest.approx(
        history["harm"].iloc[-1], abs=11.0
    )
    assert history["harm"].is_monotonic_increasing
    assert history["harm"].iloc[-1] > 0.0
    before = (out / "worst.csv").read_bytes()
    adversary.main(config, QUIET)  # nothing is missing
    assert (out / "worst.csv").read_bytes() == before

    replay = replace(config, agents=("fixed_targets", "pid_tuned"), replay=out / "worst.csv", out=again)
    adversary.main(replay, QUIET)
    replayed = pd.read_csv(again / "replayed.csv")
    pd.testing.assert_frame_equal(replayed[:1], found)
    assert replayed["agent"].tolist() == ["fixed_targets", "pid_tuned"]
    assert (again / "worst.png").exists()


def test_a_table_that_holds_no_cases_is_refused(tmp_path):
    table = tmp_path / "other.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"replay: .* has no column 'fault'"):
        adversary.main(Adversary(replay=table, out=tmp_path / "run"), QUIET)
    assert not (tmp_path / "run").exists()
