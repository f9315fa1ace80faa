"""Faults of monitors: what is shown is not what is measured, or nothing is.

What is added to an index is added to new values alone: where a monitor repeats the last one that was shown, as it does
in gaps, what was added to that is in it already. Amplitudes: choices; delays after Pilge, Anesthesiology 2006;104:488.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, interpolated, namespace
from sim.faults.fault import Fault, Parameter
from sim.monitors.bis import LONGEST_DELAY, VALUES, even
from sim.monitors.noise import INNOVATIONS, Noise
from sim.monitors.panel import Monitors
from sim.monitors.recorded import recorded
from sim.monitors.slots import Shown
from sim.randomness import normals
from sim.settings import Room

POOR_QUALITY = 10.0  # %, at most, under cautery


def _dropped(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        bis=xp.where(running, last.bis, shown.bis),
        bis_valid=shown.bis_valid & ~running,
        signal_quality=xp.where(running, 0.0 * shown.bis, shown.signal_quality),
    )


def _stuck(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(shown, bis=xp.where(running, last.bis, shown.bis), bis_valid=shown.bis_valid | running)


def _none_added(room: Room, keys: Array, shown: Shown) -> Array:
    return shown.bis < 0.0


def _added(added: Array, running: Array, shown: Shown, last: Shown, memory: Array) -> tuple[Shown, Array]:
    """Add points to an index; `memory`, bool, is who was shown a changed one before."""
    xp = namespace(shown.bis)
    repeats = memory & (shown.bis == last.bis)
    changed = xp.clip(shown.bis + added, 0.0, 100.0)
    here = running & shown.bis_valid & ~repeats
    return replace(shown, bis=xp.where(here, changed, shown.bis)), here | repeats


def _biased(
    running: Array, shown: Shown, last: Shown, monitors: Monitors, memory: Array, size: Array
) -> tuple[Shown, Array]:
    return _added(size, running, shown, last, memory)


def _burnt(
    running: Array, shown: Shown, last: Shown, monitors: Monitors, memory: Array, size: Array
) -> tuple[Shown, Array]:
    xp = namespace(shown.bis)
    shown, memory = _added(size, running, shown, last, memory)
    poor = xp.clip(shown.signal_quality, None, POOR_QUALITY)
    return replace(shown, signal_quality=xp.where(running, poor, shown.signal_quality)), memory


@dataclass(frozen=True)
class Drifting:
    """Attributes: changed, bool, who was shown a changed index before; since, s since it began; each (patients,)."""

    changed: Array
    since: Array


def _drifted(
    running: Array, shown: Shown, last: Shown, monitors: Monitors, memory: Drifting, per_hour: Array
) -> tuple[Shown, Drifting]:
    since = namespace(shown.bis).where(running, memory.since + monitors.interval, 0.0 * memory.since)
    shown, changed = _added(per_hour * since / 3600.0, running, shown, last, memory.changed)
    return shown, Drifting(changed, since)


@dataclass(frozen=True)
class Noisy:
    """Attributes: changed, as of `Drifting`; state of the noise; keys; count of readings."""

    changed: Array
    state: Array
    keys: Array
    count: Array


def _quiet(room: Room, keys: Array, shown: Shown) -> Noisy:
    process = Noise(recorded().index.noise, room.control_period)
    state = process.initial(keys, "fault bis_noise", shown.bis)
    return Noisy(shown.bis < 0.0, state, keys, np.zeros(len(keys), dtype=np.int64))


def _noisy(
    running: Array, shown: Shown, last: Shown, monitors: Monitors, memory: Noisy, factor: Array
) -> tuple[Shown, Noisy]:
    """Add noise of the same kind that makes SD `factor` times as large, on the scale on which it is of one size."""
    if not monitors.noise:
        return shown, memory
    process = Noise(recorded().index.noise, monitors.interval)
    count = memory.count + 1
    state = process.step(memory.state, normals(memory.keys, "fault bis_noise", count, INNOVATIONS, shown.bis))
    noise = (factor**2 - 1.0) ** 0.5 * process.value(state)
    moved = interpolated(interpolated(shown.bis, VALUES, even()) + noise, even(), VALUES)
    shown, changed = _added(moved - shown.bis, running, shown, last, memory.changed)
    return shown, Noisy(changed, state, memory.keys, count)


@dataclass(frozen=True)
class Late:
    """What was measured, newest first, each (readings, patients)."""

    bis: Array
    bis_valid: Array
    signal_quality: Array


def _punctual(room: Room, keys: Array, shown: Shown) -> Late:
    readings = math.ceil(LONGEST_DELAY / room.control_period) + 1
    return Late(*(np.stack([one] * readings) for one in (shown.bis, shown.bis_valid, shown.signal_quality)))


def _delayed(
    running: Array, shown: Shown, last: Shown, monitors: Monitors, memory: Late, size: Array
) -> tuple[Shown, Late]:
    """Show what was measured so many s ago, in whole control periods."""
    xp = namespace(shown.bis)
    again = running & (
        shown.bis == last.bis
    )  # the monitor repeats what is on the screen, which is late already
    fresh = xp.where(again, memory.bis[0], shown.bis), shown.bis_valid, shown.signal_quality
    memory = Late(*(xp.concat([new[None], old[:-1]]) for new, old in zip(fresh, _parts(memory), strict=True)))
    back = xp.astype(xp.round(size / monitors.interval), xp.int64)
    patients = xp.arange(back.shape[0], device=back.device)
    bis, valid, quality = (
        xp.where(running, part[back, patients], now)
        for part, now in zip(_parts(memory), (shown.bis, *fresh[1:]), strict=True)
    )
    return replace(shown, bis=bis, bis_valid=valid, signal_quality=quality), memory


def _parts(memory: Late) -> tuple[Array, Array, Array]:
    return memory.bis, memory.bis_valid, memory.signal_quality


def _without_pressure(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        pressure=xp.where(running, last.pressure, shown.pressure),
        pressure_valid=shown.pressure_valid & ~running,
        pressure_age=xp.where(running, last.pressure_age + monitors.interval, shown.pressure_age),
    )


def _seldom(running: Array, shown: Shown, last: Shown, monitors: Monitors, every: Array) -> Shown:
    xp, age = namespace(shown.bis), last.pressure_age + monitors.interval
    waits = running & (age < every)
    return replace(
        shown,
        pressure=xp.where(waits, last.pressure, shown.pressure),
        pressure_valid=xp.where(waits, last.pressure_valid, shown.pressure_valid),
        pressure_age=xp.where(waits, age, shown.pressure_age),
    )


def _without_heart_rate(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        heart_rate=xp.where(running, last.heart_rate, shown.heart_rate),
        heart_rate_valid=shown.heart_rate_valid & ~running,
    )


def _flushed(running: Array, shown: Shown, last: Shown, monitors: Monitors, size: Array) -> Shown:
    if monitors.pressure != "arterial":
        return shown
    xp = namespace(shown.bis)
    lies = (shown.pressure_age == 0.0) & (last.pressure_age == 0.0)  # a cuff measured it, else
    return replace(shown, pressure=xp.where(running & lies, 0.0 * shown.pressure + size, shown.pressure))


BIS_DROPOUT = Fault("no index, signal quality 0", 120.0, _dropped)
BIS_STUCK = Fault("the index repeats its last value and claims to be valid", 300.0, _stuck)
BIS_BIAS = Fault(
    "the index shows 20 too much, or as much as said",
    600.0,
    _biased,
    parameters={"size": Parameter("added to the index", 20.0, -60.0, 60.0, "points")},
    memory=_none_added,
)
BIS_DRIFT = Fault(
    "the index drifts away",
    0.0,
    _drifted,
    parameters={"per_hour": Parameter("added in every hour", 5.0, -60.0, 60.0, "points")},
    memory=lambda room, keys, shown: Drifting(shown.bis < 0.0, 0.0 * shown.bis),
)
BIS_DELAY = Fault(
    "the index comes later than usual",
    600.0,
    _delayed,
    parameters={
        "size": Parameter("later, in whole control periods", 60.0, 0.0, LONGEST_DELAY, "s"),
    },
    memory=_punctual,
)
BIS_NOISE = Fault(
    "the noise of the index grows, where monitors are noisy",
    600.0,
    _noisy,
    parameters={"factor": Parameter("on its SD", 2.0, 1.0, 8.0)},
    memory=_quiet,
)
CAUTERY = Fault(
    "the index rises by 35 and signal quality falls below 15",
    60.0,
    _burnt,
    parameters={"size": Parameter("added to the index", 35.0, 0.0, 60.0, "points")},
    memory=_none_added,
)
PRESSURE_MISSING = Fault("no pressure", 300.0, _without_pressure)
PRESSURE_SELDOM = Fault(
    "a new pressure comes only every few minutes",
    0.0,
    _seldom,
    parameters={"every": Parameter("between pressures", 180.0, 10.0, 900.0, "s")},
)
HEART_RATE_MISSING = Fault("no heart rate", 120.0, _without_heart_rate)
PRESSURE_FLUSH = Fault(
    "the arterial line shows 250 mmHg",
    20.0,
    _flushed,
    parameters={"size": Parameter("what it shows", 250.0, 0.0, 300.0, "mmHg")},
)
