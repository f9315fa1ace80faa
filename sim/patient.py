"""A patient: constant parameters, the state that moves, and one step of the physiology.

drug rates ─▶ kinetics ─▶ plasma ─▶ circulation ─▶ pressure, heart rate
                 └─▶ effect sites ─▶ BIS, tolerance of stimuli ─▶ (both)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sim.arrays import Array, at_least, namespace, stack, within
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE, hemodynamics, pressors
from sim.pharmacodynamics import wander as wandering
from sim.pharmacodynamics.circulation import CIRCULATION, Circulation
from sim.pharmacodynamics.hemodynamics import CirculationState, Drive
from sim.pharmacodynamics.hypnosis import LossOfConsciousness, ResponseSurface, eleveld_delay
from sim.pharmacodynamics.nociception import Tolerance, tolerance
from sim.pharmacodynamics.wander import HEART_RATE, INDEX, RESISTANCE, Wander
from sim.pharmacokinetics import NOREPINEPHRINE as NOREPINEPHRINE_MODELS
from sim.pharmacokinetics import PROPOFOL as PROPOFOL_MODELS
from sim.pharmacokinetics import REMIFENTANIL as REMIFENTANIL_MODELS
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments
from sim.pharmacokinetics.pace import Pace, lag_steps
from sim.settings import Models

SMALLEST_VOLUME = 0.3  # fraction of the blood volume at which bleeding ends
RESISTANCE_PER_POINT, RATE_PER_POINT = 0.020, 0.008  # log response to a stimulus worth one BIS point (choice)
LARGEST_RESISTANCE_RESPONSE, LARGEST_RATE_RESPONSE = 0.5, 0.35  # log; pressure doubles at worst (choice)


@dataclass(frozen=True)
class Patient:
    """Parameters, constant for a case; arrays of shape (patients,), kinetics (3, patients).

    Attributes:
        arousability: scales how stimulation raises BIS; resistance_response, rate_response: log response of TPR
            and HR per BIS point of stimulation.
        bis_delay: mean delay of the monitored index, s.
        blood_volume: L.
        wander: how sensitivity, resistance and heart rate drift.
        pressor_response: scales the effect of ephedrine and phenylephrine.
    """

    covariates: Covariates
    kinetics: Compartments
    hypnosis: ResponseSurface
    tolerance: Tolerance
    consciousness: LossOfConsciousness
    circulation: Circulation
    arousability: Array
    resistance_response: Array
    rate_response: Array
    bis_delay: Array
    blood_volume: Array
    wander: Wander
    pressor_response: Array


@dataclass(frozen=True)
class PatientState:
    """What moves.

    Attributes:
        drugs: (4, 3, patients), see `sim.pharmacokinetics.compartments`.
        lagging: (steps, patients), norepinephrine rates on their way to the circulation, newest first, µg/s.
        circulation: turnover states.
        volume: fraction of the blood volume left.
        response: stimulation that drugs let through, in BIS points.
        wander: (3, patients), see `sim.pharmacodynamics.wander`.
        pressors: (2, 2, patients), see `sim.pharmacodynamics.pressors`.
        factors: (3, patients), what the two multiply C50 (index), resistance and heart rate by.
    """

    drugs: Array
    lagging: Array
    circulation: CirculationState
    volume: Array
    response: Array
    wander: Array
    pressors: Array
    factors: Array


class Surroundings(NamedTuple):
    """What happens to the patient during a step, each (patients,) unless said.

    rates: (3, patients), mg/s, µg/s, µg/s; stimulus: at the end of the step, BIS points of an undrugged patient;
    blunted: 1 where drugs weaken the stimulus, 0 where it strikes as published; bleeding: L/s.
    """

    rates: Array
    stimulus: Array
    blunted: Array
    bleeding: Array


def typical(person: Covariates, models: Models | None = None) -> Patient:
    """Return population-typical patients made of these models. Raises ValueError on an unknown name."""
    models = models or Models()
    kinetics = (
        PROPOFOL_MODELS.get(models.propofol)(person),
        REMIFENTANIL_MODELS.get(models.remifentanil)(person),
        NOREPINEPHRINE_MODELS.get(models.norepinephrine)(person),
    )
    return assemble(
        person,
        pk.stack(list(kinetics)),
        SURFACES.get(models.bis)(person),
        TOLERANCE.get("bouillon")(person),
        CONSCIOUSNESS.get("kern"),
        CIRCULATION.get(models.circulation)(person),
    )


def assemble(
    person: Covariates,
    kinetics: Compartments,
    hypnosis: ResponseSurface,
    tolerance: Tolerance,
    consciousness: LossOfConsciousness,
    circulation: Circulation,
) -> Patient:
    """Put a patient together from its parts, with typical responses to stimulation."""
    one = namespace(person.age).ones_like(person.age)
    return Patient(
        person,
        kinetics,
        hypnosis,
        tolerance,
        consciousness,
        circulation,
        arousability=one,
        resistance_response=RESISTANCE_PER_POINT * one,
        rate_response=RATE_PER_POINT * one,
        bis_delay=eleveld_delay(person.age),
        blood_volume=_nadler_volume(person),
        wander=wandering.still(person.age),
        pressor_response=one,
    )


def start(patient: Patient, seconds: float) -> PatientState:
    """Return the awake, drug-free state, to be stepped by `seconds`."""
    zero = 0.0 * patient.bis_delay
    return PatientState(
        drugs=pk.empty(patient.kinetics),
        lagging=stack([zero] * lag_steps(seconds)),
        circulation=hemodynamics.awake(patient.circulation),
        volume=zero + 1.0,
        response=zero,
        wander=0.0 * patient.wander.size,
        pressors=pressors.none(zero),
        factors=0.0 * patient.wander.size + 1.0,
    )


def drift(
    patient: Patient, state: PatientState, normals: np.ndarray, seconds: float, given: Array | None = None
) -> PatientState:
    """Return the patient of the next control period, `seconds` long, whatever the step: wandered, and injected.

    Args:
        normals: (3, patients), which move the wandering.
        given: (2, patients), what people injected, see `Orders.pressors`.
    """
    wander = wandering.step(patient.wander, state.wander, normals, seconds)
    factors = wandering.factors(patient.wander, wander)
    amounts = pressors.step(state.pressors, given, patient.covariates.weight, seconds)
    if given is not None or amounts is not state.pressors:
        resistance, rate = pressors.effects(amounts, patient.pressor_response)
        factors = stack([factors[INDEX], factors[RESISTANCE] * resistance, factors[HEART_RATE] * rate])
    return replace(state, wander=wander, pressors=amounts, factors=factors)


def advance(patient: Patient, pace: Pace, state: PatientState, around: Surroundings) -> PatientState:
    """Advance by one step of `pace.seconds` under constant rates. Pure; works for NumPy and torch."""
    xp = namespace(state.volume)
    lagging = xp.concat([around.rates[NOREPINEPHRINE:], state.lagging[:-1]])
    old = (pace.lag.old * lagging).sum(0)
    change = (pace.lag.new * lagging).sum(0) - old
    rates = stack([around.rates[PROPOFOL], around.rates[REMIFENTANIL], old])
    volume = _bleed(patient, state.volume, around.bleeding, pace.seconds)
    kept = (
        within(volume / state.volume, 0.0, 1.0) ** 0.5
    )  # shed blood takes drug along, half before, half after
    before = _shed(state.drugs, kept)
    drugs = pk.step(pace.transition, before, rates)
    drugs[:, NOREPINEPHRINE] += pace.lag.dose * change
    drugs = _shed(drugs, kept)
    middle = (pace.halfway * before).sum(0) + pace.halfway_dose * rates
    middle[NOREPINEPHRINE] += pace.lag.halfway * change
    response = around.stimulus * (1.0 - around.blunted * tolerance_of(patient, drugs, volume))
    central = stack([state.drugs[0], middle, drugs[0]])
    volumes = stack([state.volume, 0.5 * (state.volume + volume), volume])
    responses = stack([state.response, 0.5 * (state.response + response), response])
    drive = drive_of(patient, central, volumes, responses, state.factors)
    circulation = hemodynamics.advance(patient.circulation, state.circulation, drive, pace.seconds)
    return replace(
        state, drugs=drugs, lagging=lagging, circulation=circulation, volume=volume, response=response
    )


def plasma(patient: Patient, state: PatientState) -> Array:
    """Return plasma concentrations (3, patients), µg/mL, ng/mL, ng/mL."""
    return state.drugs[0] / (patient.kinetics.v1 * state.volume)


def drive_of(patient: Patient, central: Array, volume: Array, response: Array, drifted: Array) -> Drive:
    """Return what acts on the circulation.

    Args:
        central: amounts (..., 3, patients); volume, response: (..., patients).
        drifted: (3, patients), `PatientState.factors`.
    """
    concentrations = central / (patient.kinetics.v1 * volume[..., None, :])
    return Drive(
        concentrations[..., PROPOFOL, :],
        concentrations[..., REMIFENTANIL, :],
        concentrations[..., NOREPINEPHRINE, :],
        tpr=_answer(patient.resistance_response * response, LARGEST_RESISTANCE_RESPONSE)
        * drifted[RESISTANCE],
        hr=_answer(patient.rate_response * response, LARGEST_RATE_RESPONSE) * drifted[HEART_RATE],
        volume=volume,
    )


def tolerance_of(patient: Patient, drugs: Array, volume: Array) -> Array:
    """Return the probability of tolerating a stimulus, (patients,): drugs (4, 3, patients), volume (patients,)."""
    effect = pk.effect_site(drugs)
    return tolerance(patient.tolerance, effect[PROPOFOL] / sensitivity(volume), effect[REMIFENTANIL])


def sensitivity(volume: Array) -> Array:
    """Return the factor by which blood loss lowers the C50 of propofol. After Johnson, Anesthesiology 2003;99:409."""
    return at_least(1.0 - 1.34 * (1.0 - volume), 0.2)


def _answer(log_response: Array, largest: float) -> Array:
    """Factor by which a stimulus multiplies resistance or rate; even the worst one has an end."""
    xp = namespace(log_response)
    return xp.exp(largest * xp.tanh(log_response / largest))


def _bleed(patient: Patient, volume: Array, rate: Array, seconds: float) -> Array:
    """Blood volume after a step; negative rates transfuse, never beyond what was lost."""
    return within(volume - rate * seconds / patient.blood_volume, SMALLEST_VOLUME, 1.0)


def _shed(drugs: Array, kept: Array) -> Array:
    return namespace(drugs).concat([drugs[:1] * kept, drugs[1:]])


def _nadler_volume(person: Covariates) -> Array:
    """Blood volume, L. Nadler, Hidalgo & Bloch, Surgery 1962;51:224."""
    metres3 = (person.height / 100.0) ** 3
    man = 0.3669 * metres3 + 0.03219 * person.weight + 0.6041
    woman = 0.3561 * metres3 + 0.03308 * person.weight + 0.1833
    return man + (woman - man) * person.female
