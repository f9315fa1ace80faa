"""What goes wrong in the room: when it strikes, what it changes, and what it must leave alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from sim import faults, theatre
from sim.faults import FAULTS, FaultPlan, arriving
from sim.interfaces import Orders
from sim.randomness import case_keys
from sim.theatre import Theatre
from sim.theatre.rollout import cases

HORIZON, PERIOD, SIZE = 1800.0, 10.0, 6
KEYS = case_keys(6, np.arange(3000))
MONITOR_FAULTS = [
    "bis_dropout", "bis_stuck", "bis_bias", "cautery", "pressure_missing", "heart_rate_missing", "pressure_flush",
]  # fmt: skip
PUMP_FAULTS = ["occlusion", "disconnection", "rate_gain"]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@dataclass(frozen=True)
class Record:
    """What was seen of a few patients, arrays (turns, ...); `running` (turns, patients)."""

    readings: dict[str, np.ndarray]
    truth_bis: np.ndarray
    truth_pressure: np.ndarray
    delivered: np.ndarray
    running: np.ndarray


@cache
def live(name: str = "", pressure: str = "arterial", noise: bool = False) -> Record:
    """Half an hour of changing rates in six patients, with one fault or none."""
    room = Theatre(horizon=HORIZON, control_period=PERIOD, noise=noise, pressure=pressure)
    room = replace(room, surgery="struys", faults=(name,) if name else ())
    case = cases(room, seed=3, numbers=SIZE)
    state, seen = theatre.begin(room, case)
    turns = []
    for number in range(round(HORIZON / PERIOD)):
        rates = np.array([[0.2 + 0.1 * (number % 7)], [0.2], [0.02]]) * np.ones(SIZE)
        state, seen = theatre.turn(room, case, state, Orders(rates, np.zeros((3, SIZE))))
        turns.append(seen)
    time = PERIOD * np.arange(1, len(turns) + 1)[:, None]
    running = np.zeros((len(turns), SIZE), dtype=bool)
    if name:
        running = (case.faults.starts[0] <= time) & (time < case.faults.ends[0])
    fields = vars(turns[0].readings)
    return Record(
        {field: np.array([getattr(turn.readings, field) for turn in turns]) for field in fields},
        np.array([turn.truth.bis for turn in turns]),
        np.array([turn.truth.mean_arterial_pressure for turn in turns]),
        np.array([turn.delivered for turn in turns]),
        running,
    )


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
    clean, faulty = live(noise=noise), live(name, noise=noise)
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


@pytest.mark.parametrize("name", PUMP_FAULTS)
def test_pumps_show_what_they_believe_they_gave(name):
    record, clean = live(name), live()
    np.testing.assert_allclose(record.readings["infused"], clean.readings["infused"], rtol=1e-12, atol=1e-12)
    assert (record.delivered != clean.delivered).any()
    assert (np.abs(record.truth_bis - clean.truth_bis)[-1] > 0.01).all()


def windows(record: Record) -> np.ndarray:
    """Periods that lie in the fault as a whole: running at both of their ends."""
    before = np.concatenate([np.zeros((1, SIZE), bool), record.running[:-1]])
    return before & record.running


def test_an_occlusion_holds_everything_back_and_gives_it_all_at_the_end():
    record, clean = live("occlusion"), live()
    inside = np.broadcast_to(windows(record)[:, None], record.delivered.shape)
    assert inside.any()
    assert (record.delivered[inside] == 0.0).all()
    np.testing.assert_allclose(record.delivered.sum(0), clean.delivered.sum(0), rtol=1e-9)
    assert (record.delivered.max(0) > 20.0 * clean.delivered.mean(0)).all()


def test_a_disconnection_loses_the_hypnotics_for_good_but_not_the_vasopressor():
    record, clean = live("disconnection"), live()
    inside = windows(record)
    for drug in (0, 1):
        assert (record.delivered[:, drug][inside] == 0.0).all()
        lost = (clean.delivered - record.delivered)[:, drug].sum(0) / clean.delivered[:, drug].mean(0)
        np.testing.assert_allclose(lost, 30.0, atol=2.5)  # periods of 10 s in five minutes
    np.testing.assert_array_equal(record.delivered[:, 2], clean.delivered[:, 2])


def test_a_gain_multiplies_every_rate_to_the_end():
    record, clean = live("rate_gain"), live()
    begun = record.running.cumsum(0) > 1
    ratio = record.delivered / clean.delivered
    np.testing.assert_allclose(ratio[np.broadcast_to(begun[:, None], ratio.shape)], 1.3)
    assert record.running[-1].all()


def test_drug_is_neither_made_nor_lost_by_an_occlusion_however_rates_change():
    rng = np.random.default_rng(1)
    plan = FaultPlan(
        ("occlusion",), np.full((1, 4), [35.0, 0.0, 100.0, 62.0]), np.full((1, 4), [90.0, 40.0, 105.0, 64.0])
    )
    held_back, ordered, arrived = np.zeros((3, 4)), 0.0, 0.0
    for k in range(30):
        rates = rng.uniform(0.0, 2.0, (3, 4))
        found, held_back = arriving(plan, np.full(4, 5.0 * k), rates, held_back, 5.0)
        ordered, arrived = ordered + 5.0 * rates, arrived + 5.0 * found
        np.testing.assert_allclose(arrived + held_back, ordered, rtol=1e-12)
    np.testing.assert_array_equal(held_back, 0.0)


def test_faults_strike_in_the_middle_of_the_case_at_a_time_of_their_own():
    plan = faults.plan(tuple(FAULTS), KEYS, 10000.0)
    assert plan.starts.min() >= 2000.0
    assert plan.starts.max() <= 7000.0
    np.testing.assert_allclose(plan.starts.mean(1), 4500.0, rtol=0.03)
    correlations = np.corrcoef(plan.starts)
    assert np.abs(correlations - np.eye(len(FAULTS))).max() < 0.08
    lengths = (plan.ends - plan.starts)[:, 0]
    expected = [fault.seconds or 10000.0 for fault in FAULTS.values()]
    np.testing.assert_allclose(lengths, expected)


def test_a_fault_strikes_at_the_same_time_alone_among_others_and_in_any_batch():
    both = faults.plan(("cautery", "occlusion"), KEYS[:50], 3600.0)
    alone = faults.plan(("occlusion",), KEYS[[30]], 3600.0)
    assert alone.starts[0, 0] == both.starts[1, 30]


def test_no_faults_are_no_rows():
    plan = faults.plan((), KEYS[:5], 3600.0)
    assert plan.starts.shape == (0, 5)


def test_unknown_and_repeated_faults_are_refused():
    with pytest.raises(ValueError, match=f"faults: unknown name 'x'; allowed are {', '.join(FAULTS)}"):
        faults.plan(("cautery", "x"), KEYS[:1], 3600.0)
    with pytest.raises(ValueError, match="faults: cautery, cautery names one twice; allowed is each once"):
        faults.plan(("cautery", "cautery"), KEYS[:1], 3600.0)


def test_every_fault_is_tested_here():
    assert sorted(MONITOR_FAULTS + PUMP_FAULTS) == sorted(FAULTS)
