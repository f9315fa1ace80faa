"""What a hand can do at the pumps: dials in clinical units, syringes, and their limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple, get_args

import numpy as np

from agents.control.wishes import ALLOWED, USUAL, Wishes
from sim.environment.actions import LEVERS, decode
from sim.interfaces import DRUGS, PRESSORS, OrderMode
from sim.units import mg_per_kg_h, ug_per_kg_min

MODES: tuple[OrderMode, ...] = get_args(OrderMode)


class Syringe(NamedTuple):
    """What is pushed at once: unit, largest dose, usual dose."""

    unit: str
    high: float
    usual: float


# By drug: boluses through the pump, and what is injected by hand (choice: twice to four times what is usual).
SYRINGES: Mapping[str, Syringe] = {
    "propofol": Syringe("mg", 300.0, 30.0),
    "remifentanil": Syringe("µg", 200.0, 30.0),
    "norepinephrine": Syringe("µg", 50.0, 6.0),
    "ephedrine": Syringe("mg", 30.0, 5.0),
    "phenylephrine": Syringe("µg", 300.0, 50.0),
}

UNITS = {"opioid_floor": "ng/mL"}  # of wishes


def amount(field: str, value: Any, low: float, high: float, unit: str) -> float:
    """Return a number. Raises ValueError that names the field, the value and what is allowed."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= value <= high:
        said = "nothing" if value is None else value if good else repr(value)
        raise ValueError(f"{field}: {said} is not allowed; {low:g} to {high:g} {unit}".rstrip())
    return float(value)


def wished(values: Mapping[str, Any]) -> Wishes:
    """Return wishes; those that are not named are the usual ones. Raises ValueError that names what is not allowed."""
    known = {field.name: getattr(USUAL, field.name) for field in fields(Wishes)}
    for name, value in values.items():
        one_of("wish", name, tuple(known))
        known[name] = amount(name, value, *ALLOWED[name], UNITS.get(name, ""))
    if not known["low"] < known["high"]:
        raise ValueError(f"low: {known['low']:g} is not allowed; below high, {known['high']:g}")
    return Wishes(**known)


def whole(field: str, value: Any) -> int:
    """Return a whole number, 0 or more. Raises ValueError that names the field and the value."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{field}: {value!r} is not allowed; a whole number, 0 or more")
    return value


def one_of(field: str, value: Any, allowed: Any) -> Any:
    """Return a name. Raises ValueError that names the field, the value and what is allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{field}: {value!r} is not allowed; {', '.join(allowed)}")
    return value


def set_to(drug: str, value: Any, mode: OrderMode, weight: float) -> float:
    """Return what a pump is ordered when its dial is set: µg/mL or ng/mL, or mg/s or µg/s.

    Args:
        drug: of `sim.interfaces.DRUGS`.
        value: in the unit of the dial, `sim.environment.actions.LEVERS`.
        mode: what the pumps are told.
        weight: kg.

    Raises:
        ValueError: an unknown drug or mode, or a value out of range.
    """
    one_of("drug", drug, DRUGS)
    one_of("mode", mode, MODES)
    lever = LEVERS[mode][drug]
    dials = np.zeros((1, len(DRUGS)))
    dials[0, DRUGS.index(drug)] = amount(drug, value, 0.0, lever.high, lever.unit)
    return float(decode(dials, mode, True, np.array([weight])).infusions[DRUGS.index(drug), 0])


def shown(infusions: np.ndarray, mode: OrderMode, weight: float) -> dict[str, float]:
    """Return what the dials show of infusions (3,), by drug, in clinical units."""
    propofol, remifentanil, norepinephrine = map(float, infusions)
    if mode == "rates":
        propofol, remifentanil = mg_per_kg_h(propofol, weight), ug_per_kg_min(remifentanil, weight)
    return dict(zip(DRUGS, (propofol, remifentanil, ug_per_kg_min(norepinephrine, weight)), strict=True))


def pushed(drug: str, value: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return boluses (3, 1) and pressors (2, 1) of a syringe. Raises ValueError as `set_to` does."""
    one_of("drug", drug, SYRINGES)
    syringe = SYRINGES[drug]
    given = amount(f"{drug}_bolus", value, 0.0, syringe.high, syringe.unit)
    boluses, pressors = np.zeros((len(DRUGS), 1)), np.zeros((len(PRESSORS), 1))
    if drug in DRUGS:
        boluses[DRUGS.index(drug)] = given
    else:
        pressors[PRESSORS.index(drug)] = given
    return boluses, pressors
