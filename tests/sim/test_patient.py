"""One patient's physiology: doses, bleeding, stimulation and vasopressor together, exact in time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from sim import patient as physiology
from sim.arrays import map_arrays, take, to_numpy
from sim.cohort import sample
from sim.covariates import Covariates
from sim.patient import Patient, Surroundings, typical
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.pace import prepare
from sim.randomness import case_keys
from sim.settings import Models
from sim.theatre.packing import leaves
from sim.truth import true_bis, truth

MAN = Covariates.of(40, "M", 170, 70)
CROWD = Covariates.of([25, 40, 60, 79, 50], ["F", "M", "F", "M", "M"], 170, [55, 70, 90, 62, 120])
MAINTENANCE = np.array([[0.11], [0.14], [0.0]])  # mg/s, µg/s, µg/s for 70 kg
STEP = 20.0  # s
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def individuals(count: int, seed: int = 4) -> Patient:
    """Adults as different as the published spreads make them."""
    rng = np.random.default_rng(seed)
    people = Covariates.of(rng.integers(20, 80, count), rng.choice(["F", "M"], count), 170, 75)
    return sample(people, case_keys(seed, np.arange(count)), Models())


def around(patient: Patient, rates=0.0, stimulus=0.0, blunted=1.0, bleeding=0.0) -> Surroundings:
    one = np.ones_like(patient.bis_delay)
    return Surroundings(np.zeros((3, len(one))) + rates, stimulus * one, blunted * one, bleeding * one)


def live(patient, state, seconds, step=STEP, **happens):
    """Advance under constant surroundings; kinetics follow the blood volume once a minute."""
    pace = prepare(patient.kinetics, step, state.volume)
    for number in range(round(seconds / step)):
        if (state.volume != pace.volume).any() and number * step % 60 == 0:
            pace = prepare(patient.kinetics, step, state.volume)
        state = physiology.advance(patient, pace, state, around(patient, **happens))
    return state


def awake(patient: Patient):
    """The beginning."""
    return physiology.start(patient, STEP)


def asleep(patient: Patient, rates=MAINTENANCE):
    """Two hours into a steady anesthetic."""
    return live(patient, awake(patient), 7200.0, rates=rates)


def test_an_undrugged_patient_stays_awake_and_well():
    patient = typical(CROWD, Models(bis="eleveld", circulation="vitaldb"))
    first = truth(patient, awake(patient))
    later = truth(patient, live(patient, awake(patient), 3600.0))
    np.testing.assert_allclose(first.bis, 93.0)
    np.testing.assert_allclose(first.mean_arterial_pressure, 102.0)
    np.testing.assert_allclose(first.heart_rate, 74.7)
    for now, before in zip(leaves(later), leaves(first), strict=True):
        np.testing.assert_allclose(now, before, rtol=1e-9)


def test_published_equilibrium_of_both_drugs():
    """BIS 50 and tolerance 0.9 at these rates of Schnider, Minto and Bouillon's models."""
    patient = typical(MAN, Models("schnider", "minto", bis="bouillon"))
    state = physiology.start(patient, 5.0)
    rates = np.array([[0.09856], [0.13056], [0.0]])
    drugs = pk.step(pk.discretise(patient.kinetics, 1e8), state.drugs, rates)
    true = truth(patient, dataclasses.replace(state, drugs=drugs))
    np.testing.assert_allclose(true.plasma[:2, 0], [3.610, 3.006], atol=6e-4)
    assert true.bis[0] == pytest.approx(50.0, abs=0.02)
    assert true.tolerance[0] == pytest.approx(0.9, abs=5e-4)


@pytest.mark.parametrize("circulation", ["vitaldb", "su2023"])
@pytest.mark.parametrize("background", ["awake", "anesthetised"])
def test_norepinephrine_raises_pressure_by_15_to_30_and_slows_the_heart(circulation, background):
    """At 0.1 µg/kg/min and steady state, in the typical man."""
    patient = typical(MAN, Models(circulation=circulation))
    rates = MAINTENANCE * (background == "anesthetised") + np.array([[1e-9], [0.0], [0.0]])
    before = live(patient, awake(patient), 4 * 3600.0, rates=rates)
    pressor = np.array([[0.0], [0.0], [0.1 * 70.0 / 60.0]])
    given = truth(patient, live(patient, before, 7200.0, rates=rates + pressor))
    spared = truth(patient, live(patient, before, 7200.0, rates=rates))
    rise = given.mean_arterial_pressure - spared.mean_arterial_pressure
    assert 15.0 < rise[0] < 30.0
    assert given.heart_rate[0] < spared.heart_rate[0] - 2.0
    np.testing.assert_allclose(given.bis, spared.bis, rtol=1e-9)


