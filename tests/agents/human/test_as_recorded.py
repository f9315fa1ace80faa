"""The anaesthetist as recorded: chance with known odds, blind to artefacts, the same at any control period."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from agents.human.as_recorded import TABLE, AsRecorded, as_recorded
from agents.human.attention import FEATURES
from agents.human.habits import Habits
from experiments.recorded.practice import Record, practice, quantiles
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.randomness import case_keys
from sim.surgery import CLOSING, EMERGENCE, MAINTENANCE
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

PEOPLE = 300
KEYS = case_keys(3, np.arange(PEOPLE))
ADULTS = Covariates.of([60.0] * PEOPLE, ["F"] * PEOPLE, [165.0] * PEOPLE, [60.0] * PEOPLE)
CALM = {"bis": 45.0, "mean_arterial_pressure": 82.0, "heart_rate": 65.0, "phase": MAINTENANCE}


def reading(time: float, **seen) -> Readings:
    """Show the same to everybody."""
    valid = {"bis_valid": True, "pressure_valid": True, "heart_rate_valid": True, "signal_quality": 95.0}
    full = {name: np.full(PEOPLE, value) for name, value in {**valid, **CALM, **seen}.items()}
    return Readings(
        time=np.full(PEOPLE, time), pressure_age=np.zeros(PEOPLE), infused=np.zeros((3, PEOPLE)), **full
    )


def watch(agent, show, seconds=3600.0, period=10.0):
    """Return times, targets (times, 2, patients) and pressors (times, 2, patients) while `show(time)` is seen."""
    memory = agent.initial(ADULTS, KEYS)
    times, given, injected = np.arange(0.0, seconds, period), [], []
    for time in times:
        orders, memory = agent.act(memory, reading(float(time), **show(float(time))), {})
        given.append(orders.infusions[:2])
        injected.append(np.zeros((2, PEOPLE)) if orders.pressors is None else orders.pressors)
    return times, np.array(given), np.array(injected)


def calm(time):
    return {}


@cache
def undisturbed():
    """The usual clinicians before calm patients, watched once for all tests."""
    return watch(as_recorded(), calm)


@pytest.fixture
def plain() -> AsRecorded:
    """Clinicians who are all alike and turn propofol up 6 times and down twice an hour, whatever they see."""
    habits = as_recorded().habits
    hazards = np.zeros_like(habits.dials[0].hazards)
    hazards[:, FEATURES.index("always")] = np.log([6.0 / 60.0, 2.0 / 60.0])
    never = np.full_like(hazards, 0.0)
    never[:, 0] = -50.0
    propofol, remifentanil = habits.dials
    dials = (replace(propofol, hazards=hazards), replace(remifentanil, hazards=never))
    return AsRecorded(replace(habits, dials=dials, sd=0.0 * habits.sd, times=0.0 * habits.times))


def turns(targets, way):
    return (way * np.diff(targets, axis=0) > 1e-9).sum() / PEOPLE


@pytest.mark.parametrize("period", [5.0, 10.0, 60.0])
def test_a_dial_is_turned_as_often_as_its_hazards_say_at_any_control_period(plain, period):
    _, given, _ = watch(plain, calm, period=period)
    events = 1.0 - np.exp(-8.0 / 3600.0 * period)  # at most one a period
    expected = (3600.0 / period - 1.0) * events
    assert turns(given[:, 0], +1) == pytest.approx(0.75 * expected, rel=0.1)
    assert turns(given[:, 0], -1) == pytest.approx(0.25 * expected, rel=0.15)
    assert turns(given[:, 1], +1) + turns(given[:, 1], -1) == 0.0


def test_a_step_is_as_far_as_the_table_says(plain):
    steps, sd = np.zeros((2, 2, 4)), np.zeros((2, 2))
    steps[:, :, 0] = np.log(np.log(1.25))  # a quarter up, a fifth down
    dial = replace(plain.habits.dials[0], steps=steps, step_sd=sd, start=np.array([np.log(4.0), 0.0]))
    agent = AsRecorded(replace(plain.habits, dials=(dial, plain.habits.dials[1])))
    _, given, _ = watch(agent, calm, seconds=1200.0)
    first = [case[case != 4.0][0] for case in given[:, 0].T if (case != 4.0).any()]
    assert set(np.round(first, 6)) == {3.2, 5.0}


def test_a_light_patient_gets_more_propofol_and_a_hypertensive_one_more_remifentanil():
    agent = as_recorded()
    means = {}
    for name, seen in {
        "calm": {},
        "light": {"bis": 65.0},
        "strained": {"mean_arterial_pressure": 115.0},
    }.items():
        _, given, _ = watch(agent, lambda time, seen=seen: seen, seconds=2400.0)
        means[name] = given[-1].mean(axis=1)
    assert means["light"][0] > 1.1 * means["calm"][0]
    assert means["strained"][1] > 1.1 * means["calm"][1]


def test_a_flush_and_a_gap_go_unnoticed():
    """What lies beyond reason, or is marked invalid, leaves what is in mind."""

    def disturbed(time):
        if 1000.0 <= time < 1120.0:
            return {"mean_arterial_pressure": 260.0, "bis": 0.0, "bis_valid": False, "heart_rate": 0.0}
        return {}

    for quiet, other in zip(undisturbed(), watch(as_recorded(), disturbed), strict=True):
        np.testing.assert_array_equal(quiet, other)


def test_hypotension_is_treated_by_hand_with_pauses():
    _, _, nothing = undisturbed()
    _, _, given = watch(as_recorded(), lambda time: {"mean_arterial_pressure": 52.0})
    assert (nothing.any(axis=1).any(axis=0)).mean() < 0.2
    assert (given.any(axis=1).any(axis=0)).mean() > 0.9
    for case in given.any(axis=1).T:
        assert (np.diff(np.flatnonzero(case)) >= 15).all()  # 150 s


def test_a_slow_heart_gets_ephedrine_rather_than_a_fast_one():
    shares = []
    for rate in (50.0, 100.0):
        seen = {"mean_arterial_pressure": 52.0, "heart_rate": rate}
        _, _, given = watch(as_recorded(), lambda time, seen=seen: seen)
        shares.append((given[:, 0] > 0.0).sum() / (given > 0.0).sum())
    assert shares[0] > shares[1] + 0.2


def test_the_drugs_stop_around_the_end_of_surgery():
    def ending(time):
        return {"phase": MAINTENANCE if time < 1800.0 else CLOSING if time < 2700.0 else EMERGENCE}

    times, given, _ = watch(as_recorded(), ending, seconds=5400.0)
    running = given[times < 1800.0][-1] > 0.0
    assert running.all()
    off = 10.0 * (given > 0.0).sum(axis=0)
    assert 1900.0 < np.median(off[0]) < 2600.0
    assert (given[-1] == 0.0).all()


def test_a_table_that_is_not_whole_is_refused_by_name(tmp_path):
    content = json.loads(TABLE.read_text())
    path = tmp_path / "mine.json"

    def refused(change, match):
        broken = json.loads(TABLE.read_text())
        change(broken)
        path.write_text(json.dumps(broken))
        with pytest.raises(ValueError, match=match):
            Habits.read(path)

    refused(lambda table: table.pop("times"), r"mine.json: 'times' is missing")
    refused(
        lambda table: table["dials"]["propofol"]["hazards"]["up"].update(deep="much"),
        "mine.json: deep 'much'",
    )
    refused(
        lambda table: table["temperament"].update(correlation=[[1.0]]),
        "mine.json: correlation is not allowed",
    )
    assert Habits.read(TABLE).table()["dials"] == content["dials"]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_simulated_patients_are_dosed_as_recorded_ones_were():
    room = Theatre(orders="targets", horizon=7200.0, physiology_step=10.0, assumed_propofol="marsh_pump")
    case = cases(room, seed=4, numbers=60)
    trace = simulate(room, case, as_recorded())
    seen = practice(
        Record(
            10.0,
            case.patient.covariates.weight,
            trace.measured_bis,
            trace.measured_pressure,
            trace.propofol,
            trace.remifentanil,
        )
    )
    middle = {name: quantiles(values)[2] for name, values in seen.items()}
    assert 5.4 <= middle["propofol_mg_per_kg_h"] <= 7.4  # VitalDB, training subjects: 6.4
    assert 0.10 <= middle["remifentanil_ug_per_kg_min"] <= 0.17  # 0.13
    assert 34.0 <= middle["bis_median"] <= 48.0  # 41
    assert 70.0 <= middle["map_median_mmhg"] <= 90.0  # 80
    treated = (trace.ephedrine + trace.phenylephrine > 0.0).any(axis=0).mean()
    assert 0.3 <= treated <= 0.8  # 0.56
