"""One turn of the loop: whole cases are the same alone, in a batch, in torch, and at half the step."""

from __future__ import annotations

import numpy as np
import pytest

from sim import theatre
from sim.arrays import map_arrays, take
from sim.faults import FAULTS
from sim.interfaces import Orders
from sim.randomness import case_keys
from sim.settings import Models
from sim.theatre import Theatre
from sim.theatre.rollout import cases
from sim.truth import Truth

MISFORTUNE = {"faults": tuple(FAULTS), "bleeding_probability": 1.0}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def targets(number: int, size: int, period: float) -> Orders:
    """An induction, steps, boluses, and a vasopressor switched on and off; the same whoever lies there."""
    time = number * period
    propofol = 4.0 if time < 600.0 else 2.5 + 1.0 * (int(time) // 900 % 2)
    infusions = np.array([[propofol], [3.0], [0.12 if 3000.0 < time < 6000.0 else 0.0]])
    boluses = np.array([[20.0], [0.0], [5.0]]) * (time % 1200.0 == 600.0)
    return Orders(infusions * np.ones(size), boluses * np.ones(size))


def play(room: Theatre, case, turns: int, order=targets):
    """Yield what each turn lets be seen."""
    size = len(case.keys)
    state, seen = theatre.begin(room, case)
    yield state, seen
    for number in range(turns):
        state, seen = theatre.turn(room, case, state, order(number, size, room.control_period))
        yield state, seen


def vitals(seen) -> np.ndarray:
    return np.stack([seen.truth.bis, seen.truth.mean_arterial_pressure, seen.truth.heart_rate])


def test_half_the_step_is_the_same_case():
    """An hour of surgery, bleeding and vasopressor in twenty people: BIS < 0.05, pressure < 0.1 mmHg."""
    courses = []
    for step in (5.0, 2.5):
        options = {"noise": False, "physiology_step": step, "bleeding_probability": 0.6}
        room = Theatre(orders="targets", horizon=3600.0, **options)
        case = cases(room, numbers=20, seed=2)
        assert 5 <= (case.surgery.bleeding_rates[0] > 0).sum() <= 19
        courses.append(np.array([vitals(seen) for _, seen in play(room, case, 360)]))
    assert (np.ptp(courses[0], axis=0) > 5.0).all()
    bis, pressure, rate = np.abs(courses[0] - courses[1]).max((0, 2))
    assert bis < 0.05
    assert pressure < 0.1
    assert rate < 0.1


def test_refreshing_the_kinetics_of_the_bleeding_once_a_minute_is_often_enough(monkeypatch):
    """Against refreshing them every 10 s, while 4 % of the blood is lost a minute: within 0.2 BIS and 0.5 mmHg."""
    room = Theatre(orders="targets", noise=False, horizon=3600.0, bleeding_probability=1.0)
    case = cases(room, numbers=12, seed=5)
    coarse = np.array([vitals(seen) for _, seen in play(room, case, 360)])
    monkeypatch.setattr("sim.theatre.loop.REFRESH", 10.0)
    fine = np.array([vitals(seen) for _, seen in play(room, case, 360)])
    bis, pressure, _ = np.abs(coarse - fine).max((0, 2))
    assert 0.0 < bis < 0.2
    assert 0.0 < pressure < 0.5


def test_a_patient_alone_lives_the_same_case_as_in_a_batch_of_hundreds():
    """Ten minutes with surgery, noise, dropouts and every fault; truth, readings and deliveries."""
    room = Theatre(orders="targets", horizon=600.0, faults=tuple(FAULTS), bleeding_probability=0.5)
    everybody = cases(room, numbers=500, seed=9)
    alone = cases(room, numbers=np.array([417]), seed=9)
    for (_, many), (_, one) in zip(play(room, everybody, 60), play(room, alone, 60), strict=True):
        chosen = take(many, np.array([417]))
        map_arrays(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12), one, chosen)


def test_a_turn_leaves_the_case_the_state_and_the_orders_as_they_were():
    room = Theatre(orders="targets", horizon=7200.0, **MISFORTUNE)
    case = cases(room, numbers=5, seed=4)
    *_, (state, _) = play(room, case, 30)
    orders = targets(3, 5, 10.0)
    before = [map_arrays(np.copy, tree) for tree in (case, state, orders)]
    theatre.turn(room, case, state, orders)
    for tree, copy in zip((case, state, orders), before, strict=True):
        map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), tree, copy)


