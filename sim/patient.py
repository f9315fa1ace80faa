"""A patient: constant parameters, the state that moves, and one step of the physiology.

drug rates ─▶ kinetics ─▶ plasma ─▶ circulation ─▶ pressure, heart rate
                 └─▶ effect sites ─▶ BIS, tolerance of stimuli ─▶ (both)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from sim.arrays import Array, at_least, chosen, namespace, plus, stack, within
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE, equations, pressors
from sim.pharmacodynamics import wander as wandering
from sim.pharmacodynamics.circulation import CIRCULATION, Circulation
from sim.pharmacodynamics.effect_sites import EffectSites, SiteState
from sim.pharmacodynamics.hemodynamics import CirculationState, Drive
from sim.pharmacodynamics.hypnosis import LossOfConsciousness, ResponseSurface, eleveld_delay
from sim.pharmacodynamics.nociception import Tolerance, blunting, tolerance
from sim.pharmacodynamics.wander import RESISTANCE, Wander
from sim.pharmacokinetics import NOREPINEPHRINE as NOREPINEPHRINE_MODELS
from sim.pharmacokinetics import PROPOFOL as PROPOFOL_MODELS
from sim.pharmacokinetics import REMIFENTANIL as REMIFENTANIL_MODELS
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments
from sim.pharmacokinetics.pace import Pace, lag_steps
from sim.published import STILL
from sim.settings import Models

SMALLEST_VOLUME = 0.3  # fraction of the blood volume at which bleeding ends
STRAIN_SETTLES = (
    60.0  # s, time constant with which heart and vessels follow a stimulus (choice, tried on recorded cases)
)
LARGEST_ANSWER = 0.5  # log, of resistance and of heart rate; pressure more than doubles at worst (choice)


@dataclass(frozen=True)
class Patient:
    """Parameters, constant for a case; arrays of shape (patients,), kinetics (3, patients).

    Attributes:
        arousability: scales how stimulation raises BIS.
        bis_delay: mean delay of the monitored index, s.
        bis_noise: scales the noise of the monitored index.
        blood_volume: L.
        wander: how sensitivity, resistance and heart rate drift.
        pressor_response: scales the effect of ephedrine and phenylephrine.
    """

    covariates: Covariates
    kinetics: Compartments
    hypnosis: ResponseSurface
    tolerance: Tolerance
    consciousness: LossOfConsciousness
    circulation: Circulation | EffectSites
    arousability: Array
    bis_delay: Array
    bis_noise: Array
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
        response: stimulation that drugs let through to the brain, in BIS points.
        strain: (2, patients), what they let through to the circulation, and what of it heart and vessels follow by now.
        answer: (2, patients), what that multiplies resistance and heart rate by.
        wander: (3, patients), see `sim.pharmacodynamics.wander`.
        pressors: (2, 2, patients), see `sim.pharmacodynamics.pressors`.
        factors: (3, patients), what these two and loads multiply C50 (index), resistance and heart rate by.
    """

    drugs: Array
    lagging: Array
    circulation: CirculationState | SiteState
    volume: Array
    response: Array
    strain: Array
    answer: Array
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
    hypnosis = SURFACES.get(models.bis)
    whole = assemble(
        person,
        pk.stack(list(kinetics)),
        hypnosis(person),
        TOLERANCE.get("bouillon")(person),
        CONSCIOUSNESS.get("kern"),
        CIRCULATION.get(models.circulation)(person),
    )
    drifts = (hypnosis.drift, STILL, STILL)
    return replace(
        whole,
        arousability=hypnosis.arousability * whole.arousability,
        wander=wandering.typical(drifts, person.age),
    )


def assemble(
    person: Covariates,
    kinetics: Compartments,
    hypnosis: ResponseSurface,
    tolerance: Tolerance,
    consciousness: LossOfConsciousness,
    circulation: Circulation | EffectSites,
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
        bis_delay=eleveld_delay(person.age),
        bis_noise=one,
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
        circulation=equations.of(patient.circulation).awake(patient.circulation),
        volume=zero + 1.0,
        response=zero,
        strain=stack([zero, zero]),
        answer=stack([zero, zero]) + 1.0,
        wander=0.0 * patient.wander.size,
        pressors=pressors.none(zero),
        factors=0.0 * patient.wander.size + 1.0,
    )


def drift(
    patient: Patient,
    state: PatientState,
    normals: Array,
    seconds: float,
    loads: tuple[Array, Array],
    given: Array | None = None,
) -> PatientState:
    """Return the patient of the next control period, `seconds` long, whatever the step: wandered, loaded, injected.

    Args:
        normals: (3, patients), which move the wandering.
        loads: factors on resistance and heart rate, each (patients,), see `sim.surgery.loads`.
        given: (2, patients), what people injected, see `Orders.pressors`.
    """
    wander = wandering.step(patient.wander, state.wander, normals, seconds)
    index, resistance, rate = wandering.factors(patient.wander, wander)
    resistance, rate = resistance * loads[0], rate * loads[1]
    amounts = pressors.step(state.pressors, given, patient.covariates.weight, seconds)
    if amounts is not state.pressors:
        squeezed, driven = pressors.effects(amounts, patient.pressor_response)
        resistance, rate = resistance * squeezed, rate * driven
    return replace(state, wander=wander, pressors=amounts, factors=stack([index, resistance, rate]))


