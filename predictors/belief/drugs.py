"""Where the drugs are believed to be: one average patient's compartments, and an effect site of propofol a member.

The kinetics are linear, so a plan's effect sites are those without any more drug and, for each minute's rate, so much a
unit: a handful of products answers many plans.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim import pharmacokinetics
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments, Transition
from sim.pumps import assumed_kinetics

MINUTE = 60.0  # s
NOREPINEPHRINE_MODEL = "li"


@dataclass(frozen=True)
class Ahead:
    """Linear answers at the end of each coming minute, in single precision: plans are many.

    Attributes:
        free: (minutes, 4, ..., patients), per amount (and effect site) now.
        pulse: (minutes, ..., patients), per unit rate throughout the first minute, mg/s or µg/s.
    """

    free: Array
    pulse: Array


@dataclass(frozen=True)
class Body:
    """Kinetics, constant for a case.

    Attributes:
        v1: (3, patients), L.
        step: of the three drugs over a control period.
        site, given: (4, members, patients) and (members, patients), a member's effect site of propofol after a control
            period, per amount (and that effect site) and per rate.
        effect: of members' effect sites of propofol, ahead.
        remifentanil: of its effect site, ahead.
        plasma: (3 drugs), of plasma, ahead.
    """

    v1: Array
    step: Transition
    site: Array
    given: Array
    effect: Ahead
    remifentanil: Ahead
    plasma: Ahead


def body(
    person: Covariates, propofol: str, remifentanil: str, ke0: Array, seconds: float, minutes: int
) -> Body:
    """Return the kinetics of people.

    Args:
        person: (patients,).
        propofol, remifentanil: models by name.
        ke0: (members, 1), 1/min.
        seconds: a control period.
        minutes: to look ahead.

    Raises:
        ValueError: an unknown model.
    """
    drugs = assumed_kinetics(person, propofol, remifentanil)
    norepinephrine = pharmacokinetics.NOREPINEPHRINE.get(NOREPINEPHRINE_MODEL)(person)
    together = pk.stack([*_apart(drugs), norepinephrine])
    minute = pk.discretise(together, MINUTE)
    members = replace(_one(drugs, PROPOFOL), ke0=ke0 + 0.0 * person.age)
    members = replace(members, **{name: getattr(members, name) + 0.0 * members.ke0 for name in vars(members)})
    step, member_minute = pk.discretise(members, seconds), pk.discretise(members, MINUTE)
    plasma, v1 = _ahead(minute, minutes, 0), together.v1.astype(np.float32)
    return Body(
        v1=together.v1,
        step=pk.discretise(together, seconds),
        site=step.phi[3],
        given=step.gamma[3],
        effect=_ahead(member_minute, minutes, 3),
        remifentanil=_one_ahead(_ahead(minute, minutes, 3), 1),
        plasma=Ahead(plasma.free / v1, plasma.pulse / v1),
    )


def _one(kinetics: Compartments, drug: int) -> Compartments:
    return Compartments(**{name: value[drug] for name, value in vars(kinetics).items()})


def _apart(kinetics: Compartments) -> list[Compartments]:
    return [_one(kinetics, drug) for drug in range(len(kinetics.v1))]


def _one_ahead(ahead: Ahead, drug: int) -> Ahead:
    return Ahead(np.ascontiguousarray(ahead.free[:, :, drug]), np.ascontiguousarray(ahead.pulse[:, drug]))


def _ahead(minute: Transition, minutes: int, row: int) -> Ahead:
    """Return how one row of the state answers at the end of each minute."""
    now = np.zeros_like(minute.phi[row])
    now[row] = 1.0
    free, pulse = [], []
    for _ in range(minutes):
        pulse.append((now * minute.gamma).sum(0))
        now = (now[:, None] * minute.phi).sum(0)
        free.append(now)
    return Ahead(np.stack(free).astype(np.float32), np.stack(pulse).astype(np.float32))


def effect_sites(body: Body, drugs: Array, site: Array, rate: Array) -> tuple[Array, Array]:
    """Return the state (4, 3, patients) and members' effect sites of propofol (members, patients), a period later."""
    own = body.site
    amounts = drugs[:3, PROPOFOL]
    after = own[0] * amounts[0] + own[1] * amounts[1] + own[2] * amounts[2] + own[3] * site
    return pk.step(body.step, drugs, rate), after + body.given * rate[PROPOFOL]


def coming(ahead: Ahead, state: Array, rates: Array) -> Array:
    """Return what follows under plans, (candidates, minutes, ..., patients).

    Args:
        ahead: linear answers, for (..., patients).
        state: (4, ..., patients), now.
        rates: (candidates, minutes, ..., patients), that broadcast with those.
    """
    minutes = rates.shape[1]
    free = (ahead.free[:minutes] * state).sum(1)
    pulse = ahead.pulse[:minutes]
    shape = np.broadcast_shapes(rates.shape, (len(rates), *free.shape))
    out = np.empty(shape, dtype=np.float32)
    out[:] = free
    for begun in range(minutes):
        for ended in range(begun, minutes):
            out[:, ended] += pulse[ended - begun] * rates[:, begun]
    return out
