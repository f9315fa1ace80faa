"""People before and after surgery: their ratings are those of the paper, and their fingers answer pain as is known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from experiments.sites.pain import Difficulty, Ward, courses
from predictors.learning.cases import Cases
from sim.randomness import case_keys

PRINTED = np.array([7, 2, 4, 9, 10, 20, 7, 17, 17, 5, 2]) / 100.0  # ratings 0-10. Lim 2019, Sensors 19:384
SHORT = Ward(windows=2, window=30.0)


@cache
def heard() -> Cases:
    """Forty people, half a minute a window."""
    return SHORT.cases(40, 0)


def test_ratings_after_surgery_are_those_of_the_paper_and_hardly_any_pain_comes_before():
    before, after = courses(case_keys(0, np.arange(4000)), Difficulty())
    shares = np.bincount(after.rating.astype(int), minlength=11) / 4000.0
    assert np.abs(np.cumsum(shares) - np.cumsum(PRINTED)).max() < 0.1  # ties of the paper's 100 people
    assert shares[:4].sum() == pytest.approx(0.22, abs=0.03)
    assert (before.rating >= 4).mean() < 0.02
    assert before.pain.max() <= 0.05


def test_a_case_is_a_window_of_a_person_and_windows_of_a_recording_share_its_rating():
    cases = heard()
    assert cases["ppg"].shape == (3000, 160)
    assert len(set(cases.who)) == 160
    assert len(set(cases.subject)) == 40
    for name in ("rating", "pain", "after"):
        own = cases.label(name).reshape(40, 2, 2)
        assert (own[..., 0] == own[..., 1]).all()
    np.testing.assert_array_equal(cases.label("after")[0][:4], [0, 0, 1, 1])


def test_pain_takes_amplitude_from_the_wave():
    cases = heard()
    size = (
        np.log(np.ptp(np.percentile(cases["ppg"], [5, 95], axis=0), axis=0)).reshape(40, 2, 2).mean(axis=-1)
    )
    pain = cases.label("pain").reshape(40, 2, 2)[:, 1, 0]
    fallen = size[:, 1] - size[:, 0]
    assert fallen.mean() < -0.1
    assert fallen[pain > np.median(pain)].mean() < fallen[pain <= np.median(pain)].mean()


def test_pain_hastens_the_heart():
    _, after = courses(case_keys(0, np.arange(10)), Difficulty())
    from experiments.sites.pain import drive

    row = drive(after, case_keys(0, np.arange(10)), Difficulty(), 1, 1, 60)
    np.testing.assert_allclose(row.heart_rate - after.heart_rate, 18.0 * after.answer * row.nociception)
    assert row.nociception.min() >= 0.0
    assert row.nociception.max() <= 1.0


def test_a_person_alone_is_the_same_in_a_crowd():
    alone = SHORT.cases(1, 0)
    np.testing.assert_allclose(alone["ppg"], heard()["ppg"][:, :4], atol=1e-5)
    np.testing.assert_array_equal(alone.label("rating"), heard().label("rating")[:, :4])
