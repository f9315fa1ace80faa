"""Kidney injury after transplantation: its risk is true, its definition AKIN's, its effects what is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sim.outcomes.kidney import ADDITIVE, AKI, AXIS, COLUMNS, Kidney, needed, people
from sim.outcomes.people import refuse, refuse_constant

MANY = 20_000


@pytest.fixture(scope="module", params=[AXIS, ADDITIVE], ids=lambda kidney: kidney.effects)
def cohort(request):
    return people(request.param, MANY, 1)


def test_the_true_risk_is_how_often_it_happens(cohort):
    risk, injured = cohort.risks[AKI], cohort.outcomes[AKI]
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        there = (risk >= low) & (risk <= high)
        wide = 4.0 * np.sqrt((risk[there] * (1.0 - risk[there])).sum()) / there.sum()
        assert injured[there].mean() == pytest.approx(risk[there].mean(), abs=wide)


def test_three_in_ten_are_injured_as_published(cohort):
    assert cohort.outcomes[AKI].mean() == pytest.approx(0.301, abs=0.015)


def test_injury_is_a_rise_by_three_tenths_or_by_half():
    before = np.array([0.4, 0.6, 1.2, 3.0])
    np.testing.assert_allclose(np.exp(needed(before)) * before, [0.6, 0.9, 1.5, 3.3])


def test_columns_hold_what_is_possible_and_some_are_missing(cohort):
    refuse("people", COLUMNS, cohort.columns)
    for name, column in COLUMNS.items():
        missing = np.isnan(cohort.columns[name]).mean()
        assert missing == pytest.approx(column.missing, abs=0.03), name
        assert (missing == 0.0) == (column.missing == 0.0)


def test_what_is_missing_is_not_missing_by_chance():
    cohort = people(AXIS, MANY, 2)
    unmeasured = np.isnan(cohort.columns["lactate"])
    seen = {who: np.nanmean(cohort.columns["blood_loss"][chosen]) for who, chosen in
            (("measured", ~unmeasured), ("not", unmeasured))}  # fmt: skip
    assert seen["not"] < 0.9 * seen["measured"]  # lactate is looked for in who bleeds


def test_shared_causes_correlate_columns_as_their_shares_say():
    cohort = people(AXIS, MANY, 3)
    logs = [np.log(cohort.columns[name]) for name in ("blood_loss", "red_cells")]
    both = np.isfinite(logs[0])
    expected = sum(
        COLUMNS["blood_loss"].causes[cause] * COLUMNS["red_cells"].causes[cause]
        for cause in ("disease", "surgery")
    )
    assert np.corrcoef(logs[0][both], logs[1][both])[0, 1] == pytest.approx(expected, abs=0.03)


def test_a_graft_harms_by_the_two_together_and_by_neither_alone():
    cohort = people(AXIS, MANY, 4)
    fat, long = cohort.columns["donor_steatosis"] == 1.0, cohort.columns["cold_ischaemia"] > 90.0
    known = np.isfinite(cohort.columns["donor_steatosis"]) & np.isfinite(cohort.columns["cold_ischaemia"])
    mean = {
        (f, i): cohort.hidden["injury"][known & (fat == f) & (long == i)].mean()
        for f in (True, False)
        for i in (True, False)
    }
    both = mean[True, False] + mean[False, True] - mean[True, True] - mean[False, False]
    assert both == pytest.approx(2.0 * AXIS.graft, abs=0.05)
    assert mean[True, True] + mean[True, False] == pytest.approx(
        mean[False, True] + mean[False, False], abs=0.06
    )


def test_a_person_is_the_same_in_a_small_cohort_as_in_a_large_one():
    small, large = people(AXIS, 5, 6), people(AXIS, 50, 6)
    for name in COLUMNS:
        np.testing.assert_array_equal(small.columns[name], large.columns[name][:5])
    np.testing.assert_array_equal(small.outcomes[AKI], large.outcomes[AKI][:5])


def test_the_risk_is_that_of_normal_noise_about_the_mean():
    cohort = people(AXIS, 50, 7)
    bar = needed(cohort.columns["creatinine"])  # never missing
    sd = np.sqrt(AXIS.spread**2 + 2.0 * AXIS.assay**2)
    np.testing.assert_allclose(cohort.risks[AKI], norm.sf(bar, cohort.hidden["injury"], sd))


def test_permuted_people_keep_their_columns_and_lose_their_risk():
    cohort = people(AXIS, 200, 8)
    other = cohort.permuted(0)
    assert other.outcomes[AKI].sum() == cohort.outcomes[AKI].sum()
    assert not other.risks
    assert (other.outcomes[AKI] != cohort.outcomes[AKI]).any()
    np.testing.assert_array_equal(other.columns["age"], cohort.columns["age"])


def test_what_is_not_allowed_is_named():
    with pytest.raises(ValueError, match=r"effects: 'both' is not allowed; axis, additive"):
        Kidney("both")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="people"):
        people(AXIS, 0, 1)
    with pytest.raises(ValueError, match="column 'weight' is missing"):
        people(AXIS, 3, 1).matrix(("age", "weight"))
    with pytest.raises(ValueError, match="people: aki is 0 in 3 and 1 in 0"):
        refuse_constant("people", {AKI: np.zeros(3)})
