"""Death after surgery: true risks, and a sag of which only the order of minutes tells anything."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import ks_2samp

from predictors.learning.measures import roc_area
from sim import randomness
from sim.outcomes.mortality import frailty
from sim.outcomes.mortality.death import DEATH, SILENT, TELLING, Mortality, intercept, people
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import ABSENT, CARRIERS, CHANNELS, MINUTES, course
from sim.outcomes.people import refuse

MANY = 6000


@pytest.fixture(scope="module")
def cohort():
    return people(TELLING, MANY, 1)


def area(event: np.ndarray, score: np.ndarray) -> float:
    return float(roc_area(event, score, np.ones((1, len(score))))[0])


def test_the_same_sag_is_played_forwards_or_backwards():
    begin, length, onset = np.array([3.0, 20.0]), np.array([12.0, 18.0]), np.array([2.0, 3.0])
    forth, back = (course(begin, length, onset, np.full(2, way)) for way in (1.0, -1.0))
    for person in range(2):
        inside = slice(int(begin[person]), int(begin[person] + length[person]))
        np.testing.assert_allclose(forth[inside, person], back[inside, person][::-1])
        assert forth[:, person].sum() == forth[inside, person].sum()  # nothing outside
        assert forth[inside, person].argmax() == onset[person] - 1  # fast in, slow out


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_number_that_ignores_order_tells_the_two_ways_apart(cohort, channel):
    series, fast = np.asarray(cohort.series[channel], dtype=float), cohort.hidden["way"] > 0
    known = np.isfinite(series).all(axis=0)
    for reduce in (np.mean, np.std, np.min, np.max, lambda x, axis: (x < 65.0).mean(axis=axis)):
        told = reduce(series[:, known], axis=0)
        assert ks_2samp(told[fast[known]], told[~fast[known]]).pvalue > 1e-3


def test_order_tells_them_apart(cohort):
    for channel in ("pressure", "end_tidal_co2", "norepinephrine"):
        steps = np.diff(np.asarray(cohort.series[channel], dtype=float), axis=0)
        leaning = np.nansum(steps**3, axis=0)
        told = area(cohort.hidden["way"] > 0, leaning if channel == "norepinephrine" else -leaning)
        assert told > 0.65, channel


def test_the_planted_reason_is_returned(cohort):
    sagging, way = cohort.hidden["sagging"], cohort.hidden["way"]
    assert sagging.shape == (MINUTES, MANY)
    assert ((sagging.sum(axis=0) >= 10) & (sagging.sum(axis=0) <= 22)).all()
    np.testing.assert_allclose(cohort.hidden["motif"], 1.5 * way)
    np.testing.assert_allclose(
        logit(cohort.risks[DEATH]), intercept(TELLING) + cohort.hidden["frailty"] + cohort.hidden["motif"]
    )
    for channel in CARRIERS:
        series = np.asarray(cohort.series[channel], dtype=float)
        gap = np.nanmean(series[sagging > 0.5]) - np.nanmean(series[sagging < 0.5])
        assert gap > 0.02 if channel == "norepinephrine" else gap < -1.0, channel


def test_without_strength_minutes_say_nothing_that_frailty_does_not():
    silent, telling = people(SILENT, 300, 2), people(TELLING, 300, 2)
    np.testing.assert_allclose(logit(silent.risks[DEATH]), intercept(SILENT) + silent.hidden["frailty"])
    assert not silent.hidden["motif"].any()
    for channel in CHANNELS:  # the hour is the same, whatever it means
        np.testing.assert_array_equal(silent.series[channel], telling.series[channel])


@pytest.mark.parametrize("mortality", [SILENT, TELLING, Mortality(prevalence=0.3)])
def test_as_many_die_as_asked_for_and_the_risk_is_how_often(mortality):
    z, _ = frailty.drawn(randomness.case_keys(3, np.arange(40_000)))
    assert frailty.log_odds(z).std() == pytest.approx(frailty.spread(), rel=0.02)
    cohort = people(mortality, MANY, 3)
    risk, dead = cohort.risks[DEATH], cohort.outcomes[DEATH]
    assert risk.mean() == pytest.approx(mortality.prevalence, rel=0.1)
    for part in np.array_split(np.argsort(risk), 3):
        wide = 4.0 * np.sqrt((risk[part] * (1.0 - risk[part])).sum()) / len(part)
        assert dead[part].mean() == pytest.approx(risk[part].mean(), abs=wide)


def test_frailty_alone_ranks_about_as_designed():
    cohort = people(SILENT, 20_000, 4)
    frail, risk = cohort.hidden["frailty"], cohort.risks[DEATH]
    order = np.argsort(frail)
    risk, lives = risk[order], 1.0 - risk[order]
    expected = (risk * (np.cumsum(lives) - 0.5 * lives)).sum() / risk.sum() / lives.sum()
    assert expected == pytest.approx(0.82, abs=0.02)


def test_columns_and_series_hold_what_is_possible_and_some_are_missing(cohort):
    refuse("people", COLUMNS, cohort.columns)
    for name, column in CHANNELS.items():
        series = cohort.series[name]
        assert np.nanmin(series) >= column.low
        assert np.nanmax(series) <= column.high
        assert np.isnan(series).all(axis=0).mean() == pytest.approx(ABSENT.get(name, 0.0), abs=0.02)
    assert set(np.unique(cohort.columns["asa"][np.isfinite(cohort.columns["asa"])])) <= {1, 2, 3, 4, 5, 6}


def test_a_person_is_the_same_in_a_small_cohort_as_in_a_large_one():
    small, large = people(TELLING, 5, 6), people(TELLING, 50, 6)
    chosen = large.select(np.arange(5))
    for group in ("columns", "series", "outcomes", "risks", "hidden"):
        for name, values in getattr(small, group).items():
            np.testing.assert_allclose(values, getattr(chosen, group)[name], err_msg=name)


def test_what_is_not_allowed_is_named():
    with pytest.raises(ValueError, match=r"kappa: -1 is not allowed"):
        Mortality(kappa=-1)
    with pytest.raises(ValueError, match=r"prevalence: 1\.0 is not allowed"):
        Mortality(prevalence=1.0)
    with pytest.raises(ValueError, match="series 'cardiac output' is missing"):
        people(TELLING, 3, 1).watched(("pressure", "cardiac output"))
