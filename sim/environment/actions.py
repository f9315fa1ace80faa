"""What an agent in the environment may do: clinical units to orders."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.interfaces import OrderMode, Orders
from sim.settings import shown
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE


class Lever(NamedTuple):
    """One action: unit, highest value (the lowest is 0), meaning."""

    unit: str
    high: float
    meaning: str


NOREPINEPHRINE_LEVER = Lever("µg/kg/min", 0.5, "infusion rate")
LEVERS: dict[OrderMode, dict[str, Lever]] = {
    "rates": {
        "propofol": Lever("mg/kg/h", 100.0, "infusion rate"),
        "remifentanil": Lever("µg/kg/min", 2.0, "infusion rate"),
        "norepinephrine": NOREPINEPHRINE_LEVER,
    },
    "targets": {
        "propofol": Lever("µg/mL", 8.0, "target of the pump"),
        "remifentanil": Lever("ng/mL", 12.0, "target of the pump"),
        "norepinephrine": NOREPINEPHRINE_LEVER,
    },
}


def names(mode: OrderMode, norepinephrine: bool) -> list[str]:
    """Return the actions in order."""
    return list(LEVERS[mode])[: 3 if norepinephrine else 2]


def as_numbers(action: Any, patients: int, levers: list[str]) -> np.ndarray:
    """Return actions as float64 (patients, levers). Raises ValueError at what is no numbers, or has a wrong shape."""
    try:
        numbers = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"action: {shown(action)} is not allowed; numbers for {', '.join(levers)}") from None
    shape = (patients, len(levers))
    if numbers.shape != shape:
        raise ValueError(f"action: shape {numbers.shape} is not allowed; {shape} for {', '.join(levers)}")
    return numbers


def decode(action: np.ndarray, mode: OrderMode, norepinephrine: bool, weight: np.ndarray) -> Orders:
    """Turn actions (patients, levers) in clinical units into orders.

    Raises:
        ValueError: naming the action and its value where the shape is wrong, or one is NaN or out of range.
    """
    levers = names(mode, norepinephrine)
    action = as_numbers(action, len(weight), levers)
    high = np.array([LEVERS[mode][name].high for name in levers])
    good = (action >= 0.0) & (action <= high * (1.0 + 1e-6))  # float32 may round the bound up
    if not good.all():
        row, column = np.argwhere(~good)[0]
        name = levers[column]
        lever = LEVERS[mode][name]
        raise ValueError(
            f"action: {name} {action[row, column]} is not allowed; 0 to {lever.high:g} {lever.unit}"
        )
    infusions = np.zeros((3, len(weight)))
    infusions[: len(levers)] = action.T
    if mode == "rates":
        infusions[0] *= weight / SECONDS_PER_HOUR
        infusions[1] *= weight / SECONDS_PER_MINUTE
    infusions[2] *= weight / SECONDS_PER_MINUTE
    return Orders(infusions, np.zeros_like(infusions))