@pytest.mark.parametrize("lag", [0.0, 3.3, 5.0, 13.7, 39.9])
@pytest.mark.parametrize("step", [1.0, 2.5, 5.0, 10.0])
def test_norepinephrine_arrives_exactly_one_lag_later(lag, step):
    """The state at t is that of an undelayed patient at t - lag, rates changing on steps, lag falling within."""
    patient = typical(MAN)
    kinetics = dataclasses.replace(patient.kinetics, lag=patient.kinetics.lag * 0.0 + lag)
    patient = dataclasses.replace(patient, kinetics=kinetics)
    state, pace = physiology.start(patient, step), prepare(patient.kinetics, step, np.ones(1))
    drug = map_arrays(lambda array: array[2], kinetics)

    def undelayed(time):
        """Rate 0.2 µg/s from 0 to 60 s, by superposition."""
        on, off = (pk.discretise(drug, max(time - begin, 0.0)).gamma for begin in (0.0, 60.0))
        return 0.2 * (on - off)

    for number in range(1, round(120.0 / step) + 1):
        rate = 0.2 if (number - 1) * step < 60.0 else 0.0
        rates = np.array([[0.0], [0.0], [rate]])
        state = physiology.advance(patient, pace, state, around(patient, rates=rates))
        np.testing.assert_allclose(
            state.drugs[:3, 2], undelayed(number * step - lag)[:3], rtol=1e-9, atol=1e-12
        )


def test_bleeding_deepens_and_transfusion_reverses():
    """200 mL/min for 10 min under a steady anesthetic, then all of it back."""
    patient = typical(CROWD)
    before = asleep(patient)
    bled = live(patient, before, 600.0, rates=MAINTENANCE, bleeding=0.2 / 60.0)
    steady, shock = truth(patient, before), truth(patient, bled)
    np.testing.assert_allclose(bled.volume, 1.0 - 2.0 / patient.blood_volume, rtol=1e-9)
    assert (shock.bis < steady.bis - 2.0).all()
    assert (shock.mean_arterial_pressure < steady.mean_arterial_pressure - 5.0).all()
    assert (shock.cardiac_output < steady.cardiac_output - 0.5).all()
    assert (shock.tolerance > steady.tolerance + 0.01).all()
    assert (shock.heart_rate > steady.heart_rate).all()
    refilled = live(patient, bled, 600.0, rates=MAINTENANCE, bleeding=-0.2 / 60.0)
    np.testing.assert_allclose(refilled.volume, 1.0, rtol=1e-12)
    rested = live(patient, refilled, 4 * 3600.0, rates=MAINTENANCE)
    after = truth(patient, rested)
    undisturbed = truth(patient, live(patient, before, 4 * 3600.0 + 1200.0, rates=MAINTENANCE))
    np.testing.assert_allclose(after.bis, undisturbed.bis, atol=0.5)
    np.testing.assert_allclose(after.mean_arterial_pressure, undisturbed.mean_arterial_pressure, atol=0.3)
    np.testing.assert_allclose(after.cardiac_output, undisturbed.cardiac_output, atol=0.05)


def test_bleeding_and_vasopressor_act_together():
    """Neither overwrites the other: the pressor lifts the bled as it lifts the unbled, whose output is higher."""
    patient, pressor = typical(CROWD), np.array([[0.0], [0.0], [0.12]])
    before = asleep(patient)
    truths = {
        (bleeds, pressed): truth(
            patient,
            live(patient, before, 600.0, rates=MAINTENANCE + pressed * pressor, bleeding=bleeds * 0.2 / 60.0),
        )
        for bleeds in (0, 1)
        for pressed in (0, 1)
    }
    for bleeds in (0, 1):
        treated, untreated = truths[bleeds, 1], truths[bleeds, 0]
        assert (treated.mean_arterial_pressure > untreated.mean_arterial_pressure + 8.0).all()
        assert (treated.heart_rate < untreated.heart_rate).all()
    for pressed in (0, 1):
        bled, full = truths[1, pressed], truths[0, pressed]
        assert (bled.cardiac_output < full.cardiac_output - 0.5).all()
        assert (bled.bis < full.bis - 2.0).all()


def test_shed_blood_takes_its_drug_along():
    """Without clearance or distribution, what is left of the drug is what is left of the blood."""
    patient = typical(MAN)
    still = {name: 0.0 * getattr(patient.kinetics, name) for name in ("cl", "q2", "q3", "ke0", "lag")}
    patient = dataclasses.replace(patient, kinetics=dataclasses.replace(patient.kinetics, **still))
    state = awake(patient)
    full = live(patient, state, 60.0, rates=np.array([[2.0], [1.0], [0.5]]))
    bled = live(patient, full, 300.0, bleeding=0.2 / 60.0)
    np.testing.assert_allclose(full.drugs[0, :, 0], [120.0, 60.0, 30.0], rtol=1e-12)
    np.testing.assert_allclose(bled.drugs[0], full.drugs[0] * bled.volume, rtol=1e-12)
    before, after = (physiology.plasma(patient, moment) for moment in (full, bled))
    np.testing.assert_allclose(after, before, rtol=1e-12)


