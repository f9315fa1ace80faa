"""The table of scores: a row a question, predictor, subset and score, on samples that everybody can be judged on."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.judging import scores
from experiments.judging.questions import ALL, Question, common, table
from predictors.learning.measures import concordance

CASES, SAMPLES = 20, 30
SUBJECT = np.repeat(np.arange(10), 2)
COUNTED = np.random.default_rng(9).uniform(size=(SAMPLES, CASES)) < 0.9


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """A fifth of the usual draws."""
    monkeypatch.setattr(scores, "RESAMPLES", 400)


def course(seed, noise):
    """An index in time, or a prediction of it, (samples, cases)."""
    truth = 50.0 + 10.0 * np.random.default_rng(0).standard_normal((SAMPLES, CASES))
    return truth + noise * np.random.default_rng(seed).standard_normal(truth.shape)


def asked(about=None, **more):
    """A question in time: two trainings of a network, and two baselines of which one is trained, too."""
    predicted = {
        "plain": course(1, 12.0),
        "fitted (blue)": course(2, 9.0),
        "fitted (red)": course(3, 8.0),
        "network (red)": course(4, 4.0),
        "network": course(5, 5.0),
    }
    made = {"predicted": predicted, "scores": ("CCC", "RMSE", "MDPE"), "baselines": ("plain", "fitted")}
    return Question(about or {"horizon": 60}, course(0, 0.0), COUNTED, **(made | more))


def once(scores=("AUROC", "AUPRC", "Brier"), **more):
    """A question without time: one answer a case, arrays of shape (1, cases)."""
    random = np.random.default_rng(1)
    odds = random.standard_normal((1, 60))
    event = (random.uniform(size=odds.shape) < 1.0 / (1.0 + np.exp(-odds))).astype(float)
    predicted = {"model": 1.0 / (1.0 + np.exp(-odds)), "same": np.full_like(odds, 0.4)}
    made = {"counted": np.ones(odds.shape, dtype=bool), "predicted": predicted, "baselines": ("same",)}
    return Question({"outcome": "injury"}, event, scores=scores, **(made | more))


def row(found, predictor, metric, subset=ALL, word="subset"):
    rows = found[(found["predictor"] == predictor) & (found["metric"] == metric) & (found[word] == subset)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_every_predictor_has_every_score_in_every_subset_beginning_with_all():
    early = np.broadcast_to(np.arange(SAMPLES)[:, None] < 10, COUNTED.shape)
    found = table([asked()], {"early": early, "late": ~early}, SUBJECT, word="phase")
    assert len(found) == 5 * 3 * 3
    assert found["phase"].unique().tolist() == [ALL, "early", "late"]
    assert (found["horizon"] == 60).all()
    counts = found.groupby("phase")["samples"].first()
    assert counts["all"] == counts["early"] + counts["late"] == COUNTED.sum()
    assert (found["subjects"] == 10).all()
    columns = ["horizon", "predictor", "phase", "metric", "subjects", "samples", "estimate", "low", "high"]
    assert found.columns[:9].tolist() == columns


def test_an_estimate_is_the_score_of_the_samples_of_its_subset():
    chosen = np.broadcast_to(SUBJECT < 4, COUNTED.shape)
    found = row(table([asked()], {"few": chosen}, SUBJECT), "network", "CCC", "few")
    kept = COUNTED & chosen
    assert found["estimate"] == pytest.approx(concordance(course(0, 0.0)[kept], course(5, 5.0)[kept]))
    assert (found["subjects"], found["samples"]) == (4, kept.sum())
    assert found["low"] < found["estimate"] < found["high"]


def test_differences_are_to_the_baseline_of_the_same_training_else_to_the_last():
    found = table([asked()], {}, SUBJECT)
    estimate = {name: row(found, name, "RMSE")["estimate"] for name in asked().predicted}
    red, plain = row(found, "network (red)", "RMSE"), row(found, "network", "RMSE")
    assert red["difference_to_fitted"] == pytest.approx(estimate["network (red)"] - estimate["fitted (red)"])
    assert plain["difference_to_fitted"] == pytest.approx(estimate["network"] - estimate["fitted (red)"])
    assert red["difference_to_plain"] == pytest.approx(estimate["network (red)"] - estimate["plain"])
    assert red["difference_to_plain_high"] < 0.0
    for name in ("fitted (red)", "fitted (blue)"):
        assert np.isnan(row(found, name, "RMSE")["difference_to_fitted"])
        assert np.isfinite(row(found, name, "RMSE")["difference_to_plain"])
    assert np.isnan(row(found, "plain", "RMSE")["difference_to_plain"])


def test_a_baseline_that_is_not_there_has_no_column():
    found = table([asked(baselines=("plain", "oracle"))], {}, SUBJECT)
    assert [name for name in found.columns if name.startswith("difference")] == [
        "difference_to_plain",
        "difference_to_plain_low",
        "difference_to_plain_high",
    ]


def test_what_lies_inside_an_interval_is_a_row_of_those_who_give_one():
    inside = np.zeros(COUNTED.shape, dtype=bool)
    inside[: SAMPLES // 2] = True
    found = table([asked(inside={"network": inside})], {}, SUBJECT)
    assert (found["metric"] == "coverage_80").sum() == 1
    share = row(found, "network", "coverage_80")
    assert share["estimate"] == pytest.approx(inside[COUNTED].mean())
    assert np.isnan(share["difference_to_plain"])


def test_one_answer_a_case_is_judged_as_many_a_case_are():
    found = table([once()], {"first": (np.arange(60) < 30)[None]}, np.arange(60))
    model = row(found, "model", "AUROC")
    assert (model["subjects"], model["samples"]) == (60, 60)
    assert 0.5 < model["low"] < model["estimate"] < model["high"] < 1.0
    same = row(found, "same", "AUROC")
    assert (same["estimate"], same["low"], same["high"]) == (0.5, 0.5, 0.5)
    assert model["difference_to_same"] == pytest.approx(model["estimate"] - 0.5)
    assert model["difference_to_same_low"] == pytest.approx(model["low"] - 0.5)
    assert row(found, "same", "AUPRC")["estimate"] == pytest.approx(once().target.mean())
    assert row(found, "model", "AUROC", "first")["samples"] == 30


def test_cases_of_a_subject_are_drawn_together_so_fewer_subjects_know_less():
    alone = row(table([once()], {}, np.arange(60)), "model", "Brier")
    doubled = once(
        counted=np.ones((1, 120), dtype=bool),
        predicted={name: np.repeat(said, 2, axis=1) for name, said in once().predicted.items()},
    )
    doubled = Question(**{**vars(doubled), "target": np.repeat(once().target, 2, axis=1)})
    twins = row(table([doubled], {}, np.repeat(np.arange(60), 2)), "model", "Brier")
    assert twins["samples"] == 120
    assert (twins["subjects"], twins["estimate"]) == (60, pytest.approx(alone["estimate"]))
    assert (twins["low"], twins["high"]) == (pytest.approx(alone["low"]), pytest.approx(alone["high"]))
    strangers = row(table([doubled], {}, np.arange(120)), "model", "Brier")
    assert strangers["high"] - strangers["low"] < 0.85 * (alone["high"] - alone["low"])


@pytest.mark.filterwarnings("error")
def test_a_subset_in_which_nobody_is_has_rows_that_say_so():
    nobody = np.zeros((1, 60), dtype=bool)
    found = table(
        [once((*once().scores, "Pk", "calibration_slope", "CCC", "MDPE"))], {"nobody": nobody}, np.arange(60)
    )
    empty = found[found["subset"] == "nobody"]
    assert len(empty) == len(found) / 2
    assert (empty["samples"] == 0).all()
    assert (empty["subjects"] == 0).all()
    assert empty["estimate"].isna().all()


def test_several_questions_stand_below_each_other_each_with_its_own_scores():
    other = asked(about={"horizon": 120}, scores=("RMSE",), predicted={"network": course(5, 5.0)})
    found = table([asked(), other], {}, SUBJECT)
    assert found["horizon"].tolist() == [60] * 15 + [120]
    assert found["metric"].iloc[-1] == "RMSE"


def test_only_samples_for_which_everybody_has_an_answer_count():
    late, early = course(1, 1.0), course(2, 1.0)
    late[:5], early[-3:] = np.nan, np.nan
    counted = common(COUNTED, {"late": late, "early": early})
    assert not counted[:5].any()
    assert not counted[-3:].any()
    np.testing.assert_array_equal(counted[5:-3], COUNTED[5:-3])
