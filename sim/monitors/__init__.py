"""What is seen of the patients: one monitor for each slot of the panel, by name.

An entry is called with the seconds between readings, the seconds between samples of the true index, and whether there
is noise; it returns a `sim.monitors.slots.Monitor`.
"""

from sim.registry import Registry

_HERE = "sim.monitors"

INDEX_MONITORS = Registry("index monitor", bis=f"{_HERE}.bis:BIS")
PRESSURE_MONITORS = Registry(
    "pressure monitor",
    arterial=f"{_HERE}.arterial:ArterialLine",
    cuff=f"{_HERE}.cuff:Cuff",
)
HEART_RATE_MONITORS = Registry("heart-rate monitor", pleth=f"{_HERE}.pleth:Plethysmograph")
