"""Answers fold by fold: nobody learns from whom it answers for, windows leak, and permuted labels say nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from experiments.pain import contenders, crossing, judging
from experiments.pain.contenders import Shown
from experiments.pain.crossing import Part, answer, others

PEOPLE, EACH = 40, 6
SUBJECT = np.repeat(np.arange(PEOPLE), EACH)
RECORDING = np.repeat(np.arange(2 * PEOPLE), EACH // 2)


def shown(features: np.ndarray) -> Shown:
    """Windows with these features, (windows, features)."""
    count = len(features)
    pain = np.zeros(count)
    return Shown(features, torch.zeros(count, 100), 50.0 * np.ones(count), pain, SUBJECT)


def area(answered: crossing.Answered) -> float:
    return judging.class_area(*answered, np.ones((1, len(answered.labels))))[0]


@pytest.fixture
def told():
    """Features that tell the rating of a recording (after a fashion), and who the person is."""
    random = np.random.default_rng(0)
    rating = random.integers(11, size=2 * PEOPLE)[RECORDING]
    who = random.normal(size=(PEOPLE, 4))[SUBJECT]
    noise = random.normal(size=(len(SUBJECT), 3))
    return shown(np.column_stack([rating + 2.0 * noise[:, 0], who, noise[:, 1:]])), rating


def test_nobody_learns_from_a_subject_it_answers_for(told, monkeypatch):
    windows, rating = told
    seen = []

    def spy(lesson):
        seen.append((set(lesson.train.subject), set(lesson.test.subject)))
        return {"spy": np.full((len(lesson.test.subject), 2), 0.5)}

    monkeypatch.setitem(contenders.CONTENDERS, "spy", spy)
    for folds in ("subject", "window"):
        seen.clear()
        answer(Part("spy", 2, folds), windows, rating, RECORDING, 5, 0)
        assert len(seen) == 5
        shared = [train & test for train, test in seen]
        assert all(shared) if folds == "window" else not any(shared)


@pytest.mark.parametrize("classes", [2, 4])
def test_what_features_tell_is_learned(told, classes):
    windows, rating = told
    found = answer(Part("LR", classes, "subject"), windows, rating, RECORDING, 5, 0)["logistic regression"]
    np.testing.assert_allclose(found.probability.sum(axis=1), 1.0, atol=1e-6)
    assert area(found) > 0.75


def test_permuted_labels_stay_with_their_recording_and_give_a_half_in_folds_of_subjects():
    labels = (RECORDING % 3 == 0).astype(int)
    moved = others(labels, RECORDING, 0)
    assert moved.sum() == labels.sum()
    assert (moved.reshape(-1, EACH // 2) == moved.reshape(-1, EACH // 2)[:, :1]).all()
    areas = []
    random = np.random.default_rng(0)
    for seed in range(6):
        windows = shown(random.normal(size=(2 * PEOPLE, 5))[RECORDING])
        rating = 10 * others(labels, RECORDING, seed)
        areas.append(
            area(answer(Part("LR", 2, "subject"), windows, rating, RECORDING, 5, 0)["logistic regression"])
        )
    assert np.mean(areas) == pytest.approx(0.5, abs=0.1)


def test_who_is_known_by_the_features_is_known_again_in_folds_of_windows():
    """Each recording has features and a rating of its own, neither telling of the other."""
    random = np.random.default_rng(1)
    features = random.normal(size=(2 * PEOPLE, 30))[RECORDING] + 0.1 * random.normal(size=(len(SUBJECT), 30))
    rating = random.integers(2, size=2 * PEOPLE)[RECORDING] * 10
    by = {
        folds: area(answer(Part("SVM", 2, folds), shown(features), rating, RECORDING, 5, 0)["SVM, RBF"])
        for folds in crossing.FOLDS
    }
    assert by["window"] > 0.9
    assert by["subject"] < 0.65


def test_scores_are_those_of_scikit_learn_and_intervals_hold_them():
    from sklearn import metrics

    random = np.random.default_rng(0)
    for classes in (2, 4):
        labels = random.integers(classes, size=len(SUBJECT))
        probability = random.dirichlet(np.ones(classes), size=len(SUBJECT)) + 0.5 * np.eye(classes)[labels]
        probability /= probability.sum(axis=1, keepdims=True)
        said = probability.argmax(axis=1)
        answered = crossing.Answered(labels, probability)
        two = classes == 2
        expected = {
            "AUC": metrics.roc_auc_score(
                labels, probability[:, 1] if two else probability, multi_class="ovr"
            ),
            "accuracy": metrics.accuracy_score(labels, said),
            "F1": metrics.f1_score(labels, said, average="binary" if two else "macro"),
        }
        for metric, value in expected.items():
            found = judging.score(metric, answered, SUBJECT, 0)
            assert found.estimate == pytest.approx(value, abs=1e-9), metric
            assert found.low < value < found.high
