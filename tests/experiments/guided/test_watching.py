"""Rules of treatment: when a bolus is given, by which threshold, and what giving all alike is."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.guided.watching import BOLUS, LOCK_OUT, alike, every, ruled, says, scores, threshold
from sim.randomness import case_keys
from sim.recovery.course import Awake, recover
from sim.recovery.pain import MODERATE, sensitivity

KEYS = case_keys(2, np.arange(30))
PATIENTS = Awake(
    KEYS, np.full((40, 30), 8.0) * np.linspace(0.2, 1.2, 30), sensitivity(KEYS), np.full(30, 70.0)
)


def minutes_given(dose, pains):
    """Minutes at which the only patient is given something."""
    return [minute for minute, hurts in enumerate(pains) if dose(minute, np.array([hurts]))[0] > 0.0]


def test_who_hurts_all_the_time_is_given_a_bolus_whenever_the_last_is_long_enough_ago():
    assert minutes_given(ruled(says, MODERATE), [9.0] * 25) == [0, LOCK_OUT, 2 * LOCK_OUT]
    assert minutes_given(ruled(says, MODERATE), [3.9] * 25) == []
    assert minutes_given(ruled(says, MODERATE), [0.0] * 3 + [4.0] + [0.0] * 20) == [3]


def test_a_score_is_the_mean_of_the_last_looks():
    pains = [0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0]
    assert minutes_given(ruled(says, 5.0, looks=3), pains) == [5]
    np.testing.assert_allclose(scores([np.array([one]) for one in pains], 3)[:, 0], [0, 0, 0, 0, 3, 6, 9])


def test_a_threshold_parts_what_can_be_parted():
    rng = np.random.default_rng(0)
    hurts = rng.uniform(0.0, 10.0, (50, 40))
    best = threshold(2.0 * hurts + 1.0, hurts)
    assert best == pytest.approx(2.0 * MODERATE + 1.0, abs=0.2)
    for none in (np.full(10, 3.0), np.full(10, 5.0)):
        with pytest.raises(ValueError, match=r"hurts: (all|none) of them 4 or more is not allowed; some"):
            threshold(none, none)


def test_all_alike_get_the_same_drug_on_average_minute_by_minute():
    seen = recover(PATIENTS, ruled(says, MODERATE))
    same = recover(PATIENTS, alike(seen))
    np.testing.assert_allclose(same.given.mean(axis=1), seen.given.mean(axis=1))
    assert np.ptp(same.given, axis=1).max() == 0.0
    assert np.ptp(seen.given.sum(axis=0)) >= BOLUS
    assert (seen.pain >= MODERATE).mean() < (same.pain >= MODERATE).mean()


def test_fixed_times_are_the_same_for_all():
    given = recover(PATIENTS, every(20)).given
    assert (given.sum(axis=0) == 2 * BOLUS).all()
    assert (given[[0, 20]] == BOLUS).all()
