"""Pain that is seen and treated, from first to last on a few patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.guided.recovery import Recovery, main
from experiments.guided.relief import ASKED, CODER, NOBODY, cases, effects
from sim.recovery.course import Course


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recovery")
    config = Recovery(("gradients_svm",), patients=8, minutes=12, trainings=1, steps=20, out=folder)
    main(config, Console(quiet=True))
    return folder


def test_who_asks_treats_better_than_who_does_nothing_and_all_who_watch_stand_beside(played):
    rows = pd.read_csv(played / "effects.csv").set_index(["arm", "measure"])
    assert rows.loc[(ASKED, "in_pain_percent"), "mean"] < rows.loc[(NOBODY, "in_pain_percent"), "mean"]
    assert rows.loc[(NOBODY, "fentanyl_ug"), "mean"] == 0.0
    assert rows.loc[("every 10 min", "fentanyl_ug"), "mean"] == 100.0
    arms = {arm for arm, _ in rows.index}
    assert {ASKED, CODER, NOBODY, "gradients_svm, home", "gradients_svm, shifted"} <= arms


def test_the_drug_for_all_alike_is_what_fixed_times_already_are(played):
    rows = pd.read_csv(played / "effects.csv").set_index(["arm", "measure"])
    for arm in (NOBODY, "every 10 min"):
        assert rows.loc[(arm, "in_pain_percent"), "alike_mean"] == 0.0


def test_a_report_says_that_it_is_an_assumption_and_shows_it(played):
    report = (played / "report.md").read_text()
    assert "an assumption, not a measurement" in report
    assert "nor that pain can be seen" in report
    assert report.count("| gradients_svm, shifted |") == 1
    assert report.count("| gradients_svm |") == 1
    assert (played / "recovery.png").stat().st_size > 10_000
    watchers = pd.read_csv(played / "watchers.csv").set_index("watcher")
    assert (
        watchers.loc[CODER, "auc_home"] == watchers.loc[CODER, "auc_shifted"]
    )  # units are the same, drawn or not


def test_differences_are_paired_and_trainings_are_averaged_within_patients():
    rng = np.random.default_rng(0)
    pains = rng.uniform(0.0, 10.0, (60, 50))
    none = np.zeros_like(pains)
    base, other = Course(pains, none, none), Course(np.where(pains < 5.0, 0.0, pains), none, none)
    arms = {ASKED: [base], "two": [base, other]}
    table = effects(cases(arms, arms), ASKED, 0).set_index(["arm", "measure"])
    expected = 100.0 * 0.5 * (np.mean(other.pain >= 4.0) - np.mean(base.pain >= 4.0))
    row = table.loc[("two", "in_pain_percent")]
    assert row["asked_mean"] == pytest.approx(expected)
    assert row["asked_high"] < 0.0
    assert row["alike_mean"] == 0.0


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"learners": ("me",)}, "learners: 'me' is not allowed; majority"),
        ({"patients": 1}, "patients: 1 is not allowed; 2 or more"),
        ({"minutes": 5}, "minutes: 5 is not allowed; 10 or more"),
        ({"trainings": 0}, "trainings: 0 is not allowed; 1 or more"),
        ({"block": 2.0}, "block: 2.0 is not allowed; 0 to 1"),
        ({"seed": -1}, "seed: -1 is not allowed"),
    ],
)
def test_bad_options_are_named_before_anything_is_made(option, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        main(Recovery(**{"out": tmp_path / "never", **option}))
    assert not (tmp_path / "never").exists()
