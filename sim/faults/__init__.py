"""Things that go wrong, by name: an entry is a `sim.faults.fault.Fault`; how one is written, see `sim.faults.spelling`.

Faults of monitors change what is shown; faults of lines what arrives, never what the pumps show; faults of people what
is entered and ordered; faults of patients who lies there and what happens. The eighteen kinds of protocols for closed
loops are among them; durations and amplitudes: choices after Pilge 2006, NAP5 2014 and infusion-pump alarm delays.
"""

from sim.registry import Registry, constants

FAULTS = Registry(
    "fault",
    **constants(
        "sim.faults.monitors:", "bis_dropout bis_stuck bis_bias bis_drift cautery bis_delay bis_noise"
    ),
    **constants("sim.faults.monitors:", "pressure_missing pressure_seldom pressure_flush heart_rate_missing"),
    **constants(
        "sim.faults.lines:", "occlusion disconnection syringe_change rate_gain rate_steps pump_latency"
    ),
    **constants("sim.faults.lines:", "syringes_swapped wrong_concentration"),
    **constants("sim.faults.people:", "wrong_weight wrong_age wrong_sex unit_slip"),
    **constants("sim.faults.people:", "controller_late controller_nan controller_constant adversary"),
    **constants("sim.faults.patients:", "patient_c50 patient_ke0 norepinephrine_potency"),
    **constants("sim.faults.patients:", "blood_loss stimulus early_end"),
)
