"""Faults of monitors: what the screens show instead, and what they must leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from sim.faults import FAULTS
from tests.sim.faults.living import PERIOD, SIZE, Record, live, side_by_side

MONITOR_FAULTS = [
    "bis_dropout", "bis_stuck", "bis_bias", "bis_drift", "cautery", "bis_delay", "bis_noise", "pressure_missing",
    "pressure_seldom", "pressure_flush", "heart_rate_missing",
]  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def held(record: Record, field: str) -> None:
    """While the fault runs, the field repeats the last value shown before it."""
    values = record.readings[field]
    for patient in range(SIZE):
        begin = np.flatnonzero(record.running[:, patient])[0]
        window = values[record.running[:, patient], patient]
        np.testing.assert_array_equal(window, values[begin - 1, patient])


@pytest.mark.parametrize("name", MONITOR_FAULTS)
@pytest.mark.parametrize("noise", [False, True])
def test_a_fault_of_a_monitor_leaves_the_patient_and_everything_before_it_alone(name, noise):
    clean, faulty = live(noise=noise), side_by_side(tuple(MONITOR_FAULTS), noise)[name]
    np.testing.assert_array_equal(faulty.truth_bis, clean.truth_bis)
    np.testing.assert_array_equal(faulty.truth_pressure, clean.truth_pressure)
    np.testing.assert_array_equal(faulty.delivered, clean.delivered)
    assert faulty.running.any(0).all()
    quiet = (
        ~faulty.running if not noise else faulty.running.cumsum(0) == 0
    )  # a dropout may hold a faulty value
    for field, values in clean.readings.items():
        mask = np.broadcast_to(quiet[:, None] if values.ndim == 3 else quiet, values.shape)
        np.testing.assert_array_equal(faulty.readings[field][mask], values[mask], err_msg=field)


def test_a_dropout_says_that_there_is_no_index():
    record = live("bis_dropout")
    held(record, "bis")
    assert not record.readings["bis_valid"][record.running].any()
    assert (record.readings["signal_quality"][record.running] == 0.0).all()
    assert record.running.sum(0) == pytest.approx(12, abs=1)


def test_a_stuck_index_claims_to_be_valid():
    record = live("bis_stuck")
    held(record, "bis")
    assert record.readings["bis_valid"].all()
    assert (np.abs(record.readings["bis"] - live().readings["bis"])[record.running] > 0.1).any()


@pytest.mark.parametrize(("name", "shift"), [("bis_bias", 20.0), ("cautery", 35.0)])
def test_an_index_is_shifted_and_stays_in_range(name, shift):
    record, clean = live(name), live()
    expected = np.minimum(clean.readings["bis"] + shift, 100.0)
    np.testing.assert_allclose(record.readings["bis"][record.running], expected[record.running])
    quality = record.readings["signal_quality"][record.running]
    assert (quality < 15.0).all() if name == "cautery" else (quality == 100.0).all()


def test_a_bias_is_added_once_even_where_the_monitor_repeats_what_it_shows():
    """Monitors repeat the value on the screen, and that has the bias in it."""
    record, clean = live("bis_bias:at=300,seconds=0,size=15", noise=True), live(noise=True)
    shift = (record.readings["bis"] - clean.readings["bis"])[40:]
    assert np.median(shift) == pytest.approx(15.0, abs=0.2)
    repeats = np.diff(record.readings["bis"][40:], axis=0) == 0.0
    assert repeats.any()
    assert np.abs(np.median(shift[1:][repeats]) - 15.0) < 1.0


def test_a_drifting_index_is_off_by_so_much_an_hour():
    record, clean = live("bis_drift:at=300,per_hour=-36"), live()
    minutes = (np.arange(1, 121)[:, None] * PERIOD - 300.0) / 60.0 + PERIOD / 60.0
    shift = record.readings["bis"] - clean.readings["bis"]
    expected = np.where(minutes > 0.1, -0.6 * minutes, 0.0)
    expected = np.maximum(expected, -clean.readings["bis"])
    np.testing.assert_allclose(shift, np.broadcast_to(expected, shift.shape), atol=1e-9)


def test_a_delayed_index_shows_what_was_measured_before_and_jumps():
    record = live("bis_delay:at=300,size=30,seconds=300", "arterial")
    jumping, clean = live(("bis_delay:at=300,size=30,seconds=300", "bis_delay:at=500,size=120")), live()
    shown, measured = record.readings["bis"], clean.readings["bis"]
    np.testing.assert_allclose(shown[29:59], measured[26:56])
    np.testing.assert_allclose(shown[59:], measured[59:])
    np.testing.assert_allclose(jumping.readings["bis"][29:49], measured[26:46])
    np.testing.assert_allclose(jumping.readings["bis"][49:109], measured[37:97])


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_noise_grows_by_its_factor(factor):
    def deviation(fault):
        faulty, quiet = live(fault, noise=True), live()
        return (faulty.readings["bis"] - quiet.readings["bis"])[30:]

    usual, grown = deviation(""), deviation(f"bis_noise:at=0,seconds=0,factor={factor:g}")
    assert grown.std() / usual.std() == pytest.approx(factor, rel=0.35)
    np.testing.assert_array_equal(
        live("bis_noise:at=0,seconds=0").readings["bis"], live().readings["bis"]
    )  # no noise, nothing to grow


@pytest.mark.parametrize("minutes", [1, 3, 5])
def test_a_pressure_comes_every_few_minutes_and_says_how_old_it_is(minutes):
    record, clean = live(f"pressure_seldom:at=5,every={60 * minutes}"), live()
    age, shown = record.readings["pressure_age"], record.readings["mean_arterial_pressure"]
    expected = (np.arange(1, 121) * PERIOD) % (60 * minutes)
    np.testing.assert_array_equal(age, np.broadcast_to(expected[:, None], age.shape))
    for turn in range(60 * minutes // 10, 120):
        measured = turn - round(expected[turn] / PERIOD)
        np.testing.assert_allclose(shown[turn], clean.readings["mean_arterial_pressure"][measured])
    assert record.readings["pressure_valid"].all()


@pytest.mark.parametrize("pressure", ["arterial", "cuff"])
def test_a_missing_pressure_repeats_the_last_one_and_grows_old(pressure):
    """The age is that of the value shown: a measurement that failed does not make an old value new."""
    record = live("pressure_missing", pressure)
    readings = record.readings
    held(record, "mean_arterial_pressure")
    assert not readings["pressure_valid"][record.running].any()
    for patient in range(SIZE):
        begin = np.flatnonzero(record.running[:, patient])[0]
        window = np.flatnonzero(record.running[:, patient])
        before = readings["pressure_age"][begin - 1, patient]
        expected = before + PERIOD * np.arange(1, len(window) + 1)
        np.testing.assert_allclose(readings["pressure_age"][window, patient], expected)


def test_after_a_missing_cuff_pressure_the_shown_value_is_as_old_as_it_says():
    record = live("pressure_missing", "cuff")
    shown, age = record.readings["mean_arterial_pressure"], record.readings["pressure_age"]
    for turn in range(20, shown.shape[0]):
        for patient in range(SIZE):
            back = round(age[turn, patient] / PERIOD)
            measured = record.truth_pressure[turn - back, patient]
            assert shown[turn, patient] == pytest.approx(measured), (turn, patient)


def test_a_missing_heart_rate_says_so():
    record = live("heart_rate_missing")
    held(record, "heart_rate")
    assert not record.readings["heart_rate_valid"][record.running].any()
    assert record.readings["heart_rate_valid"][~record.running].all()


def test_a_flushed_arterial_line_shows_250():
    record = live("pressure_flush")
    assert (record.readings["mean_arterial_pressure"][record.running] == 250.0).all()
    assert record.running.sum(0) == pytest.approx(2, abs=1)


def test_a_cuff_is_not_disturbed_by_a_flush_of_an_arterial_line():
    record, clean = live("pressure_flush", "cuff"), live("", "cuff")
    np.testing.assert_array_equal(
        record.readings["mean_arterial_pressure"], clean.readings["mean_arterial_pressure"]
    )


def test_every_fault_of_a_monitor_is_tested_here():
    assert [name for name in FAULTS if FAULTS.get(name).shown] == MONITOR_FAULTS
