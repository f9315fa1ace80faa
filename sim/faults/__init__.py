"""Things that go wrong in the room, by name: an entry is a `sim.faults.plan.Fault`.

Faults of monitors change what is shown; faults of pumps and lines change what arrives, never what the pumps show.
Durations and amplitudes: choices after Pilge 2006, NAP5 2014 and infusion-pump alarm delays.
"""

from sim.registry import Registry

_HERE = "sim.faults"

FAULTS = Registry(
    "fault",
    bis_dropout=f"{_HERE}.monitors:BIS_DROPOUT",
    bis_stuck=f"{_HERE}.monitors:BIS_STUCK",
    bis_bias=f"{_HERE}.monitors:BIS_BIAS",
    cautery=f"{_HERE}.monitors:CAUTERY",
    pressure_missing=f"{_HERE}.monitors:PRESSURE_MISSING",
    heart_rate_missing=f"{_HERE}.monitors:HEART_RATE_MISSING",
    pressure_flush=f"{_HERE}.monitors:PRESSURE_FLUSH",
    occlusion=f"{_HERE}.lines:OCCLUSION",
    disconnection=f"{_HERE}.lines:DISCONNECTION",
    rate_gain=f"{_HERE}.lines:RATE_GAIN",
)
