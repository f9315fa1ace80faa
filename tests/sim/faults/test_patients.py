"""Patients who are not what models expect, and surgeries that go another way, against answers by hand."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from sim import patient as physiology
from sim import surgery
from sim.arrays import map_arrays
from sim.interfaces import NOREPINEPHRINE, PROPOFOL
from sim.pharmacodynamics.hypnosis import index
from sim.pharmacokinetics import compartments as pk
from sim.surgery import CLOSING, EMERGENCE, PHASES
from sim.theatre import Theatre
from sim.theatre.rollout import cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
SIZE = 8


def pair(fault: str, **options):
    """The same cases without and with a fault."""
    room = Theatre(horizon=10800.0, **options)
    faulty = replace(room, faults=(fault,))
    return cases(room, seed=5, numbers=SIZE), cases(faulty, seed=5, numbers=SIZE)


def test_a_patient_who_needs_half_as_much_again_shows_the_same_index_at_half_as_much_again():
    usual, other = pair("patient_c50:factor=1.5")
    ce = np.linspace(1.0, 6.0, SIZE)
    expected = index(usual.patient.hypnosis, ce, 0.0 * ce)
    np.testing.assert_allclose(index(other.patient.hypnosis, 1.5 * ce, 0.0 * ce), expected)
    assert (other.patient.consciousness.c50_propofol == 1.5 * usual.patient.consciousness.c50_propofol).all()


def test_half_the_ke0_takes_twice_as_long_to_the_brain():
    usual, slow = pair("patient_ke0:factor=0.5")
    ratio = slow.patient.kinetics.ke0 / np.where(usual.patient.kinetics.ke0, usual.patient.kinetics.ke0, 1.0)
    np.testing.assert_allclose(ratio[PROPOFOL], 0.5)
    for field in fields(usual.patient.kinetics):
        one, other = (getattr(case.patient.kinetics, field.name) for case in (usual, slow))
        rows = slice(1, None) if field.name == "ke0" else slice(None)
        np.testing.assert_array_equal(one[rows], other[rows])


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_potency_multiplies_the_concentration_of_norepinephrine_at_all_times_and_nothing_else(factor):
    usual, other = pair(f"norepinephrine_potency:factor={factor}")
    rates = np.full((3, SIZE), 0.3)
    found = []
    for case in (usual, other):
        step = pk.discretise(case.patient.kinetics, 30.0)
        drugs = pk.empty(case.patient.kinetics)
        levels = []
        for _ in range(10):
            drugs = pk.step(step, drugs, rates)
            levels.append(drugs[0] / case.patient.kinetics.v1)
        found.append(np.array(levels))
    np.testing.assert_allclose(found[1][:, NOREPINEPHRINE], factor * found[0][:, NOREPINEPHRINE])
    np.testing.assert_allclose(found[1][:, :2], found[0][:, :2])


def test_blood_is_lost_as_much_as_is_said():
    usual, bleeding = pair("blood_loss:litres=1.2,seconds=600,at=1800", surgery="none")
    times = np.arange(0.0, 3600.0, 5.0)
    lost = sum(5.0 * surgery.bleeding_at(bleeding.surgery, np.full(SIZE, time)) for time in times)
    np.testing.assert_allclose(lost, 1.2)
    assert (surgery.bleeding_at(bleeding.surgery, np.full(SIZE, 1799.0)) == 0.0).all()
    assert (surgery.bleeding_at(usual.surgery, np.full(SIZE, 1900.0)) == 0.0).all()
    assert (bleeding.patient.blood_volume > 2.0).all()


@pytest.mark.parametrize("kind", ["random", "struys", "none"])
def test_a_stimulus_comes_on_top_and_nobody_announces_it(kind):
    usual, hurt = pair("stimulus:size=30,seconds=100,at=1000", surgery=kind)
    for time in np.arange(0.0, 9000.0, 2.5):
        now = np.full(SIZE, time)
        added = surgery.stimulus_at(hurt.surgery, now) - surgery.stimulus_at(usual.surgery, now)
        rise, fall = (time - 1000.0) / 10.0, (1110.0 - time) / 10.0
        np.testing.assert_allclose(added, 30.0 * min(max(min(rise, fall), 0.0), 1.0), atol=1e-9)
    np.testing.assert_array_equal(hurt.surgery.phase_starts, usual.surgery.phase_starts)


def test_a_surgery_that_ends_early_is_closed_and_over_that_much_sooner():
    usual, early = pair("early_end:at=4000")
    before, after = usual.surgery, early.surgery
    closing = before.phase_starts[CLOSING]
    assert (closing > 4100.0).all()
    np.testing.assert_array_equal(after.phase_starts[CLOSING], 4000.0)
    closes = before.phase_starts[EMERGENCE] - closing
    np.testing.assert_allclose(after.phase_starts[EMERGENCE], 4030.0 + closes)
    assert (np.diff(after.phase_starts, axis=0) >= 0.0).all()
    for time in (100.0, 1500.0, 3990.0):  # nothing has changed until then
        now = np.full(SIZE, time)
        np.testing.assert_allclose(
            surgery.stimulus_at(after, now), surgery.stimulus_at(before, now), atol=1e-9
        )
        np.testing.assert_array_equal(surgery.phase_at(after, now), surgery.phase_at(before, now))
    for share in (0.1, 0.5, 0.9, 2.0):  # from the closing on it is the same surgery, sooner
        since = share * closes
        then, now = (surgery.stimulus_at(one, s + since) for one, s in ((before, closing), (after, 4030.0)))
        np.testing.assert_allclose(now, then, atol=1e-6)
    assert (surgery.phase_at(after, np.full(SIZE, 4001.0)) == PHASES.index("closing")).all()


def test_a_surgery_that_is_over_by_then_ends_when_it_does():
    usual, late = pair("early_end:at=10800")
    for time in np.arange(0.0, 10800.0, 60.0):
        now = np.full(SIZE, time)
        for what in (surgery.stimulus_at, surgery.phase_at, surgery.bleeding_at):
            np.testing.assert_allclose(what(late.surgery, now), what(usual.surgery, now))


def test_a_patient_without_a_fault_is_the_very_same():
    usual = cases(Theatre(), numbers=2)
    again = cases(Theatre(faults=("cautery",)), numbers=2)
    map_arrays(np.testing.assert_array_equal, again.patient, usual.patient)
    map_arrays(np.testing.assert_array_equal, again.surgery, usual.surgery)
    assert physiology.start(again.patient, 5.0).volume.shape == (2,)
