"""Who foresees hypotension is judged forward, in the grey zone and as flatters; what else is said has closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.judging.questions import Question
from experiments.judging.scores import AUPRC, AUROC, CALIBRATION_SLOPE, FEW
from experiments.risk.hypotension import judging, usefulness
from experiments.risk.hypotension.judging import CALM, rounded, selected
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from predictors.risk.hypotension.events import with_labels
from predictors.risk.hypotension.material import EVERY
from sim.covariates import Covariates

BLOCK = 120  # draws


def people(count):
    one = np.ones(count)
    return Covariates(50.0 * one, 0.0 * one, 170.0 * one, 70.0 * one)


def cases(pressure):
    """Return cases with pressures (samples, cases), without doses."""
    nothing = Signal(np.zeros_like(pressure), INTERVAL, nothing=0.0)
    names = np.array([f"case {number}" for number in range(pressure.shape[1])])
    length = np.full(pressure.shape[1], INTERVAL * len(pressure))
    signals = {"pressure": Signal(pressure, INTERVAL), "propofol": nothing, "remifentanil": nothing}
    return with_labels(Cases(names, names, people(len(names)), length, signals), pressure)


@pytest.fixture(scope="module")
def moments():
    """Rare events among many moments of few people, and probabilities that are right about them."""
    random = np.random.default_rng(1)
    odds = random.normal(-3.0, 1.5, (1500, 12)) + random.normal(0.0, 0.7, 12)
    chance = 1.0 / (1.0 + np.exp(-odds))
    return (random.random(odds.shape) < chance).astype(float), chance


@pytest.mark.parametrize("score", [AUROC, AUPRC, CALIBRATION_SLOPE])
def test_many_moments_with_few_predictions_score_as_if_they_were_looked_at_one_by_one(
    moments, score, monkeypatch
):
    happens, chance = moments
    few, counted = rounded(chance), np.ones(chance.shape, dtype=bool)
    subject = np.arange(12)
    assert len(np.unique(few)) < FEW
    together = score.reduce(happens, few, counted, subject)
    assert together.times is not None
    monkeypatch.setattr("experiments.judging.scores.MANY", 10**9)
    singly = score.reduce(happens, few, counted, subject)
    monkeypatch.setattr("experiments.judging.scores.RESAMPLES", BLOCK)
    first, second = (score.interval(one, None, subject, 0) for one in (together, singly))
    assert first == pytest.approx(second, rel=1e-9)


def test_rounding_probabilities_for_judging_changes_no_digit_that_is_shown(moments):
    happens, chance = moments
    counted, subject = np.ones(chance.shape, dtype=bool), np.arange(12)
    whole, coarse = (AUROC.reduce(happens, one, counted, subject) for one in (chance, rounded(chance)))
    ones = np.ones(12)
    from predictors.learning.measures import roc_area

    area = [roc_area(one.event, one.predicted, one.drawn(ones[None]))[0] for one in (whole, coarse)]
    assert area[0] == pytest.approx(area[1], abs=5e-4)
    assert np.isnan(rounded(np.array([np.nan]))).all()


def test_case_control_takes_moments_a_horizon_before_events_and_the_middle_of_calm():
    pressure = np.full((720, 1), 80.0)
    pressure[500:520] = 60.0
    chosen = np.flatnonzero(selected(cases(pressure), 300)[:, 0])
    before = [one for one in chosen if 500 - 30 <= one < 500]
    assert before == list(range(470, 476))
    calm = [one for one in chosen if one not in before]
    assert calm
    for one in calm:
        assert (pressure[max(one - CALM // 2, 0) : one + CALM // 2 + 1] >= 65.0).all()
    assert (np.diff(calm) >= CALM).all()


def question(happens, said):
    return Question({"horizon": 300}, happens, np.ones(happens.shape, dtype=bool), {"one": said}, ("AUROC",))


def test_who_knows_what_comes_gains_as_much_as_there_is_and_who_says_nothing_gains_nothing():
    happens = np.zeros((60, 2))
    happens[:6] = 1.0
    table = usefulness.decision(question(happens, happens))
    assert table["net_benefit"].to_numpy() == pytest.approx(0.1)
    silent = usefulness.decision(question(happens, np.zeros_like(happens)))
    assert silent["net_benefit"].to_numpy() == pytest.approx(0.0)
    assert table["of_all"].iloc[2] == pytest.approx(0.1 - 0.9 / 9.0)  # at a threshold of a tenth


def test_alarms_go_off_no_oftener_than_can_be_borne_and_are_quiet_for_ten_minutes():
    random = np.random.default_rng(3)
    said, happens = np.full((3600, 4), np.nan), np.full((3600, 4), np.nan)
    said[::EVERY] = random.random((1200, 4))
    happens[::EVERY] = random.random((1200, 4)) < 0.05
    known = Question({"horizon": 300}, happens, np.isfinite(said), {"one": said}, ("AUROC",))
    row = usefulness.alarms(known).iloc[0]
    assert row["alarms_per_hour"] <= usefulness.ALARMS + 1e-9
    raised, within = usefulness._raised(np.full((45, 1), 0.9), 0.5)
    assert np.flatnonzero(raised[:, 0]).tolist() == [0, 20, 40]
    assert within.all()


def test_who_says_what_comes_in_tenths_is_calibrated():
    random = np.random.default_rng(0)
    chance = random.random((2000, 5)) * 0.5
    table = usefulness.calibration(question((random.random(chance.shape) < chance).astype(float), chance))
    assert len(table) == usefulness.TENTHS
    assert np.abs(table["said"] - table["came"]).max() < 0.06


def test_hypotension_that_never_comes_cannot_be_judged():
    calm = cases(np.full((240, 9), 85.0))
    with pytest.raises(ValueError, match=r"hypotension to come is 0 at all .* moments"):
        judging.judge(None, calm, {}, 0)