def test_what_agents_do_never_changes_patient_surgery_noise_or_faults():
    room = Theatre(orders="targets", horizon=1800.0, faults=("bis_dropout",))
    case = cases(room, numbers=8, seed=7)

    def less(number, size, period):
        return Orders(np.full((3, size), 0.5) * [[1], [1], [0]], np.zeros((3, size)))

    for (one, seen), (other, twin) in zip(play(room, case, 100), play(room, case, 100, less), strict=True):
        np.testing.assert_array_equal(one.monitors.index.noise, other.monitors.index.noise)
        for monitor in ("pressure", "heart_rate"):
            states = getattr(one.monitors, monitor), getattr(other.monitors, monitor)
            map_arrays(np.testing.assert_array_equal, *states)
        np.testing.assert_array_equal(one.monitors.index.gap, other.monitors.index.gap)
        np.testing.assert_array_equal(seen.readings.bis_valid, twin.readings.bis_valid)
        np.testing.assert_array_equal(seen.readings.phase, twin.readings.phase)
    assert (np.abs(seen.truth.bis - twin.truth.bis) > 1.0).all()


@pytest.mark.parametrize(("period", "step"), [(10.0, 5.0), (30.0, 5.0), (5.0, 2.5), (60.0, 10.0)])
def test_without_faults_what_arrives_is_what_the_pumps_show(period, step):
    room = Theatre(orders="targets", control_period=period, physiology_step=step, horizon=900.0)
    case = cases(room, numbers=4, seed=1)
    for number, (state, seen) in enumerate(play(room, case, round(900.0 / period))):
        np.testing.assert_allclose(seen.delivered * period, seen.readings.infused, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(seen.readings.time, number * period)
        np.testing.assert_allclose(state.time, number * period)


@pytest.mark.parametrize("orders", ["rates", "targets"])
def test_pumps_are_irregular_under_target_control_unless_told_otherwise(orders):
    delivered = []
    for irregular in (True, False):
        room = Theatre(orders=orders, horizon=1800.0, irregular_pumps=irregular)
        played = play(room, cases(room, numbers=4, seed=3), 60 if orders == "rates" else 180)
        delivered.append(np.array([seen.delivered for _, seen in played]))
    if orders == "rates":
        np.testing.assert_array_equal(*delivered)
    else:
        off = np.log(delivered[0][120:180, :2] / delivered[1][120:180, :2])  # targets are held there
        assert ((off.std(axis=0) > 0.005) & (off.std(axis=0) < 0.04)).all()
        # a load that is divided, and a plateau held a little late, shift the dose of half an hour by thousandths
        np.testing.assert_allclose(delivered[0].sum(axis=0), delivered[1].sum(axis=0), rtol=0.005)


@pytest.mark.parametrize("noise", [False, True])
def test_the_reading_is_the_delayed_truth_without_noise_and_not_the_truth_with_it(noise):
    """The mean of the true index over 15 s around one delay ago."""
    options = {"noise": noise, "physiology_step": 5.0, "control_period": 5.0, "surgery": "struys"}
    room = Theatre(orders="targets", horizon=1800.0, **options)
    case = cases(room, numbers=20, seed=1)
    turns = [seen for _, seen in play(room, case, 360)]
    true = np.array([seen.truth.bis for seen in turns])
    shown = np.array([seen.readings.bis for seen in turns])
    time, around = 5.0 * np.arange(len(true)), np.linspace(-7.5, 7.5, 61)[:, None]
    late = np.stack(
        [
            np.interp(time - delay + around, time, true[:, i]).mean(0)
            for i, delay in enumerate(case.patient.bis_delay)
        ],
        axis=1,
    )
    error = shown - late
    if noise:
        assert error.std() == pytest.approx(4.36, rel=0.15)
        assert (shown != true).mean() > 0.95
    else:
        assert np.abs(error).max() < 1.0
        assert np.abs(error).mean() < 0.05
        assert np.abs(shown - true).max() > 15.0


def test_a_reading_is_the_same_however_often_one_looks():
    """The same rates, watched every 5 and every 20 s, in people who do not wander (drawn once a control period)."""
    shown = []
    for period in (5.0, 20.0):
        room = Theatre(noise=False, control_period=period, horizon=900.0)
        case = cases(room, numbers=6, seed=1, models=Models(bis="eleveld"))
        rates = Orders(np.array([[0.4], [0.1], [0.01]]) * np.ones(6), np.zeros((3, 6)))
        turns = list(play(room, case, round(900.0 / period), lambda *_, rates=rates: rates))
        shown.append(np.array([seen.readings.bis for _, seen in turns])[:: round(20.0 / period)])
    assert np.ptp(shown[0], axis=0).min() > 20.0
    np.testing.assert_allclose(shown[0], shown[1], atol=1e-9)


@pytest.mark.parametrize(
    ("period", "step", "interval"),
    [
        (10, 5, 10),
        (5, 5, 5),
        (1, 1, 1),
        (20, 5, 10),
        (25, 5, 5),
        (30, 5, 15),
        (60, 5, 15),
        (60, 2, 12),
    ],
)
def test_pumps_change_rates_at_whole_steps_and_every_15_seconds_at_most(period, step, interval):
    room = Theatre(control_period=float(period), physiology_step=float(step), horizon=3600.0 * period)
    assert room.pump_interval == interval


def test_cases_begin_awake_with_idle_pumps():
    room = Theatre()
    _, seen = theatre.begin(room, cases(room, numbers=50, seed=3))
    assert (seen.truth.bis > 85.0).all()
    np.testing.assert_array_equal(seen.truth.effect_site, 0.0)
    np.testing.assert_array_equal(seen.readings.infused, 0.0)
    np.testing.assert_array_equal(seen.delivered, 0.0)
    np.testing.assert_array_equal(seen.readings.time, 0.0)
    np.testing.assert_array_equal(seen.readings.phase, 0)
    assert (np.abs(seen.readings.mean_arterial_pressure - seen.truth.mean_arterial_pressure) < 12.0).all()


@pytest.mark.parametrize(
    ("pressure", "rate", "expected"),
    [(25.0, 60.0, False), (24.99, 60.0, True), (80.0, 15.0, False), (80.0, 14.9, True)],
)
def test_patients_are_lost_below_25_mmhg_or_15_beats(pressure, rate, expected):
    one = np.ones(1)
    truth = Truth(50 * one, pressure * one, rate * one, 5 * one, np.zeros((3, 1)), np.zeros((3, 1)), one, one)
    assert theatre.lost(truth).tolist() == [expected]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"control_period": 0.0}, "control_period: 0.0 is not allowed; a positive number of seconds"),
        ({"control_period": float("nan")}, "control_period: nan is not allowed"),
        ({"horizon": float("inf")}, "horizon: inf is not allowed"),
        ({"physiology_step": -1.0}, "physiology_step: -1.0 is not allowed"),
        (
            {"physiology_step": 20.0},
            "physiology_step: 20.0 s is not allowed; at most the control period, 10.0 s",
        ),
        (
            {"physiology_step": 3.0},
            "control_period: 10.0 s is not allowed; a whole multiple of physiology_step, 3.0",
        ),
        (
            {"horizon": 10805.0},
            "horizon: 10805.0 s is not allowed; a whole multiple of control_period, 10.0 s",
        ),
        ({"orders": "x"}, "orders: 'x' is not allowed; rates or targets"),
        ({"target_site": "x"}, "target_site: 'x' is not allowed; effect_site or plasma"),
        ({"pressure": "x"}, "pressure monitor: unknown name 'x'; allowed are arterial, cuff"),
        ({"bis_source": "x"}, "source of the index: unknown name 'x'; allowed are surface, eeg"),
        ({"heart_rate_monitor": "x"}, "heart-rate monitor: unknown name 'x'; allowed are pleth"),
    ],
)
def test_a_room_that_cannot_work_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Theatre(**options)


def test_pumps_that_assume_an_unknown_model_are_refused():
    for field in ("assumed_propofol", "assumed_remifentanil"):
        with pytest.raises(ValueError, match="model: unknown name 'x'; allowed are"):
            cases(Theatre(**{field: "x"}))


def test_keys_are_all_that_chance_depends_on():
    room = Theatre(horizon=600.0)
    one, other = (cases(room, numbers=3, seed=seed) for seed in (1, 2))
    np.testing.assert_array_equal(one.keys, case_keys(1, np.arange(3)))
    assert (one.patient.covariates.weight != other.patient.covariates.weight).any()
    assert (one.surgery.times != other.surgery.times).any()