def advance(patient: Patient, pace: Pace, state: PatientState, around: Surroundings) -> PatientState:
    """Advance by one step of `pace.seconds` under constant rates. Pure; works for NumPy and torch."""
    xp = namespace(state.volume)
    lagging = xp.concat([around.rates[NOREPINEPHRINE:], state.lagging[:-1]])
    old, new = chosen(lagging, pace.lag.chosen)
    rates = stack([around.rates[PROPOFOL], around.rates[REMIFENTANIL], old])
    volume = _bleed(patient, state.volume, around.bleeding, pace.seconds)
    kept = (
        within(volume / state.volume, 0.0, 1.0) ** 0.5
    )  # shed blood takes drug along, half before, half after
    before = stack([state.drugs[0] * kept, *state.drugs[1:]])
    drugs = plus(pk.step(pace.transition, before, rates), NOREPINEPHRINE, pace.lag.dose * (new - old))
    drugs[0] *= kept
    middle = (pace.halfway * before).sum(0) + pace.halfway_dose * rates
    middle = plus(middle, NOREPINEPHRINE, pace.lag.halfway * (new - old))
    response = around.stimulus * (1.0 - around.blunted * tolerance_of(patient, drugs, volume))
    strain = _strained(around, state.strain, drugs, pace.seconds)
    halfway, answer = _answers(patient, stack([0.5 * (state.strain[1] + strain[1]), strain[1]]))
    drive = drive_of(
        patient,
        stack([state.drugs[0], middle, drugs[0]]),
        stack([state.volume, 0.5 * (state.volume + volume), volume]),
        stack([state.answer, halfway, answer]) * state.factors[RESISTANCE:],
    )
    moves = equations.of(patient.circulation).advance
    circulation = moves(patient.circulation, state.circulation, drive, pace.seconds)
    moved = drugs, lagging, circulation, volume, response, strain, answer
    return PatientState(*moved, state.wander, state.pressors, state.factors)


def plasma(patient: Patient, state: PatientState) -> Array:
    """Return plasma concentrations (3, patients), µg/mL, ng/mL, ng/mL."""
    return state.drugs[0] / (patient.kinetics.v1 * state.volume)


def drive_of(patient: Patient, central: Array, volume: Array, factors: Array) -> Drive:
    """Return what acts on the circulation.

    Args:
        central: amounts (..., 3, patients).
        volume: (..., patients).
        factors: (..., 2, patients), on resistance and heart rate.
    """
    concentrations = central / (patient.kinetics.v1 * volume[..., None, :])
    return Drive(
        concentrations[..., PROPOFOL, :],
        concentrations[..., REMIFENTANIL, :],
        concentrations[..., NOREPINEPHRINE, :],
        tpr=factors[..., 0, :],
        hr=factors[..., 1, :],
        volume=volume,
    )


def tolerance_of(patient: Patient, drugs: Array, volume: Array) -> Array:
    """Return the probability of tolerating a stimulus, (patients,): drugs (4, 3, patients), volume (patients,)."""
    effect = pk.effect_site(drugs)
    return tolerance(patient.tolerance, effect[PROPOFOL] / sensitivity(volume), effect[REMIFENTANIL])


def sensitivity(volume: Array) -> Array:
    """Return the factor by which blood loss lowers the C50 of propofol. After Johnson, Anesthesiology 2003;99:409."""
    return at_least(1.0 - 1.34 * (1.0 - volume), 0.2)


def _strained(around: Surroundings, before: Array, drugs: Array, seconds: float) -> Array:
    """Stimulation let through at the end of a step, and followed with a lag; exact for one that moves straight."""
    through = around.stimulus * (1.0 - around.blunted * blunting(pk.effect_site(drugs)[REMIFENTANIL]))
    kept = math.exp(-seconds / STRAIN_SETTLES)
    lasting = (1.0 - kept) * STRAIN_SETTLES / seconds
    followed = kept * before[1] + (lasting - kept) * before[0] + (1.0 - lasting) * through
    return stack([through, followed])


def _answers(patient: Patient, strain: Array) -> Array:
    """Return factors on resistance and rate, (moments, 2, patients), for strain (moments, patients).

    The log of the factor grows with the strain as LARGEST tanh(log / LARGEST): even the worst has an end.
    """
    xp, log_answer = namespace(strain), patient.circulation.responses * strain[:, None]
    # The hyperbolic tangent by an exponential, which costs a quarter of it.
    return xp.exp(LARGEST_ANSWER * (1.0 - 2.0 / (1.0 + xp.exp(log_answer * (2.0 / LARGEST_ANSWER)))))


def _bleed(patient: Patient, volume: Array, rate: Array, seconds: float) -> Array:
    """Blood volume after a step; negative rates transfuse, never beyond what was lost."""
    return within(volume - rate * seconds / patient.blood_volume, SMALLEST_VOLUME, 1.0)


def _nadler_volume(person: Covariates) -> Array:
    """Blood volume, L. Nadler, Hidalgo & Bloch, Surgery 1962;51:224."""
    metres3 = (person.height / 100.0) ** 3
    man = 0.3669 * metres3 + 0.03219 * person.weight + 0.6041
    woman = 0.3561 * metres3 + 0.03308 * person.weight + 0.1833
    return man + (woman - man) * person.female
