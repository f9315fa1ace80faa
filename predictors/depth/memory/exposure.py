"""What the doses so far have done to the drug concentrations, under several published models side by side.

The models disagree about a patient; a network that sees all of them can learn whom to believe. One step costs one
product of small matrices for a batch, and nothing is ever read again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sim.arrays import Array, namespace, stack
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import PROPOFOL as PROPOFOL_MODELS
from sim.pharmacokinetics import REMIFENTANIL as REMIFENTANIL_MODELS
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Transition
from sim.units import mg_per_kg_h, ug_per_kg_min

# Drug, kinetic model, ke0 (1/min; None is the model's own). A second, faster ke0 lets Eleveld's kinetics meet
# inductions that its own slow effect site, made for BIS after minutes, trails behind.
BANK = (
    (PROPOFOL, "schnider", None),
    (PROPOFOL, "marsh_pump", None),
    (PROPOFOL, "eleveld", None),
    (PROPOFOL, "eleveld", 0.4),
    (REMIFENTANIL, "minto", None),
    (REMIFENTANIL, "eleveld", None),
)
DRUG_OF = tuple(drug for drug, _, _ in BANK)
PROPOFOL_ROWS = tuple(i for i, drug in enumerate(DRUG_OF) if drug == PROPOFOL)
REMIFENTANIL_ROWS = tuple(i for i, drug in enumerate(DRUG_OF) if drug == REMIFENTANIL)
MINUTE = 60.0  # s, in which plans are given
AVERAGED = (300.0, 1200.0)  # s, time constants of the averaged rates
RATE_SCALES = (2.0, 0.05)  # mg/kg/h and µg/kg/min, in the logarithm of the present rate
MEAN_SCALES = (5.0, 0.1)
FEATURES = 2 + 2 * len(BANK) + 2 * len(AVERAGED) + 2 + 4


@dataclass(frozen=True)
class Exposure:
    """Drug in the body so far. The first four are constant over a case.

    Attributes:
        step, minute: transitions of the bank over a control period and over a minute, (4, 4, models, patients).
        v1: (models, patients), L.
        person: (4, patients), standardised age, sex, height and weight.
        weight: (patients,), kg.
        drugs: (4, models, patients), see `sim.pharmacokinetics.compartments`.
        rates: (2, patients), present rates, mg/kg/h and µg/kg/min.
        averaged: (2 · time constants, patients), exponentially averaged rates.
        given, off: (patients,), s since the first propofol, and since the last.
    """

    step: Transition
    minute: Transition
    v1: Array
    person: Array
    weight: Array
    drugs: Array
    rates: Array
    averaged: Array
    given: Array
    off: Array


def begin(person: Covariates, period: float) -> Exposure:
    """Return drug-free patients whose doses will be counted every `period` s."""
    kinetics = []
    for drug, name, ke0 in BANK:
        model = (PROPOFOL_MODELS if drug == PROPOFOL else REMIFENTANIL_MODELS).get(name)(person)
        kinetics.append(model if ke0 is None else replace(model, ke0=0.0 * model.ke0 + ke0))
    bank = pk.stack(kinetics)
    zero = 0.0 * person.age
    about = [
        (person.age - 58.0) / 15.0,
        person.female - 0.5,
        (person.height - 163.0) / 9.0,
        (person.weight - 62.0) / 12.0,
    ]
    return Exposure(
        step=pk.discretise(bank, period),
        minute=pk.discretise(bank, MINUTE),
        v1=bank.v1,
        person=stack(about),
        weight=person.weight,
        drugs=pk.empty(bank),
        rates=stack([zero, zero]),
        averaged=stack([zero] * 2 * len(AVERAGED)),
        given=zero,
        off=zero,
    )


def advance(state: Exposure, infused: Array, period: float) -> Exposure:
    """Add what the pumps gave in the last `period` s, (2 or more, patients), mg and µg."""
    xp = namespace(state.given)
    rates = infused[:2] / period
    drugs = pk.step(state.step, state.drugs, stack([rates[drug] for drug in DRUG_OF]))
    per_kg = stack([mg_per_kg_h(rates[0], state.weight), ug_per_kg_min(rates[1], state.weight)])
    averaged = []
    for i, seconds in enumerate(AVERAGED):
        old = state.averaged[2 * i : 2 * i + 2]
        averaged.append(old + (1.0 - _decay(period, seconds)) * (per_kg - old))
    running = rates[0] > 0.0
    begun = running | (state.given > 0.0)
    return replace(
        state,
        drugs=drugs,
        rates=per_kg,
        averaged=xp.concat(averaged),
        given=xp.where(begun, state.given + period, state.given),
        off=xp.where(begun & ~running, state.off + period, 0.0 * state.off),
    )


def features(state: Exposure) -> Array:
    """Return (FEATURES, patients), each of order one: rates, concentrations, averages, clocks, demographics."""
    xp = namespace(state.given)
    scaled = [xp.log1p(state.rates[i] / RATE_SCALES[i]) for i in range(2)]
    means = [state.averaged[row] / MEAN_SCALES[row % 2] for row in range(2 * len(AVERAGED))]
    clocks = [xp.log1p(state.given / 300.0), xp.log1p(state.off / 60.0)]
    # the pumps' resolution leaves a drug-free patient at exactly zero; rounding must not make it negative
    plasma, effect = (xp.log1p(xp.abs(values)) for values in (state.drugs[0] / state.v1, state.drugs[3]))
    return xp.concat([stack(scaled), plasma, effect, stack(means), stack(clocks), state.person])


def effect_sites(state: Exposure) -> Array:
    """Return the present effect-site concentrations, (models, patients), µg/mL and ng/mL."""
    return state.drugs[3]


def ahead(state: Exposure, plan: Array) -> Array:
    """Return effect-site concentrations at the end of each planned minute, (minutes, models, patients).

    Args:
        plan: (2, minutes, patients), mean rate in each of the coming minutes, mg/s and µg/s.
    """
    drugs, found = state.drugs, []
    for minute in range(plan.shape[1]):
        drugs = pk.step(state.minute, drugs, stack([plan[drug, minute] for drug in DRUG_OF]))
        found.append(drugs[3])
    return stack(found)


def unchanged(state: Exposure, minutes: int) -> Array:
    """Return the plan of pumps that go on as they are, (2, minutes, patients), mg/s and µg/s.

    A pump that runs faster now than in the last minutes gives a bolus, which ends by itself: the lower of the present
    rate and the five-minute average goes on.
    """
    xp = namespace(state.given)
    per_kg = xp.minimum(state.rates, state.averaged[:2])
    rates = stack([per_kg[0] * state.weight / 3600.0, per_kg[1] * state.weight / 60.0])
    return xp.stack([rates] * minutes, axis=1)


def _decay(period: float, seconds: float) -> float:
    return math.exp(-period / seconds)
