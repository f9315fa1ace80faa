"""What is seen of the patients: one monitor for each slot of the panel, by name.

An entry is called with the seconds between readings, the seconds between samples of the true index, and whether there
is noise; it returns a `sim.monitors.slots.Monitor`. `READINGS` can be shown beside: what is read from waveforms, each a
`sim.monitors.listening.Reading`, and what people say, a `sim.surgery.announcing.Announcement`.
"""

from sim.registry import Registry, constants

_HERE = "sim.monitors"

BIS_SOURCES = Registry("source of the index", surface=f"{_HERE}.bis:BIS", eeg=f"{_HERE}.heard:EEGIndex")
PRESSURE_MONITORS = Registry(
    "pressure monitor",
    arterial=f"{_HERE}.arterial:ArterialLine",
    cuff=f"{_HERE}.cuff:Cuff",
)
HEART_RATE_MONITORS = Registry("heart-rate monitor", pleth=f"{_HERE}.pleth:Plethysmograph")
READINGS = Registry(
    "reading",
    **constants(
        f"{_HERE}.heard:",
        "suppression_ratio emg spectral_edge surgical_pleth_index analgesia_index analgesia_index_mean",
    ),
    next_event="sim.surgery.announcing:NEXT_EVENT",
)
