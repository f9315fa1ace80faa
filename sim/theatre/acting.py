"""What an agent must offer, and what it may order: checked in one place, and said with the agent's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from sim.arrays import Array, is_array, to_numpy
from sim.interfaces import DRUGS, PRESSORS, Agent, OrderMode, Orders, Readings
from sim.pumps import CONCENTRATIONS, MAX_RATE
from sim.settings import shown

OFFERS = ("orders", "initial", "act")  # of every agent
# Above all that anybody orders, and below what a slip of units makes of it (choice): ten times what a pump can give
# (which gives what it can), targets far above those of any label, one syringe or ampoule at once.
HIGHEST_RATES = 10.0 * MAX_RATE
HIGHEST: Mapping[OrderMode, np.ndarray] = {
    "rates": HIGHEST_RATES,
    "targets": np.concatenate([[[50.0], [50.0]], HIGHEST_RATES[2:]]),
}
HIGHEST_BOLUSES, HIGHEST_PRESSORS = 50.0 * CONCENTRATIONS, np.array([[100.0], [2000.0]])
HIGHEST_ROCURONIUM = np.array([[500.0]])  # mg
UNITS: Mapping[OrderMode, tuple[str, ...]] = {
    "rates": ("mg/s", "µg/s", "µg/s"),
    "targets": ("µg/mL", "ng/mL", "µg/s"),
}
BOLUS_UNITS, PRESSOR_UNITS = ("mg", "µg", "µg"), ("mg", "µg")


def check_agent(agent: Any) -> None:
    """Raise ValueError at what is no `sim.interfaces.Agent`."""
    missing = [offer for offer in OFFERS if not hasattr(agent, offer)]
    if isinstance(agent, type) or missing:
        lacks = f" without {', '.join(missing)}" if missing else ""
        raise ValueError(f"agent: {shown(agent)}{lacks} is not allowed; an object as in sim.interfaces.Agent")
    if agent.orders not in get_args(OrderMode):
        allowed = " or ".join(get_args(OrderMode))
        raise ValueError(f"{_title(agent)}: orders {shown(agent.orders)} is not allowed; {allowed}")


def check_shown(agent: Agent, readings: Sequence[str]) -> None:
    """Raise ValueError at a reading that an agent needs, see `sim.interfaces.Agent`, and the room does not show."""
    for name in getattr(agent, "readings", ()):
        if name not in readings:
            found = ", ".join(readings) or "none"
            raise ValueError(f"readings: {found} is not allowed; {_title(agent)} needs {name}")


def ask(agent: Agent, memory: Any, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Any]:
    """Return what an agent orders now, and its memory. Raises ValueError, with its name, where no pump could do it."""
    said = agent.act(memory, readings, estimates)
    if not (isinstance(said, tuple) and len(said) == 2 and isinstance(said[0], Orders)):
        raise ValueError(
            f"{_title(agent)}: act returned {_kind(said)}, which is not allowed; (Orders, state)"
        )
    try:
        check(said[0], agent.orders, readings.time.shape[0])
    except ValueError as error:
        raise ValueError(f"{_title(agent)}: {error}") from None
    return said


def reports(agent: Agent, memory: Any) -> dict[str, np.ndarray]:
    """Return what an agent says of itself, float32 (patients,) by name; nothing if it offers no report."""
    report = getattr(agent, "report", None)
    said = report(memory) if report else {}
    return {name: to_numpy(value).astype(np.float32) for name, value in said.items()}


def check(orders: Orders, mode: OrderMode, patients: int) -> None:
    """Raise ValueError at the first order that is no array, has a wrong shape, or is NaN, negative or too high."""
    _check("infusions", orders.infusions, DRUGS, UNITS[mode], HIGHEST[mode], patients)
    _check("boluses", orders.boluses, DRUGS, BOLUS_UNITS, HIGHEST_BOLUSES, patients)
    if orders.pressors is not None:
        _check("pressors", orders.pressors, PRESSORS, PRESSOR_UNITS, HIGHEST_PRESSORS, patients)
    if orders.rocuronium is not None:
        _check("rocuronium", orders.rocuronium, ("rocuronium",), ("mg",), HIGHEST_ROCURONIUM, patients)


def _check(
    name: str, given: Any, drugs: tuple[str, ...], units: tuple[str, ...], highest: np.ndarray, patients: int
) -> None:
    shape = (len(drugs), patients)
    if not is_array(given):
        raise ValueError(f"orders.{name}: {_kind(given)} is not allowed; an array of shape {shape}")
    values = to_numpy(given)
    if values.shape != shape:
        raise ValueError(f"orders.{name}: shape {values.shape} is not allowed; {shape}")
    if values.dtype.kind not in "fiu":
        raise ValueError(f"orders.{name}: values of type {values.dtype} are not allowed; numbers")
    good = (values >= 0.0) & (values <= highest)
    if not good.all():
        row, patient = np.argwhere(~good)[0]
        raise ValueError(
            f"orders.{name}: {values[row, patient]} is not allowed; "
            f"0 to {highest[row, 0]:.4g} {units[row]} of {drugs[row]}"
        )


def _kind(value: Any) -> str:
    """Return what a value is, briefly."""
    kind = type(value).__name__
    return kind if value is None or len(text := shown(value)) > 40 else f"{kind} {text}"


def _title(agent: Any) -> str:
    return f"agent {type(agent).__name__}"