def test_blood_loss_makes_the_brain_more_sensitive_to_propofol():
    """A quarter of the blood lost acts as 1 / (1 - 1.34 / 4) times the propofol, on index and on tolerance."""
    patient = typical(CROWD)
    state = asleep(patient)
    bled = dataclasses.replace(state, volume=state.volume - 0.25)
    stronger = state.drugs.copy()
    stronger[3, 0] /= 0.665
    expected = truth(patient, dataclasses.replace(state, drugs=stronger))
    found = truth(patient, bled)
    np.testing.assert_allclose(found.bis, expected.bis, rtol=1e-12)
    np.testing.assert_allclose(found.tolerance, expected.tolerance, rtol=1e-12)


def test_a_bolus_of_norepinephrine_has_the_same_course_at_any_step():
    """10 µg in 5 s, in steps of 5 s and of 0.5 s; it reaches the circulation at the beginning of a step."""
    patient, courses = typical(CROWD), []
    kinetics = dataclasses.replace(patient.kinetics, lag=0.0 * patient.kinetics.lag + 10.0)
    patient = dataclasses.replace(patient, kinetics=kinetics)
    for step in (5.0, 0.5):
        state, rates_of_heart = physiology.start(patient, step), []
        for number in range(24):
            state = live(patient, state, 5.0, step, rates=np.array([[0.0], [0.0], [2.0 * (number == 2)]]))
            rates_of_heart.append(truth(patient, state).heart_rate)
        courses.append(np.array(rates_of_heart))
    assert np.ptp(courses[0], axis=0).min() > 0.5
    assert np.abs(courses[0] - courses[1]).max() < 0.002


def test_bleeding_ends_before_the_blood_does_and_transfusion_at_what_was_lost():
    patient = typical(CROWD)
    empty = live(patient, awake(patient), 7200.0, bleeding=0.2 / 60.0)
    np.testing.assert_allclose(empty.volume, physiology.SMALLEST_VOLUME)
    vitals = truth(patient, empty)
    assert (vitals.mean_arterial_pressure > 0.0).all()
    full = live(patient, empty, 7200.0, bleeding=-0.2 / 60.0)
    np.testing.assert_allclose(full.volume, 1.0)


@pytest.mark.parametrize("blunted", [0.0, 1.0])
def test_stimulation_passes_and_leaves_nothing_behind(blunted):
    """Terms that integrate would leave a higher stroke volume for ever."""
    patient = typical(CROWD, Models(bis="eleveld"))
    before = asleep(patient)
    struck = live(patient, before, 300.0, rates=MAINTENANCE, stimulus=30.0, blunted=blunted)
    spared = live(patient, before, 300.0, rates=MAINTENANCE)
    roused, calm = truth(patient, struck), truth(patient, spared)
    assert (roused.bis > calm.bis + 0.3).all()
    assert (roused.mean_arterial_pressure > calm.mean_arterial_pressure + 0.3).all()
    assert (roused.heart_rate > calm.heart_rate).all()
    roused, calm = (
        truth(patient, live(patient, state, 7200.0, rates=MAINTENANCE)) for state in (struck, spared)
    )
    np.testing.assert_allclose(roused.bis, calm.bis, atol=1e-9)
    for name in ("mean_arterial_pressure", "heart_rate", "cardiac_output"):
        np.testing.assert_allclose(getattr(roused, name), getattr(calm, name), rtol=1e-4)


def test_drugs_blunt_a_stimulus_by_the_tolerance_they_give():
    patient = typical(CROWD, Models(bis="eleveld"))
    before = asleep(patient)
    struck = live(patient, before, STEP, rates=MAINTENANCE, stimulus=30.0)
    unblunted = live(patient, before, STEP, rates=MAINTENANCE, stimulus=30.0, blunted=0.0)
    tolerated = truth(patient, struck).tolerance
    np.testing.assert_allclose(struck.response, 30.0 * (1.0 - tolerated), rtol=1e-9)
    np.testing.assert_allclose(unblunted.response, 30.0)
    undrugged = live(patient, awake(patient), STEP, stimulus=7.0)
    np.testing.assert_allclose(true_bis(patient, undrugged), 100.0)


