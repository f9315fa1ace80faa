"""The odds of the table are those that a regression finds among people drawn from it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from sim.outcomes.ward import risk as ward
from sim.outcomes.ward.course import events
from sim.outcomes.ward.exposures import EXPOSURES
from sim.outcomes.ward.links import OUTCOMES, Link, believed, shipped, used
from sim.randomness import case_keys

DONE = [name for name, exposure in EXPOSURES.items() if exposure.done]
LOW = Link(
    "kidney", "pressure", "map_below_65_min", 10.0, 1.5, 1.2, 1.9, 0.0, 1.0, True, "choice", "a test"
)  # fmt: skip


def exposed(people: int = 3, **given: float) -> dict[str, np.ndarray]:
    """Return people of 60 years and class 2, exposed to nothing but what is given."""
    usual = {"age": 60.0, "asa_2": 1.0, **given}
    return {name: np.full(people, usual.get(name, 0.0)) for name in EXPOSURES}


def fitted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return intercept and slopes of a logistic regression, by Newton's steps."""
    design, found = np.stack([np.ones_like(x), x], axis=1), np.zeros(2)
    for _ in range(25):
        p = expit(design @ found)
        found = found + np.linalg.solve(design.T @ (design * (p * (1.0 - p))[:, None]), design.T @ (y - p))
    return found


def test_one_link_is_recovered_from_drawn_events():
    people = 100_000
    keys = case_keys(5, np.arange(people))
    minutes = np.arange(people) % 61.0
    risks = ward.risk((LOW,), "kidney", {"map_below_65_min": minutes}, incidence=0.1)
    happened = events(keys, {"kidney": risks})["kidney"]
    start, slope = fitted(minutes / 10.0, happened.astype(float))
    assert np.exp(slope) == pytest.approx(1.5, rel=0.01)
    assert start == pytest.approx(logit(0.1), abs=0.03)


def test_half_of_an_association_is_its_square_root():
    whole, half, none = (
        ward.risk(believed((LOW,), share), "kidney", exposed(map_below_65_min=30.0), 0.1)
        for share in (1.0, 0.5, 0.0)
    )
    odds = [value / (1.0 - value) for value in (whole, half, none)]
    np.testing.assert_allclose(odds[0] / odds[2], 1.5**3)
    np.testing.assert_allclose(odds[1] / odds[2], 1.5**1.5)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_nothing_that_is_done_matters_where_nothing_is_causal(outcome):
    links = believed(shipped(), 0.0)
    much = exposed(**dict.fromkeys(DONE, 50.0))
    np.testing.assert_array_equal(ward.risk(links, outcome, much), ward.risk(links, outcome, exposed()))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_more_of_what_harms_harms_more(outcome):
    for link in used(shipped(), outcome):
        steps = np.linspace(0.0, min(EXPOSURES[link.exposure].highest, 100.0), 20)
        risks = ward.risk(shipped(), outcome, {**exposed(20), link.exposure: steps})
        assert np.all(np.diff(risks) * np.log(link.odds_ratio) > 0.0), link.exposure


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_people_like_recorded_ones_who_are_usually_exposed_have_the_published_incidence(outcome):
    rows = used(shipped(), outcome)
    people = dict(ward._people())
    usual = {link.exposure: np.full(ward.PEOPLE, link.usual) for link in rows if link.done}
    risks = ward.risk(shipped(), outcome, {**people, **usual})
    assert risks.mean() == pytest.approx(OUTCOMES[outcome].incidence, rel=1e-6)


def test_a_study_in_its_turn_does_not_count_beside_the_used_one():
    other = replace(LOW, used=False, odds_ratio=1.9)
    one, both = (ward.risk(rows, "kidney", exposed(map_below_65_min=20.0)) for rows in ((LOW,), (LOW, other)))
    np.testing.assert_array_equal(one, both)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"map_below_65_min": np.array([3.0, np.nan])},
            "map_below_65_min: nan (patient 2) is not allowed; 0 to 1440",
        ),
        ({"map_below_65_min": np.array([-1.0, 0.0])}, "map_below_65_min: -1 (patient 1) is not allowed"),
        ({"age": np.array([60.0])}, "exposure 'map_below_65_min' is missing; there are age"),
    ],
)
def test_an_impossible_exposure_is_refused_in_a_line_that_names_it(given, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        ward.risk((LOW,), "kidney", given)


def test_an_impossible_incidence_or_share_is_refused():
    with pytest.raises(ValueError, match=r"incidence: 1\.0 is not allowed; between 0 and 1"):
        ward.risk((LOW,), "kidney", exposed(), 1.0)
    with pytest.raises(ValueError, match=r"causal: 1\.5 is not allowed; 0 to 1"):
        believed((LOW,), 1.5)
