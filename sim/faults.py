"""Things that go wrong in the room, by name. Each named fault strikes every case once, at a time of its own.

Faults of monitors change what is shown; faults of pumps and lines change what arrives, never what the pumps show.
Durations and amplitudes: choices after Pilge 2006, NAP5 2014 and infusion-pump alarm delays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, namespace
from sim.interfaces import PROPOFOL, REMIFENTANIL
from sim.monitors.panel import Monitors
from sim.monitors.slots import Shown
from sim.randomness import uniforms


@dataclass(frozen=True)
class Fault:
    """What a fault does and for how long (s; 0 lasts for the rest of the case)."""

    description: str
    seconds: float


FAULTS = {
    "bis_dropout": Fault("no index, signal quality 0", 120.0),
    "bis_stuck": Fault("the index repeats its last value and claims to be valid", 300.0),
    "bis_bias": Fault("the index shows 20 too much", 600.0),
    "cautery": Fault("the index rises by 35 and signal quality falls below 15", 60.0),
    "pressure_missing": Fault("no pressure", 300.0),
    "heart_rate_missing": Fault("no heart rate", 120.0),
    "pressure_flush": Fault("the arterial line shows 250 mmHg", 20.0),
    "occlusion": Fault("no drug arrives; what was held back comes at the end", 300.0),
    "disconnection": Fault("propofol and remifentanil are recorded but do not arrive", 300.0),
    "rate_gain": Fault("pumps give 30 % more than they show", 0.0),
}


@dataclass(frozen=True)
class FaultPlan:
    """When each fault of `names` strikes: starts and ends (faults, patients), s."""

    names: tuple[str, ...]
    starts: Array
    ends: Array


def plan(names: Sequence[str], keys: np.ndarray, horizon: float) -> FaultPlan:
    """Draw the times, between 20 and 70 % of the horizon. Raises ValueError on an unknown or repeated name."""
    for name in names:
        if name not in FAULTS:
            raise ValueError(f"faults: unknown name {name!r}; allowed are {', '.join(FAULTS)}")
    if len(set(names)) < len(names):
        raise ValueError(f"faults: {', '.join(names)} names one twice; allowed is each once")
    moments = [0.2 + 0.5 * uniforms(keys, f"fault {name}", 0, 1)[0] for name in names]
    starts = horizon * np.array(moments).reshape(len(names), len(keys))
    seconds = np.array([FAULTS[name].seconds or horizon for name in names]).reshape(-1, 1)
    return FaultPlan(tuple(names), starts, starts + seconds)


def on_monitors(faults: FaultPlan, time: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    """Return what the screens show under the faults running at `time`; `last` is what they showed before."""
    for i, name in enumerate(faults.names):
        running = (faults.starts[i] <= time) & (time < faults.ends[i])
        if name in _MONITORS:
            shown = _MONITORS[name](running, shown, last, monitors)
    return shown


def arriving(
    faults: FaultPlan, time: Array, rates: Array, held: Array, interval: float
) -> tuple[Array, Array]:
    """Return the rates (3, patients) that arrive, and the drug (3, patients) that an occlusion holds back."""
    xp = namespace(rates)
    for i, name in enumerate(faults.names):
        running = (faults.starts[i] <= time) & (time < faults.ends[i])
        if name == "occlusion":
            released = rates + held / interval
            held = xp.where(running, held + rates * interval, 0.0 * held)
            rates = xp.where(running, 0.0 * rates, released)
        elif name == "disconnection":
            hypnotics = xp.stack([running * (drug in (PROPOFOL, REMIFENTANIL)) for drug in range(3)])
            rates = xp.where(hypnotics > 0, 0.0 * rates, rates)
        elif name == "rate_gain":
            rates = xp.where(running, 1.3 * rates, rates)
    return rates, held


def _bis_dropout(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        bis=xp.where(running, last.bis, shown.bis),
        bis_valid=shown.bis_valid & ~running,
        signal_quality=xp.where(running, 0.0 * shown.bis, shown.signal_quality),
    )


def _bis_stuck(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(shown, bis=xp.where(running, last.bis, shown.bis), bis_valid=shown.bis_valid | running)


def _bis_bias(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    return replace(
        shown, bis=namespace(shown.bis).clip(shown.bis + 20.0 * (running & shown.bis_valid), 0.0, 100.0)
    )


def _cautery(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        bis=xp.clip(shown.bis + 35.0 * (running & shown.bis_valid), 0.0, 100.0),
        signal_quality=xp.where(running, xp.clip(shown.signal_quality, None, 10.0), shown.signal_quality),
    )


def _pressure_missing(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        pressure=xp.where(running, last.pressure, shown.pressure),
        pressure_valid=shown.pressure_valid & ~running,
        pressure_age=xp.where(running, last.pressure_age + monitors.interval, shown.pressure_age),
    )


def _heart_rate_missing(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        heart_rate=xp.where(running, last.heart_rate, shown.heart_rate),
        heart_rate_valid=shown.heart_rate_valid & ~running,
    )


def _pressure_flush(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    if monitors.pressure != "arterial":
        return shown
    xp = namespace(shown.bis)
    return replace(shown, pressure=xp.where(running, 0.0 * shown.pressure + 250.0, shown.pressure))


_MONITORS = {
    "bis_dropout": _bis_dropout,
    "bis_stuck": _bis_stuck,
    "bis_bias": _bis_bias,
    "cautery": _cautery,
    "pressure_missing": _pressure_missing,
    "heart_rate_missing": _heart_rate_missing,
    "pressure_flush": _pressure_flush,
}