def test_the_index_stays_between_0_and_100_and_the_body_alive_whatever_happens():
    patient = individuals(40)
    state = awake(patient)
    for rates, stimulus, bleeding in (
        ([[6.67], [6.67], [0.0]], 0.0, 0.0),
        ([[2.0], [2.0], [2.0]], 60.0, 0.2 / 60.0),
        ([[0.0], [0.0], [0.0]], 60.0, -0.05 / 60.0),
    ):
        for _ in range(20):
            state = live(patient, state, 60.0, rates=np.array(rates), stimulus=stimulus, bleeding=bleeding)
            true = truth(patient, state)
            assert ((true.bis >= 0.0) & (true.bis <= 100.0)).all()
            for name in ("mean_arterial_pressure", "heart_rate", "cardiac_output"):
                assert (getattr(true, name) > 0.0).all()
                assert np.isfinite(getattr(true, name)).all()
            for probability in (true.tolerance, true.unconscious):
                assert ((probability >= 0.0) & (probability <= 1.0)).all()


def course(patient, start, advance):
    """Thirty minutes of everything at once; returns every state variable."""
    state = start(patient, 5.0)
    pace = prepare(patient.kinetics, 5.0, state.volume)
    for number in range(360):
        if number % 12 == 0:
            pace = prepare(patient.kinetics, 5.0, state.volume)
        state = advance(patient, pace, state, number)
    return state


def everything(number: int, size: int) -> Surroundings:
    rates = np.array([[3.0 if number < 10 else 0.12], [0.2], [0.1 if number > 100 else 0.0]]) * np.ones(size)
    one = np.ones(size)
    bleeding = 0.2 / 60.0 if 120 <= number < 200 else -0.05 / 60.0 if number > 250 else 0.0
    return Surroundings(rates, 30.0 * (number % 60 < 20) * one, one, bleeding * one)


def test_torch_and_numpy_live_the_same_half_hour():
    """Doses, stimulation, bleeding and vasopressor, to 1e-9 in float64."""
    patient = individuals(16)
    reference = course(
        patient,
        physiology.start,
        lambda p, pace, state, n: physiology.advance(p, pace, state, everything(n, 16)),
    )
    tensors = map_arrays(lambda array: torch.from_numpy(np.ascontiguousarray(array)), patient)

    def step(p, pace, state, number):
        return physiology.advance(
            p, pace, state, Surroundings(*map(torch.from_numpy, everything(number, 16)))
        )

    found = course(tensors, physiology.start, step)
    a, b = truth(patient, reference), truth(tensors, found)
    assert isinstance(b.bis, torch.Tensor)
    for left, right in zip(leaves(a), leaves(b), strict=True):
        np.testing.assert_allclose(to_numpy(right), left, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.drugs.numpy(), reference.drugs, rtol=1e-9, atol=1e-12)


def test_a_patient_alone_is_the_one_in_the_batch_to_the_last_bit():
    crowd = individuals(300)
    alone = take(crowd, np.array([211]))

    def step(p, pace, state, number):
        return physiology.advance(p, pace, state, everything(number, len(p.bis_delay)))

    together, single = course(crowd, physiology.start, step), course(alone, physiology.start, step)
    np.testing.assert_array_equal(single.drugs[..., 0], together.drugs[..., 211])
    a, b = truth(crowd, together), truth(alone, single)
    for one, many in zip(leaves(b), leaves(a), strict=True):
        np.testing.assert_array_equal(one[..., 0], many[..., 211])


def test_physiology_carries_a_gradient_to_the_doses():
    """d(BIS)/d(rate) by torch equals a difference quotient."""
    patient = map_arrays(torch.from_numpy, typical(MAN))

    def bis(rate):
        state = physiology.start(patient, 5.0)
        pace = prepare(patient.kinetics, 5.0, state.volume)
        zero = torch.zeros(1, dtype=torch.float64)
        rates = torch.stack([rate, zero + 0.1, zero])
        for _ in range(60):
            state = physiology.advance(patient, pace, state, Surroundings(rates, zero, zero + 1.0, zero))
        return true_bis(patient, state)

    rate = torch.tensor([0.6], dtype=torch.float64, requires_grad=True)
    bis(rate).backward()
    quotient = (bis(rate.detach() + 1e-4) - bis(rate.detach() - 1e-4)) / 2e-4
    assert rate.grad.item() == pytest.approx(quotient.item(), rel=1e-5)
    assert rate.grad.item() < -5.0


def test_blood_volume_is_nadlers():
    """4.66 L in a man and 4.25 L in a woman of 70 kg and 170 cm."""
    both = typical(Covariates.of(40, ["M", "F"], 170, 70)).blood_volume
    np.testing.assert_allclose(both, [4.66, 4.25], atol=0.005)
