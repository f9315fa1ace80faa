"""What a score claims: pooled over samples, drawn again by subjects, paired where two predictors are compared."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.judging import bootstrap, scores
from experiments.judging.scores import (
    NOTHING,
    SCORES,
    by_subject,
    naive_width,
    pooled,
    pooled_difference,
    subject_sums,
)
from predictors.learning import measures
from predictors.learning.measures import (
    case_sums,
    concordance,
    concordance_of,
    prediction_probability,
    root_mean_square_of,
    share_of,
)

RANKS = ("AUROC", "AUPRC")
CLASSED = ("coverage_80", "accuracy", "macro_F1")
SUMMED = ("Brier", "expected_to_observed")
EVERY = ("CCC", "RMSE", "MAE", *SUMMED, "MDPE", "MDAPE", "Pk", *RANKS, "calibration_slope", *CLASSED)


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """A fifth of the usual draws, where it does not matter how exact the ends of an interval are."""
    monkeypatch.setattr(scores, "RESAMPLES", 400)


def noisy(samples=200, cases=12, seed=0, own=8.0, step=4.0):
    """An index that differs from case to case, predictions that share some of it, and which samples count."""
    random = np.random.default_rng(seed)
    measured = 50.0 + own * random.standard_normal(cases) + step * random.standard_normal((samples, cases))
    predicted = 48.0 + 0.5 * (measured - 50.0) + 5.0 * random.standard_normal(cases)
    return measured, predicted, random.uniform(size=measured.shape) < 0.8


def events(samples=40, cases=30, seed=0, knows=1.0):
    """Yes or no, how likely that was said to be, and which samples count; likelier in some cases than in others."""
    random = np.random.default_rng(seed)
    odds = -0.5 + random.standard_normal(cases) + random.standard_normal((samples, cases))
    event = (random.uniform(size=odds.shape) < 1.0 / (1.0 + np.exp(-odds))).astype(float)
    heard = knows * odds + (1.0 - knows) * random.standard_normal(odds.shape)
    return event, 1.0 / (1.0 + np.exp(-heard)), random.uniform(size=odds.shape) < 0.8


def scored(name, data, reference=None, subject=None, seed=0):
    """A score of predictions, or its difference to that of other predictions of the same."""
    target, predicted, counted = data
    subject = np.arange(target.shape[1]) if subject is None else subject
    score = SCORES.get(name)
    own = score.reduce(target, predicted, counted, subject)
    other = None if reference is None else score.reduce(target, reference, counted, subject)
    return score.interval(own, other, subject, seed)


def data_of(name, **more):
    """Data that a score is made for."""
    target, predicted, counted = (noisy if name in ("CCC", "RMSE", "MAE", "MDPE", "MDAPE", "Pk") else events)(
        **more
    )
    return target, predicted > 0.5 if name in CLASSED else predicted, counted


def test_every_score_is_tested_here():
    assert set(EVERY) == set(SCORES)


def test_pooled_sums_are_the_samples_taken_together():
    measured, predicted, counted = noisy()
    sums = case_sums(measured, predicted, counted)
    y, p = measured[counted], predicted[counted]
    assert pooled(sums, concordance_of).estimate == pytest.approx(concordance(y, p))
    assert pooled(sums, root_mean_square_of).estimate == pytest.approx(np.sqrt(np.mean((y - p) ** 2)))
    hit = (np.abs(measured - predicted) < 5.0).astype(float)
    found = pooled(case_sums(measured, hit, counted), share_of).estimate
    assert found == pytest.approx(hit[counted].mean())


def test_cases_of_a_subject_are_added_up():
    measured, predicted, counted = noisy(cases=4)
    subject = np.array(["b", "a", "b", "c"])
    every = case_sums(measured, predicted, counted)
    expected = [every[1], every[0] + every[2], every[3]]
    np.testing.assert_allclose(by_subject(every, subject), expected)
    np.testing.assert_allclose(subject_sums(measured, predicted, counted, subject), expected)


def test_a_difference_is_paired_and_its_interval_excludes_chance():
    measured, predicted, counted = noisy(cases=40)
    better = predicted + 0.3 * (measured - predicted)
    sums, reference = (case_sums(measured, one, counted) for one in (better, predicted))
    difference, alone = pooled_difference(sums, reference, concordance_of), pooled(sums, concordance_of)
    assert difference.estimate == pytest.approx(alone.estimate - pooled(reference, concordance_of).estimate)
    assert 0.0 < difference.low < difference.estimate < difference.high
    assert difference.high - difference.low < alone.high - alone.low


def test_drawing_patients_again_is_honest_where_samples_of_a_patient_are_alike():
    alike, apart = noisy(cases=20), noisy(cases=20, own=0.0, step=9.0)
    for (measured, predicted, counted), least in ((alike, 5.0), (apart, 1.0)):
        interval = pooled(case_sums(measured, predicted, counted), concordance_of)
        assert interval.low < interval.estimate < interval.high
        assert interval.high - interval.low > least * naive_width(measured, predicted, counted)


def test_drawing_patients_again_agrees_with_the_naive_interval_where_samples_are_independent():
    random = np.random.default_rng(0)
    measured = 50.0 + 10.0 * random.standard_normal((50, 400))
    predicted = measured + 10.0 * random.standard_normal((50, 400))
    counted = np.ones_like(measured, dtype=bool)
    interval = pooled(case_sums(measured, predicted, counted), concordance_of)
    assert interval.high - interval.low == pytest.approx(naive_width(measured, predicted, counted), rel=0.35)


@pytest.mark.parametrize("cases", [0, 1])
def test_one_patient_has_no_interval_and_nobody_has_nothing(cases):
    found = pooled(case_sums(*noisy(cases=12))[:cases], concordance_of)
    assert np.isfinite(found.estimate) == (cases == 1)
    assert np.isnan([found.low, found.high]).all()


def test_errors_of_a_case_are_medians_of_its_samples_in_percent_of_the_prediction():
    measured = np.array([[55.0, 30.0], [45.0, 36.0], [60.0, np.nan]])
    predicted = np.array([[50.0, 40.0], [50.0, 40.0], [50.0, 40.0]])
    counted = np.array([[True, True], [True, True], [True, False]])
    bias, error = (scores.medians(measured, predicted, counted, np.arange(2), size) for size in (False, True))
    np.testing.assert_allclose(bias, [10.0, -17.5])
    np.testing.assert_allclose(error, [10.0, 17.5])
    assert scored("MDPE", (measured, predicted, counted)).estimate == pytest.approx(-3.75)
    assert scored("MDAPE", (measured, predicted, counted)).estimate == pytest.approx(13.75)


@pytest.mark.parametrize("name", EVERY)
def test_a_predictor_compared_with_itself_differs_by_nothing(name):
    data = data_of(name)
    assert tuple(scored(name, data, reference=data[1].copy())) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", EVERY)
def test_an_interval_holds_its_estimate_and_a_seed_repeats_it(name):
    found = scored(name, data_of(name))
    assert found.low < found.estimate < found.high
    assert scored(name, data_of(name)) == found
    assert scored(name, data_of(name), seed=1).estimate == found.estimate
    assert scored(name, data_of(name), seed=1).low != found.low


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.filterwarnings("error")
def test_where_nothing_counts_there_is_nothing_to_say(name):
    target, predicted, counted = data_of(name)
    found = scored(name, (target, predicted, counted & False))
    assert np.isnan(found).all()


@pytest.mark.parametrize("name", [*RANKS, "calibration_slope", "Pk"])
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("always", [0.0, 1.0])
def test_where_the_truth_never_differs_nothing_can_be_ranked(name, always):
    _, predicted, counted = events()
    found = scored(name, (np.full(predicted.shape, always), predicted, counted))
    assert np.isnan(found).all()


@pytest.mark.parametrize("name", [*RANKS, "Pk"])
def test_whoever_knows_the_answer_ranks_perfectly_however_patients_are_drawn(name):
    event, _, counted = events()
    assert tuple(scored(name, (event, event, counted))) == pytest.approx((1.0, 1.0, 1.0))


@pytest.mark.parametrize("name", ["AUROC", "Pk"])
def test_whoever_says_the_opposite_ranks_everything_wrongly(name):
    event, _, counted = events()
    assert tuple(scored(name, (event, -event, counted))) == pytest.approx((0.0, 0.0, 0.0))


@pytest.mark.parametrize(("name", "chance"), [("AUROC", 0.5), ("Pk", 0.5), ("AUPRC", None)])
def test_whoever_guesses_ranks_as_chance_does(name, chance):
    event, guess, counted = events(samples=60, knows=0.0)
    expected = event[counted].mean() if chance is None else chance
    found = scored(name, (event, guess, counted))
    assert found.low < expected < found.high
    assert found.estimate == pytest.approx(expected, abs=0.06)
    same_of_everybody = scored(name, (event, np.full_like(event, 0.3), counted))
    assert same_of_everybody.estimate == pytest.approx(expected)


@pytest.mark.parametrize("name", RANKS)
def test_ranks_of_all_samples_are_the_measure_of_them_with_cases_of_a_subject_drawn_together(name):
    event, said, counted = events()
    subject = np.repeat(np.arange(10), 3)
    found = scored(name, (event, said, counted), subject=subject)
    statistic = {"AUROC": measures.roc_area, "AUPRC": measures.average_precision}[name]
    happened, score = event[counted] > 0.5, said[counted]
    whole = statistic(happened, score, np.ones((1, len(score))))
    assert found.estimate == pytest.approx(whole[0])
    whose = np.broadcast_to(subject, event.shape)[counted]
    draws = bootstrap.resample_counts(10, scores.RESAMPLES, 0)
    low, high = np.percentile(statistic(happened, score, draws[:, whose]), [2.5, 97.5])
    assert (found.low, found.high) == pytest.approx((low, high))


def test_many_draws_of_ranks_are_the_same_a_few_at_a_time(monkeypatch):
    whole = scored("AUROC", events())
    monkeypatch.setattr(scores, "CHUNK", 5000)
    assert scored("AUROC", events()) == whole


@pytest.mark.parametrize("name", [*RANKS, "Pk", "Brier"])
def test_who_hears_more_is_better_by_a_difference_that_excludes_chance(name):
    event, well, counted = events(cases=60)
    _, hardly, _ = events(cases=60, knows=0.3)
    found = scored(name, (event, well, counted), reference=hardly)
    sign = -1.0 if name == "Brier" else 1.0
    assert sign * found.low > 0.0 < sign * found.high
    alone = scored(name, (event, well, counted))
    assert found.estimate == pytest.approx(alone.estimate - scored(name, (event, hardly, counted)).estimate)


def test_the_interval_of_ranks_covers_the_truth_about_as_often_as_it_says(monkeypatch):
    """Patients whose samples are alike, drawn anew each time; an interval of single samples would miss far more."""
    monkeypatch.setattr(scores, "RESAMPLES", 300)
    truth = scored("AUROC", alike(2000, 1)).estimate
    found = [scored("AUROC", alike(40, seed)) for seed in range(2, 102)]
    assert np.mean([each.low <= truth <= each.high for each in found]) >= 0.87
    width = np.mean([each.high - each.low for each in found])
    single = scored("AUROC", tuple(values.reshape(1, -1) for values in alike(40, 2)))
    assert width > 1.5 * (single.high - single.low)


def alike(cases, seed):
    """Ten samples of each patient, of one risk and mostly of one fate."""
    random = np.random.default_rng(seed)
    risk = random.standard_normal(cases) + 0.2 * random.standard_normal((10, cases))
    fate = random.standard_normal(cases) + 0.2 * random.standard_normal((10, cases))
    return (risk + fate > 0.5).astype(float), 1.0 / (1.0 + np.exp(-risk)), np.ones(risk.shape, dtype=bool)


def test_pk_on_levels_is_pk_of_the_samples():
    measured, predicted, counted = noisy(samples=30)
    rounded = np.round(measured), np.round(predicted)
    for target, said in (rounded, (rounded[0], 100.0 - rounded[1])):
        found = scored("Pk", (target, said, counted)).estimate
        assert found == pytest.approx(prediction_probability(target[counted], said[counted]), abs=0.01)
    few = np.clip(np.round(measured / 10.0), 3, 7), np.clip(np.round(predicted / 10.0), 3, 7)
    exact = prediction_probability(few[0][counted], few[1][counted])
    assert scored("Pk", (*few, counted)).estimate == pytest.approx(exact, abs=1e-9)


def test_the_calibration_slope_says_who_is_too_sure():
    event, said, counted = events(cases=60)
    odds = np.log(said / (1.0 - said))
    for sureness in (0.5, 1.0, 2.0):
        louder = 1.0 / (1.0 + np.exp(-sureness * odds))
        found = scored("calibration_slope", (event, louder, counted))
        assert found.low < 1.0 / sureness < found.high
        assert found.high - found.low < 0.7 / sureness


def test_one_subject_has_a_score_and_no_interval():
    for name in ("AUROC", "Pk", "CCC"):
        found = scored(name, data_of(name), subject=np.zeros(data_of(name)[0].shape[1]))
        assert np.isfinite(found.estimate)
        assert np.isnan([found.low, found.high]).all()
    assert np.isnan(NOTHING).all()


def test_classes_are_scored_as_scikit_learn_scores_them():
    from sklearn.metrics import accuracy_score, f1_score

    random = np.random.default_rng(3)
    target, counted = random.integers(0, 4, (50, 8)), random.uniform(size=(50, 8)) < 0.7
    said = np.where(random.uniform(size=target.shape) < 0.6, target, random.integers(0, 4, target.shape))
    own, other = target[counted], said[counted]
    assert scored("accuracy", (target, said, counted)).estimate == pytest.approx(accuracy_score(own, other))
    f1 = scored("macro_F1", (target, said, counted)).estimate
    assert f1 == pytest.approx(f1_score(own, other, average="macro"))


def test_the_mean_absolute_error_counts_every_sample_alike():
    measured, predicted, counted = noisy()
    expected = np.abs(measured - predicted)[counted].mean()
    assert scored("MAE", (measured, predicted, counted)).estimate == pytest.approx(expected)
