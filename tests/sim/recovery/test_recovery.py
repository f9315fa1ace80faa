"""Awake patients: what hurts, what fentanyl leaves of it, and how it is spread and cleared."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.arrays import take
from sim.pharmacokinetics import compartments as pk
from sim.randomness import case_keys
from sim.recovery import fentanyl
from sim.recovery.course import Awake, recover
from sim.recovery.pain import HALVES, relieved, sensitivity, struck, unrelieved
from sim.surgery import plan
from sim.surgery.block import with_block

KEYS = case_keys(11, np.arange(40))
SURGERY = plan("random", KEYS, 10800.0)
PATIENTS = Awake(KEYS, unrelieved(KEYS, SURGERY, 60), sensitivity(KEYS), np.full(40, 70.0))


def every(minutes, dose=50.0):
    return lambda minute, hurts: np.full(hurts.shape, dose * (minute % minutes == 0))


def test_half_of_the_pain_is_left_where_half_should_be_and_all_without_a_drug():
    assert relieved(8.0, HALVES, HALVES) == 4.0
    assert relieved(8.0, 0.0, HALVES) == 8.0
    assert (np.diff(relieved(8.0, np.linspace(0.0, 5.0, 50), HALVES)) < 0.0).all()


def test_people_need_what_people_in_a_recovery_room_needed():
    """Median 0.99, middle half 0.76 to 1.28 ng/mL: Bae, Br J Anaesth 2020;125:976."""
    found = np.percentile(sensitivity(case_keys(0, np.arange(20000))), [25, 50, 75])
    np.testing.assert_allclose(found, [0.76, 0.99, 1.28], rtol=0.03)


def test_a_long_infusion_ends_at_its_rate_over_the_published_clearance():
    people = fentanyl.kinetics(np.array([70.0, 35.0]))
    rates = np.full((400, 2), 1.0 / 60.0)  # µg/s, each of 6 h
    effect = pk.effect_sites(people, rates, 21600.0)[-1]
    np.testing.assert_allclose(effect, [1.0 / 0.704, 1.0 / (0.704 * 0.5**0.75)], rtol=1e-6)
    assert people.v3[1] == 103.0


def test_a_bolus_is_found_in_the_first_volume_and_at_the_effect_site_some_minutes_later():
    course = recover(PATIENTS, lambda minute, hurts: np.full(hurts.shape, 50.0 * (minute == 0)))
    assert (course.effect[0] == 0.0).all()
    assert 2 <= course.effect[:, 0].argmax() <= 5
    assert course.effect.max() < 50.0 / fentanyl.V1
    assert (course.given.sum(axis=0) == 50.0).all()


def test_nobody_treated_hurts_as_if_there_were_no_drug_and_the_more_is_given_the_less_it_hurts():
    nothing = recover(PATIENTS, lambda minute, hurts: 0.0 * hurts)
    np.testing.assert_array_equal(nothing.pain, PATIENTS.unrelieved)
    seldom, often = recover(PATIENTS, every(30)), recover(PATIENTS, every(10))
    assert (seldom.pain <= nothing.pain).all()
    assert (often.pain.mean(axis=0) < seldom.pain.mean(axis=0)).all()


def test_the_same_operation_strikes_everybody_alike_and_a_block_takes_its_share():
    written = "minute,phase,stimulus\n0,,0\n30,incision,12\n90,closing,12\n100,emergence,3\n"
    surgery = plan(pd.read_csv(io.StringIO(written)), KEYS, 7200.0)
    np.testing.assert_allclose(struck(surgery), 12.0)
    np.testing.assert_allclose(struck(with_block(surgery, 0.75)), 3.0)
    np.testing.assert_array_equal(struck(plan("struys", KEYS, 7200.0)), 0.0)
    late = replace(surgery, phase_starts=surgery.phase_starts.copy())
    late.phase_starts[5] = 1e9  # nobody wrote down when the wound was closed
    assert (struck(late) > 0.0).all()


def test_pain_stays_on_its_scale_fades_and_is_the_same_alone():
    assert PATIENTS.unrelieved.min() > 0.0
    assert PATIENTS.unrelieved.max() <= 10.0
    long = unrelieved(KEYS, SURGERY, 240)
    assert long[-60:].mean() < long[:60].mean()
    np.testing.assert_array_equal(long[:60], PATIENTS.unrelieved)
    alone = unrelieved(KEYS[5:6], take(SURGERY, slice(5, 6)), 60)
    np.testing.assert_array_equal(alone[:, 0], PATIENTS.unrelieved[:, 5])


def test_whoever_was_blocked_completely_does_not_hurt():
    assert (unrelieved(KEYS, with_block(SURGERY, 1.0), 10) == 0.0).all()
    half = unrelieved(KEYS, with_block(SURGERY, 0.5), 10)
    assert (half <= unrelieved(KEYS, SURGERY, 10)).all()
    assert half.mean() == pytest.approx(0.5 * unrelieved(KEYS, SURGERY, 10).mean(), rel=0.15)
