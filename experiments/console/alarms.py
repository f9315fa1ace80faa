"""What a monitor would call out: limits of what is shown, each in words. Of readings, never of the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from agents.control.shield.alarms import ALARMS, RAISED
from sim.arrays import Array
from sim.interfaces import Readings
from sim.surgery import EMERGENCE

GOOD_QUALITY = 50.0  # %, from which monitors' manuals call the signal good


class Limits(NamedTuple):
    """When a value calls: low and high, very low and very high; and its unit."""

    low: float
    high: float
    very_low: float
    very_high: float
    unit: str


# Defaults of bedside monitors and of the metrics here: index 40-60, mean pressure 65 and 55 (choice).
LIMITS: Mapping[str, Limits] = {
    "index": Limits(40.0, 60.0, 20.0, 75.0, ""),
    "pressure": Limits(65.0, 110.0, 55.0, 130.0, "mmHg"),
    "heart_rate": Limits(45.0, 110.0, 35.0, 140.0, "/min"),
}
TITLES = {"index": "Index", "pressure": "Mean pressure", "heart_rate": "Heart rate"}


class Alarm(NamedTuple):
    """signal: of `LIMITS`, or "agent"; level: "warning" or "crisis"; text: what is wrong, in words."""

    signal: str
    level: str
    text: str


def alarms(readings: Readings, asleep: bool) -> list[Alarm]:
    """Return what is to be called out, of a single patient, crises first.

    Args:
        readings: what is shown.
        asleep: whether propofol was given; before that, and in emergence, a high index is no alarm.
    """
    asleep = asleep and int(readings.phase[0]) < EMERGENCE
    shown = {
        "index": (readings.bis, readings.bis_valid),
        "pressure": (readings.mean_arterial_pressure, readings.pressure_valid),
        "heart_rate": (readings.heart_rate, readings.heart_rate_valid),
    }
    found = []
    for signal, (value, valid) in shown.items():
        if not valid[0]:
            found.append(Alarm(signal, "warning", f"{TITLES[signal]}: no signal"))
        elif text := _beyond(signal, float(value[0]), asleep):
            found.append(text)
    if readings.bis_valid[0] and readings.signal_quality[0] < GOOD_QUALITY:
        quality = f"{readings.signal_quality[0]:.0f} %"
        found.append(Alarm("index", "warning", f"Index: poor signal quality, {quality}"))
    return sorted(found, key=lambda alarm: alarm.level != "crisis")


def of_agent(reports: Mapping[str, Array]) -> list[Alarm]:
    """Return the alarms that the shield of an agent reports for a single patient."""
    raised = [name for name in ALARMS if RAISED + name in reports and reports[RAISED + name][0] > 0.0]
    return [Alarm("agent", "warning", f"Shield: {ALARMS[name][0]}") for name in raised]


def _beyond(signal: str, value: float, asleep: bool) -> Alarm | None:
    limits = LIMITS[signal]
    shown = f"{value:.0f} {limits.unit}".rstrip()
    for level, low, high in (
        ("crisis", limits.very_low, limits.very_high),
        ("warning", limits.low, limits.high),
    ):
        if value < low:
            return Alarm(signal, level, f"{TITLES[signal]} low: {shown}, below {low:g}")
        if value > high and (asleep or signal != "index"):
            return Alarm(signal, level, f"{TITLES[signal]} high: {shown}, above {high:g}")
    return None
