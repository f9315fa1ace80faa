"""The body after cardiac surgery, half an hour at a time: blood, pressure, kidneys, lactate, and three ends.

A coupled model of low order. Blood leaves through drains, the more the worse it clots; lost volume and a weak heart
lower pressure and delivery of oxygen; low delivery makes lactate and injures kidneys, and so do vasopressors; what
kidneys do not filter stays. Clinicians answer with fluid, red cells, clotting factors and norepinephrine. A vessel may
open, drains clot and leave the blood around the heart, a heart fail, vessels lose their tone: each is a turn of chance,
more likely in some (hidden) than in others.

Rates are choices of plausible size. Known is that creatinine spreads in the body's water and is cleared by filtration
(Moran, Kidney Int 1985;27:928), that drains of 500 mL in an hour, or 200 mL/h over hours, call for re-exploration
(Kirklin, Cardiac Surgery), and anuria, potassium and acid for replacement (KDIGO, Kidney Int Suppl 2012;2:1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array
from sim.outcomes.intensive_care.channels import ENDS, HOURS
from sim.outcomes.intensive_care.people import Person
from sim.randomness import normals, truncated_normals, uniforms

STEP = HOURS
WATER = 0.55  # L/kg in which creatinine spreads
OPENING, FAILING, SLACKENING = 0.0016, 0.0016, 0.0016  # turns an hour of a typical person
OPEN = 260.0, 0.45  # mL/h that an opened vessel bleeds, log-SD
CLOSING = 0.03  # 1/h at which it clots
EARLY = 8.0  # h within which most vessels open
BLOCKING = 0.015  # turns an hour of drains that run at 100 mL/h
STAYS = 0.85  # share of what flows into drains that have clotted, that stays around the heart
TAMPONADE = 0.32  # L around the heart at which surgeons are called


@dataclass(frozen=True)
class State:
    """The true state, each (patients,).

    Attributes:
        deficit: blood volume missing, L.
        haemoglobin: g/dL.
        clotting: share of normal, 0-1.
        opened: mL/h that an opened vessel bleeds; 0 where none is open.
        blocked: share of the bleeding that drains leave inside.
        retained: blood around the heart, L.
        drain: mL/h that drains show, mean of the last hour.
        poured: mL/h, mean of the last hours, by which surgeons decide.
        heart: output with all the blood, as a share of normal.
        failing: 0-1, how much a failing heart has lost or will lose.
        tone: of vessels, share of normal.
        slack: 0-1, how much tone inflammation has taken or will take.
        pressure: mean arterial, mmHg.
        delivery: of oxygen, share of normal.
        pressor: norepinephrine, µg/kg/min.
        lactate: mmol/L.
        injury: share of filtration lost, 0-1.
        creatinine: mg/dL.
        potassium: mmol/L.
        urine: mL/kg/h.
        lungs: share of blood that passes without oxygen, 0-1.
        temperature: °C.
        ended: (3, patients) bool, which ends have come, in the order of `ENDS`.
    """

    deficit: Array
    haemoglobin: Array
    clotting: Array
    opened: Array
    blocked: Array
    retained: Array
    drain: Array
    poured: Array
    heart: Array
    failing: Array
    tone: Array
    slack: Array
    pressure: Array
    delivery: Array
    pressor: Array
    lactate: Array
    injury: Array
    creatinine: Array
    potassium: Array
    urine: Array
    lungs: Array
    temperature: Array
    ended: Array


def usual_creatinine(person: Person) -> Array:
    """Return creatinine in balance with the filtration before surgery, mg/dL: 1 at 80 mL/min."""
    return 80.0 / person.filtration * (1.0 - 0.15 * person.female)


def begin(person: Person, keys: Array) -> State:
    """Return the state at admission."""
    z = truncated_normals(keys, "admission", 8)
    zero = 0.0 * person.age
    long = np.log(person.bypass / 105.0)
    heart = np.clip(person.pump - 0.12 - 0.05 * long + 0.05 * z[0], 0.3, 1.0)
    return State(
        deficit=np.clip(0.25 + 0.25 * z[1], 0.0, 1.2),
        haemoglobin=np.clip(10.2 - 0.5 * person.female + 1.1 * z[2], 7.0, 14.0),
        clotting=np.clip(0.75 - 0.12 * long + 0.08 * z[3], 0.25, 1.0),
        opened=zero,
        blocked=zero,
        retained=zero,
        drain=np.clip(110.0 + 30.0 * z[4], 20.0, 250.0),
        poured=np.clip(110.0 + 30.0 * z[4], 20.0, 250.0),
        heart=heart,
        failing=zero,
        tone=np.clip(0.88 - 0.05 * long + 0.05 * z[5], 0.6, 1.1),
        slack=zero,
        pressure=zero + 75.0,
        delivery=heart * 0.8,
        pressor=np.clip(0.04 + 0.03 * z[6], 0.0, 0.2),
        lactate=2.0 * np.exp(0.3 * z[7]),
        injury=np.clip(0.06 * person.frailty, 0.0, 0.4),
        creatinine=usual_creatinine(person),
        potassium=4.3 + zero,
        urine=1.2 + zero,
        lungs=np.clip(0.08 + 0.03 * z[0], 0.02, 0.3),
        temperature=35.6 + 0.4 * z[1],
        ended=np.zeros((len(ENDS), *np.shape(zero)), dtype=bool),
    )


def advance(person: Person, state: State, keys: Array, step: int | Array) -> State:
    """Return the state half an hour later; arguments as of `lived`."""
    state = lived(person, state, keys, step)
    return ended(state, drawn_ends(chances(person, state), keys, step))


def lived(person: Person, state: State, keys: Array, step: int | Array) -> State:
    """Return the state half an hour later, before it is known whether an end came.

    Args:
        person: who.
        state: at the beginning.
        keys: of chance, (patients,).
        step: number of the half hour since admission, one or one a patient.
    """
    z = np.clip(normals(keys, "half an hour", step, 6), -3.0, 3.0)
    chance = uniforms(keys, "turns", step, 4)
    state = turned(person, state, chance, z[0], STEP * np.asarray(step))
    state = bled(state, z[1], STEP * np.asarray(step))
    state = circulated(person, state, z[2:4])
    state = filtered(person, state, z[4])
    lungs = np.clip(
        state.lungs + STEP * 0.05 * (0.08 + 0.10 * state.failing - state.lungs) + 0.006 * z[5], 0.02, 0.6
    )
    warmed = state.temperature + STEP * 0.3 * (37.0 + 0.8 * state.slack - state.temperature)
    return replace(state, lungs=lungs, temperature=warmed)


def turned(person: Person, state: State, chance: Array, z: Array, hours: Array) -> State:
    """Return the state after turns of chance: vessels open or lose their tone, a heart fails, drains clot."""
    early = 0.15 + 2.0 * np.exp(-hours / EARLY)
    rates = np.stack(
        [
            OPENING * person.loose * early * (1.0 + 8.0 * (1.0 - state.clotting) ** 2),
            FAILING * np.exp(5.0 * (0.85 - person.pump)),
            SLACKENING * person.inflamed,
            BLOCKING * state.clotting * state.drain / 100.0,
        ]
    )
    opens, fails, slackens, clots = chance < -np.expm1(-STEP * rates)
    depth = np.clip(0.55 + 0.2 * z, 0.2, 1.0)
    return replace(
        state,
        opened=np.where(opens & (state.opened < 20.0), OPEN[0] * np.exp(OPEN[1] * z), state.opened),
        blocked=np.where(clots, STAYS, state.blocked * np.exp(-STEP * 0.05)),
        failing=np.where(fails, np.maximum(depth, state.failing), state.failing),
        slack=np.where(slackens, np.maximum(depth, state.slack), state.slack),
    )


def bled(state: State, z: Array, hours: Array) -> State:
    """Return the state after half an hour of bleeding, and of what is given against it."""
    ooze = (15.0 + 75.0 * np.exp(-hours / 5.0)) * (1.0 + 2.5 * (1.0 - state.clotting) ** 2)
    flow = (ooze + state.opened * np.clip(state.pressure / 75.0, 0.5, 1.3)) * np.exp(0.25 * z)
    fluid = np.clip(0.7 * state.deficit, 0.0, 0.6)  # L/h
    cells = np.where(state.haemoglobin < 8.0, 0.8, 0.0)  # g/dL an hour
    factors = np.where(state.drain > 200.0, 0.05, 0.0)  # an hour
    thinned = STEP * fluid / 5.0
    inside = STEP * (flow * state.blocked / 1000.0 - 0.08 * state.retained)
    out = flow * (1.0 - state.blocked)
    cold = np.maximum(36.0 - state.temperature, 0.0)
    clotting = (
        state.clotting + STEP * ((1.0 - state.clotting) / 12.0 + factors - 0.01 * cold) - 0.35 * thinned
    )
    return replace(
        state,
        deficit=np.clip(state.deficit + STEP * (flow / 1000.0 - fluid), 0.0, 3.0),
        haemoglobin=np.clip(state.haemoglobin * (1.0 - thinned) + STEP * cells, 4.0, 16.0),
        clotting=np.clip(clotting, 0.1, 1.0),
        opened=state.opened * np.exp(-STEP * CLOSING * (0.5 + state.clotting)),
        retained=np.clip(state.retained + inside, 0.0, 1.0),
        drain=state.drain + 0.6 * (out - state.drain),
        poured=state.poured + STEP / 4.0 * (out - state.poured),
    )


def circulated(person: Person, state: State, z: Array) -> State:
    """Return the state after half an hour of heart, vessels, vasopressor and lactate."""
    aim = np.clip(person.pump - 0.6 * state.failing, 0.2, 1.0)
    heart = np.clip(state.heart + STEP * 0.15 * (aim - state.heart) + 0.012 * z[0], 0.15, 1.1)
    slack_aim = 0.97 - 0.45 * state.slack - 0.06 * np.maximum(state.lactate - 4.0, 0.0) / 4.0
    tone = np.clip(state.tone + STEP * 0.2 * (slack_aim - state.tone) + 0.012 * z[1], 0.3, 1.1)
    filled = np.exp(-0.25 * state.deficit**1.5 - 1.2 * state.retained)
    squeezed = 40.0 * state.pressor / (state.pressor + 0.25)
    pressure = np.clip(86.0 * (heart * filled) ** 0.5 * tone + squeezed, 25.0, 130.0)
    wanted = 0.02 * (74.0 - pressure) / 5.0
    delivery = heart * filled * np.clip(state.haemoglobin / 10.0, 0.3, 1.15) * (1.0 - 0.5 * state.lungs)
    short = np.maximum(0.55 - delivery, 0.0)
    made = 0.45 + 14.0 * short + 1.2 * np.maximum(state.pressor - 0.2, 0.0)
    cleared = 0.32 * np.clip(delivery / 0.6, 0.3, 1.0) * state.lactate
    return replace(
        state,
        heart=heart,
        tone=tone,
        pressure=pressure,
        delivery=delivery,
        pressor=np.clip(0.98 * state.pressor + wanted, 0.0, 1.5),
        lactate=np.clip(state.lactate + STEP * (made - cleared), 0.4, 25.0),
        failing=np.clip(state.failing * (1.0 - STEP * 0.01), 0.0, 1.0),
        slack=np.clip(state.slack * (1.0 - STEP * 0.02), 0.0, 1.0),
    )


def filtered(person: Person, state: State, z: Array) -> State:
    """Return the state after half an hour of the kidneys' work, or of a machine's in their place."""
    low = np.maximum(65.0 - state.pressure, 0.0) / 10.0
    short = np.maximum(0.60 - state.delivery, 0.0)
    harm = person.frailty * (0.05 * low + 0.5 * short + 0.2 * np.maximum(state.pressor - 0.08, 0.0))
    injury = np.clip(state.injury + STEP * (harm - 0.008 * state.injury), 0.0, 0.98)
    left = 1.0 - injury
    clearance = 0.06 * person.filtration / (WATER * person.weight)  # 1/h
    machine = state.ended[1]
    cleared = np.where(machine, np.maximum(left, 0.5), left) * state.creatinine
    urine = 1.3 * left**1.5 * np.clip((state.pressure - 30.0) / 45.0, 0.0, 1.2) * np.exp(0.25 * z)
    out = np.where(machine, np.maximum(left, 0.6), left)
    potassium = state.potassium + STEP * (
        0.10 * injury + 0.012 * np.maximum(state.lactate - 3.0, 0.0) - 0.2 * (state.potassium - 4.2) * out
    )
    return replace(
        state,
        injury=injury,
        creatinine=np.clip(
            state.creatinine + STEP * clearance * (usual_creatinine(person) - cleared), 0.2, 15.0
        ),
        potassium=np.clip(potassium, 2.8, 8.5),
        urine=np.where(machine, 0.5 * urine, urine),
    )


def chances(person: Person, state: State) -> Array:
    """Return how likely each end is within this half hour, (3, patients); what has come does not come again.

    Re-operation is called for by drains or a heart that blood presses on, replacement by kidneys that no longer do
    their work, death by lactate, vasopressor and organs lost.
    """
    organs = (
        (state.injury > 0.6) * 1.0 + (state.delivery < 0.4) + (state.lungs > 0.25) + (state.pressor > 0.4)
    )
    pulls = np.stack(
        [
            np.maximum((state.poured / person.patience - 1.0) / 0.04, (state.retained - TAMPONADE) / 0.03),
            (state.injury - person.limit) / 0.035 + 1.0 * np.maximum(state.potassium - 5.5, 0.0),
            0.9 * (state.lactate - 9.0) + 1.2 * (organs - 2.0),
        ]
    )
    most = np.array([0.8, 0.45, 0.5])[:, None]
    rates = most / (1.0 + np.exp(-np.clip(pulls, -40.0, 40.0)))  # 1/h
    return np.where(state.ended | state.ended[2], 0.0, -np.expm1(-STEP * rates))


def drawn_ends(chances: Array, keys: Array, step: int | Array) -> Array:
    """Return which ends come in half an hour, (3, patients) bool."""
    return uniforms(keys, "ends", step, len(ENDS)) < chances


def ended(state: State, comes: Array) -> State:
    """Return the state after ends have come, (3, patients) bool; a re-operation closes what was open."""
    closed = comes[0]
    return replace(
        state,
        opened=np.where(closed, 0.0, state.opened),
        blocked=np.where(closed, 0.0, state.blocked),
        retained=np.where(closed, 0.0, state.retained),
        poured=np.where(closed, np.minimum(state.poured, 100.0), state.poured),
        ended=state.ended | comes,
    )
