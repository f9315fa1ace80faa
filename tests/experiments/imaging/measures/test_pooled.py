from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score

from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.contract import HOME, Lessons, phantoms
from experiments.imaging.measures import pooled

ONES = np.ones((1, 12))
TOLD = pooled.told("pain", pooled.in_pain)


@pytest.fixture
def said():
    rng = np.random.default_rng(1)
    person = np.arange(240) % 12
    intensity = np.maximum(rng.normal(1.0, 2.0, 240).round(), 0.0)
    doubt = np.clip(0.1 * intensity + rng.uniform(0.0, 0.6, 240).round(1), 0.0, 1.0)
    test = SimpleNamespace(truth={"pspi": torch.tensor(intensity), "person": torch.tensor(person)})
    return {"pain": torch.tensor(doubt)}, test


def test_the_area_counts_all_pairs_of_those_drawn(said):
    pain, chance = said[1].truth["pspi"].numpy() > 0, said[0]["pain"].numpy()
    area = TOLD(*said)
    assert area(ONES)[0] == pytest.approx(roc_auc_score(pain, chance))
    drawn = np.arange(12) % 3
    each = np.repeat(drawn[None], 20, 0).ravel()
    assert area(drawn[None])[0] == pytest.approx(roc_auc_score(pain, chance, sample_weight=each))


def test_an_area_of_strong_pain_leaves_out_slight_pain(said):
    intensity, chance = said[1].truth["pspi"].numpy(), said[0]["pain"].numpy()
    kept = (intensity == 0) | (intensity >= 3)
    area = pooled.told("pain", partial(pooled.at_least, 3), pooled.free)(*said)
    assert area(ONES)[0] == pytest.approx(roc_auc_score(intensity[kept] > 0, chance[kept]))


def test_where_nobody_is_named_each_image_is_of_somebody_else(said):
    alone = SimpleNamespace(images=np.zeros(240), truth={"pspi": said[1].truth["pspi"]})
    drawn = np.arange(240)[None] % 3
    pain, chance = said[1].truth["pspi"].numpy() > 0, said[0]["pain"].numpy()
    assert TOLD(said[0], alone)(drawn)[0] == pytest.approx(
        roc_auc_score(pain, chance, sample_weight=drawn[0])
    )


def test_f1_is_as_with_as_many_in_pain_as_without(said):
    pain, called = said[1].truth["pspi"].numpy() > 0, said[0]["pain"].numpy() > 0.5
    weight = np.where(pain, 1.0 / pain.sum(), 1.0 / (~pain).sum())
    expected = f1_score(pain, called, sample_weight=weight)
    assert pooled.rates(pooled.balanced_f1)(*said)(ONES)[0] == pytest.approx(expected)


def test_people_are_drawn_and_not_images():
    """Twelve people, each always right or always wrong: the interval is that of twelve numbers, however many images."""
    system = IMAGE_SYSTEMS.get("faces")
    person = np.arange(240) % 12
    truth = {"pspi": torch.ones(240), "person": torch.tensor(person)}
    test = SimpleNamespace(truth=truth)
    heard = {system.naive: [{HOME: {"pain": torch.tensor((person % 2).astype(float))}}]}
    rows = pooled.scores(system, HOME, test, heard, 0)
    row = next(one for one in rows if one["measure"] == "accuracy")
    assert row["estimate"] == 0.5
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(12), rel=0.2)


def test_spread_and_quantiles_are_those_of_the_values_of_whoever_was_drawn():
    values = np.random.default_rng(2).gamma(2.0, size=(12, 5))
    values[3, 2] = np.nan
    test = SimpleNamespace(truth={}, images=values)
    drawn = np.arange(12) % 3
    each = np.concatenate([np.repeat(values[one], count) for one, count in enumerate(drawn)])
    each = each[np.isfinite(each)]
    rows = np.stack([drawn, np.ones(12)])
    for measure, expected in (
        (pooled.mean, each.mean()),
        (pooled.spread, each.std()),
        (lambda of: pooled.limit(of, -1.96), each.mean() - 1.96 * each.std()),
        (lambda of: pooled.quantile(of, 0.95), np.quantile(each, 0.95, method="inverted_cdf")),
        (lambda of: pooled.quantile(of, 0.5), np.quantile(each, 0.5, method="inverted_cdf")),
    ):
        assert measure(lambda said, test: values)({}, test)(rows)[0] == pytest.approx(expected)


def test_gradients_of_faces_tell_pain_better_than_chance():
    system = IMAGE_SYSTEMS.get("faces")
    lessons = Lessons(system.taught, 24, 30, 12, 0, "cpu", lambda share: None)
    test = phantoms(system.generate, 9, np.arange(200), 24)
    statistic = TOLD(system.learners["gradients_svm"](lessons)(test), test)
    assert statistic(np.ones((1, len(test.truth["person"].unique()))))[0] > 0.6


def test_correlation_counts_all_images_of_those_drawn(said):
    one, other = said[0]["pain"].numpy(), said[1].truth["pspi"].numpy()
    measure = pooled.correlation(lambda a, b: (a["pain"].numpy(), b.truth["pspi"].numpy()))(*said)
    assert measure(ONES)[0] == pytest.approx(np.corrcoef(one, other)[0, 1])
    drawn = np.arange(12) % 3
    each = np.repeat(np.arange(240), drawn[said[1].truth["person"].numpy()])
    assert measure(drawn[None])[0] == pytest.approx(np.corrcoef(one[each], other[each])[0, 1])


def test_balanced_accuracy_is_that_of_as_many_with_pain_as_without(said):
    pain, called = said[1].truth["pspi"].numpy() > 0, said[0]["pain"].numpy() > 0.5
    expected = balanced_accuracy_score(pain, called)
    assert pooled.rates(pooled.balanced)(*said)(ONES)[0] == pytest.approx(expected)


def test_a_mean_of_measures_weighs_each_alike_and_leaves_out_what_nobody_drawn_has():
    values = np.repeat(np.arange(12.0)[:, None], 5, 1)
    test = SimpleNamespace(truth={}, images=values)
    low, high = (
        pooled.mean(lambda said, test, kept=kept: np.where(kept, values, np.nan))
        for kept in (values < 3.0, values >= 3.0)
    )
    rows = np.stack([np.ones(12), np.arange(12) >= 3])
    np.testing.assert_allclose(pooled.together([low, high])({}, test)(rows), [0.5 * (1.0 + 7.0), 7.0])


def test_people_count_alike_in_what_is_said_of_them_however_many_images_they_have():
    person = np.repeat(np.arange(12), 1 + np.arange(12))
    right = (np.arange(len(person)) % 3 > 0).astype(float)
    own = np.array([right[person == one].mean() for one in range(12)])
    test = SimpleNamespace(truth={"person": torch.tensor(person)})
    drawn = np.arange(12) % 3
    for share in (0.1, 0.5, 0.9):
        found = pooled.by_person(lambda said, test: right, share)({}, test)(drawn[None])[0]
        assert found == pytest.approx(np.quantile(np.repeat(own, drawn), share, method="inverted_cdf"))
