"""The command: what it writes, and how it refuses."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.running.command_line import run
from experiments.shortcomings import DEMONSTRATIONS
from experiments.shortcomings.__main__ import main
from experiments.shortcomings.contract import apart, over_repeats, paired
from experiments.shortcomings.study import Shortcomings, study


def test_the_table_and_a_picture_are_written(tmp_path, capsys):
    run(main, Shortcomings, ["--only", "resolution", "--quick", "--out", str(tmp_path)])
    rows = pd.read_csv(tmp_path / "rows.csv")
    assert list(rows["demonstration"].unique()) == ["resolution"]
    assert {"flattering_low", "honest", "difference_high", "teaches"} <= set(rows)
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "![" in report
    assert "resolution.png" in report
    assert (tmp_path / "resolution.png").stat().st_size > 5_000
    assert "the flattering number" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--only", "nothing"], "only: 'nothing' is not allowed; small_samples, "),
        (["--seed", "-1"], "seed: -1 is not allowed; 0 to 999999"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(given, said, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(main, Shortcomings, [*given, "--out", str(tmp_path / "out")])
    assert f"error: {said}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_not_installed_is_said_before_anything_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.shortcomings.reasons.tools.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="captum: not installed"):
        study(Shortcomings(only=("resolution", "motif"), quick=True, out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_all_demonstrations_say_what_they_are():
    for name in DEMONSTRATIONS:
        assert len(DEMONSTRATIONS.describe(name)) > 20


def test_a_paired_difference_is_narrower_than_one_of_others():
    import numpy as np

    values = np.random.default_rng(0).normal(size=300)

    def mean(counts):
        return counts @ values / counts.sum(axis=1)

    def higher(counts):
        return mean(counts) + 0.1

    same, others = paired(higher, mean, 300).difference, apart((higher, 300), (mean, 300)).difference
    assert same.high - same.low < 1e-9
    assert others.high - others.low > 0.1
    assert over_repeats(values + 0.1, values).difference == pytest.approx((0.1, 0.1, 0.1))
