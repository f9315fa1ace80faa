"""Channels of a ward's chart: the four vital signs that early warning scores read; and what is known before."""

from __future__ import annotations

from sim.outcomes.channel import Channel

CHANNELS: dict[str, Channel] = {
    "systolic": Channel("mmHg", 30.0, 290.0, 6.0, 0.04, other="kPa"),
    "heart_rate": Channel("1/min", 15.0, 250.0, 6.0, 0.04),
    "respiratory_rate": Channel("1/min", 2.0, 80.0, 6.0, 0.08),
    "temperature": Channel("°C", 28.0, 43.0, 8.0, 0.004, other="°F"),
}
KNOWN: dict[str, Channel] = {
    "age": Channel("years", 16.0, 110.0, 0.0, 0.0),
    "female": Channel("", 0.0, 1.0, 0.0, 0.0),
}
HOURS = 2.0  # from one row of a chart to the next
ENDS = ("arrest",)
HORIZON = 24.0  # h within which it is foreseen
