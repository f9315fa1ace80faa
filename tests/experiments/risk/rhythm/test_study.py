"""Beats are judged on people and on beats left out: only the second lets a model know whom it is asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.risk.rhythm import page
from experiments.risk.rhythm.contenders import Beats, rule, width
from experiments.risk.rhythm.study import Study, answer, study
from experiments.running.command_line import run
from predictors.learning.contract import Recipe
from predictors.risk import rhythm as network
from sim.waves.pulse.ectopy import RATE, WINDOW, rhythm

PEOPLE, BEATS = 24, 60


@pytest.fixture(scope="module")
def beats():
    return Beats.of(rhythm(np.arange(PEOPLE), BEATS, 5))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("rhythm")
    study(Study(PEOPLE, BEATS, ("majority", "rule", "logistic regression"), folds=3, out=out))
    return out


def test_a_model_that_knows_other_beats_of_a_person_is_flattered(results):
    scores = (
        pd.read_csv(results / "scores.csv").set_index(["model", "metric", "folds"])["estimate"].sort_index()
    )
    learned = scores["logistic regression", "macro_F1"]
    assert learned[page.BEATS] > learned[page.PEOPLE] + 0.03
    unlearned = scores["rule", "macro_F1"]
    assert unlearned[page.BEATS] == unlearned[page.PEOPLE]


def test_accuracy_of_who_always_says_normal_is_the_share_of_normal_beats(results):
    scores = pd.read_csv(results / "scores.csv")
    own = scores[(scores["model"] == "majority") & (scores["metric"] == "accuracy")]
    np.testing.assert_allclose(own["estimate"], own["prevalence"])


def test_the_report_has_a_row_a_model_and_way_of_leaving_out(results):
    text = (results / "report.md").read_text(encoding="utf-8")
    assert text.count("\n| ") == 2 + 2 * 3
    assert "SYNTHETIC" in text


def test_the_width_of_a_gaussian_is_that_between_half_its_heights():
    time = np.arange(round(WINDOW[0] * RATE), round(WINDOW[1] * RATE)) / RATE
    waves = np.stack([-np.exp(-0.5 * (time / sd) ** 2) for sd in (0.02, 0.04)])
    np.testing.assert_allclose(width(waves), 2.6 * 2.355 * np.array([0.02, 0.04]), atol=2.6 / RATE)


def test_the_rule_follows_its_two_limits(beats):
    said = rule(beats, beats, 0).argmax(axis=1)
    early = beats.times[:, 2] < 0.85
    assert (said[~early] == 0).all()
    assert ((said == 2) == (early & (beats.width > 0.12))).all()


def test_nobody_answers_for_people_learned_from(beats, monkeypatch):
    seen = []

    def spying(train, test, seed):
        seen.append(np.intersect1d(train.person, test.person))
        return np.zeros((len(test.kind), 3))

    monkeypatch.setitem(answer.__globals__["CONTENDERS"], "rule", spying)
    answer(beats, "rule", page.PEOPLE, Study(PEOPLE, BEATS, folds=3))
    assert all(len(shared) == 0 for shared in seen)
    assert len(seen) == 3


def test_the_network_learns_something_in_two_epochs_and_needs_two_kinds(beats):
    scale = beats.wave.std()
    learned = network.learn(beats.wave / scale, beats.times, beats.kind, 3, Recipe(epochs=2))
    said = network.probabilities(learned, beats.wave / scale, beats.times)
    np.testing.assert_allclose(said.sum(axis=1), 1.0, atol=1e-5)
    assert said[beats.kind == 2, 2].mean() > 2.0 * said[beats.kind == 0, 2].mean()
    with pytest.raises(ValueError, match=r"kind: all 1440 beats are of kind 0; two or more are needed"):
        network.learn(beats.wave, beats.times, 0 * beats.kind, 3, Recipe(epochs=1))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--contenders", "oracle"], "contenders: 'oracle' is not allowed; majority, rule"),
        (["--people", "3"], "folds: 5 is not allowed of 3 people; 2 to 3"),
        (["--beats", "1"], "beats: 1 is not allowed; 2 or more"),
    ],
)
def test_bad_options_are_named_and_nothing_is_written(options, words, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(study, Study, [*options, "--out", str(tmp_path / "out")])
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
