"""Things that go wrong in the room, by name: an entry is a `sim.faults.plan.Fault`.

Faults of monitors change what is shown; faults of pumps and lines change what arrives, never what the pumps show.
Durations and amplitudes: choices after Pilge 2006, NAP5 2014 and infusion-pump alarm delays.
"""

from sim.registry import Registry

_MONITORS, _LINES = "sim.faults.monitors", "sim.faults.lines"

FAULTS = Registry(
    "fault",
    bis_dropout=f"{_MONITORS}:BIS_DROPOUT",
    bis_stuck=f"{_MONITORS}:BIS_STUCK",
    bis_bias=f"{_MONITORS}:BIS_BIAS",
    cautery=f"{_MONITORS}:CAUTERY",
    pressure_missing=f"{_MONITORS}:PRESSURE_MISSING",
    heart_rate_missing=f"{_MONITORS}:HEART_RATE_MISSING",
    pressure_flush=f"{_MONITORS}:PRESSURE_FLUSH",
    occlusion=f"{_LINES}:OCCLUSION",
    disconnection=f"{_LINES}:DISCONNECTION",
    rate_gain=f"{_LINES}:RATE_GAIN",
)
