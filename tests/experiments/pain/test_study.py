"""The command: a small study from first to last, and bad options refused before anything is written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.pain import study
from experiments.pain.__main__ import main
from experiments.pain.study import Study
from experiments.running.command_line import run
from experiments.sites.pain import Ward


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Windows of a minute, two a recording."""
    monkeypatch.setattr(study, "WARD", Ward(windows=2, window=60.0))


def test_a_study_leaves_scores_a_report_and_a_picture(tmp_path):
    out = tmp_path / "pain"
    options = {"subjects": 16, "contenders": ("SPI", "LR", "oracle"), "classes": (2,), "folds": 4}
    main(Study(**options, runner="here", out=out), Console(quiet=True))
    scores = pd.read_csv(out / "scores.csv")
    assert set(scores["folds"]) == {"subject", "window"}
    assert set(scores["subset"]) == {"all", "after surgery"}
    assert scores[scores["subset"] == "all"]["windows"].unique().tolist() == [64]
    own = scores[(scores["metric"] == "AUC") & (scores["subset"] == "all") & (scores["folds"] == "subject")]
    own = own.set_index("row")["estimate"]
    assert own["oracle (true s)"] > 0.9
    assert own["SPI rule"] > 0.5
    assert np.isfinite(own).all()
    report = (out / "report.md").read_text()
    assert "SYNTHETIC" in report
    assert "| logistic regression |" in report
    assert (out / "page.png").stat().st_size > 5000
    assert (out / "config.json").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--contenders", "nobody"], "contenders: 'nobody' is not allowed; SPI, LR, SVM"),
        (["--classes", "3"], "classes: 3 is not allowed; 2, 4"),
        (["--subjects", "3"], "folds: 5 is not allowed of 3 subjects; 2 to 3"),
        (["--workers", "0"], "workers"),
        (["--seed", "-1"], "seed: -1 is not allowed"),
    ],
)
def test_a_bad_option_is_refused_in_a_line(options, said, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(main, Study, [*options, "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
