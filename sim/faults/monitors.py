"""Faults of monitors: what is shown is not what is measured, or nothing is."""

from __future__ import annotations

from dataclasses import replace

from sim.arrays import Array, namespace
from sim.faults.plan import Fault
from sim.monitors.panel import Monitors
from sim.monitors.slots import Shown


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


def _biased(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    return replace(
        shown, bis=namespace(shown.bis).clip(shown.bis + 20.0 * (running & shown.bis_valid), 0.0, 100.0)
    )


def _burnt(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        bis=xp.clip(shown.bis + 35.0 * (running & shown.bis_valid), 0.0, 100.0),
        signal_quality=xp.where(running, xp.clip(shown.signal_quality, None, 10.0), shown.signal_quality),
    )


def _without_pressure(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        pressure=xp.where(running, last.pressure, shown.pressure),
        pressure_valid=shown.pressure_valid & ~running,
        pressure_age=xp.where(running, last.pressure_age + monitors.interval, shown.pressure_age),
    )


def _without_heart_rate(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    xp = namespace(shown.bis)
    return replace(
        shown,
        heart_rate=xp.where(running, last.heart_rate, shown.heart_rate),
        heart_rate_valid=shown.heart_rate_valid & ~running,
    )


def _flushed(running: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    if monitors.pressure != "arterial":
        return shown
    xp = namespace(shown.bis)
    lies = (shown.pressure_age == 0.0) & (last.pressure_age == 0.0)  # a cuff measured it, else
    return replace(shown, pressure=xp.where(running & lies, 0.0 * shown.pressure + 250.0, shown.pressure))


BIS_DROPOUT = Fault("no index, signal quality 0", 120.0, _dropped)
BIS_STUCK = Fault("the index repeats its last value and claims to be valid", 300.0, _stuck)
BIS_BIAS = Fault("the index shows 20 too much", 600.0, _biased)
CAUTERY = Fault("the index rises by 35 and signal quality falls below 15", 60.0, _burnt)
PRESSURE_MISSING = Fault("no pressure", 300.0, _without_pressure)
HEART_RATE_MISSING = Fault("no heart rate", 120.0, _without_heart_rate)
PRESSURE_FLUSH = Fault("the arterial line shows 250 mmHg", 20.0, _flushed)
