"""Faults that are none of anybody's: patients who are not what models expect, and surgeries that go another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, plus
from sim.faults.fault import Fault, Parameter
from sim.interfaces import NOREPINEPHRINE, PROPOFOL
from sim.patient import Patient
from sim.surgery import CLOSING, Surgery
from sim.surgery.timeline import NEVER, given_at

RISE = 10.0  # s, in which a stimulus comes and goes
HURRIED = 30.0  # s, in which a surgery that ends early passes through what it leaves out


def _less_sensitive(patient: Patient, struck: Array, factor: Array) -> Patient:
    """Change the C50 of propofol, of the index and of consciousness."""
    factor = np.where(struck, factor, 1.0)
    hypnosis, consciousness = patient.hypnosis, patient.consciousness
    return replace(
        patient,
        hypnosis=replace(hypnosis, c50_propofol=factor * hypnosis.c50_propofol),
        consciousness=replace(consciousness, c50_propofol=factor * consciousness.c50_propofol),
    )


def _slower(patient: Patient, struck: Array, factor: Array) -> Patient:
    kinetics = patient.kinetics
    ke0 = plus(kinetics.ke0.copy(), PROPOFOL, struck * (factor - 1.0) * kinetics.ke0[PROPOFOL])
    return replace(patient, kinetics=replace(kinetics, ke0=ke0))


def _potent(patient: Patient, struck: Array, factor: Array) -> Patient:
    """Make norepinephrine more potent: volumes and clearances smaller, so that concentrations are as much higher."""
    kinetics = patient.kinetics
    sizes = ("v1", "v2", "v3", "cl", "q2", "q3")
    changed = {name: _divided(getattr(kinetics, name), np.where(struck, factor, 1.0)) for name in sizes}
    return replace(patient, kinetics=replace(kinetics, **changed))


def _divided(drugs: Array, factor: Array) -> Array:
    return plus(drugs.copy(), NOREPINEPHRINE, drugs[NOREPINEPHRINE] * (1.0 / factor - 1.0))


def _bleeding(surgery: Surgery, starts: Array, ends: Array, litres: Array) -> Surgery:
    lasts = np.where(starts < NEVER, ends - starts, NEVER)
    return replace(
        surgery,
        bleeding_starts=np.concatenate([surgery.bleeding_starts, starts[None]]),
        bleeding_ends=np.concatenate([surgery.bleeding_ends, ends[None]]),
        bleeding_rates=np.concatenate([surgery.bleeding_rates, (litres / lasts)[None]]),
    )


def _stimulated(surgery: Surgery, starts: Array, ends: Array, size: Array) -> Surgery:
    """Put a stimulus on top of what is planned; nobody announces it."""
    corners = np.stack([starts, starts + RISE, ends, ends + RISE])
    after = np.maximum(surgery.times[-1:], corners[-1:]) + 1.0  # the last two moments differ
    times, heights = _with_corners(surgery, np.concatenate([corners, after]))
    there = np.minimum((times - starts) / RISE, (ends + RISE - times) / RISE)
    return replace(surgery, times=times, stimulus=heights + size * np.clip(there, 0.0, 1.0))


def _with_corners(surgery: Surgery, moments: Array) -> tuple[Array, Array]:
    """Return times and stimulus of the same timeline with further points, (moments, patients), s."""
    times = np.concatenate([surgery.times, moments])
    heights = np.concatenate([surgery.stimulus, [given_at(surgery, moment) for moment in moments]])
    order = np.argsort(times, axis=0, kind="stable")
    return np.take_along_axis(times, order, axis=0), np.take_along_axis(heights, order, axis=0)


def _over_early(surgery: Surgery, starts: Array, ends: Array) -> Surgery:
    """Let the wound be closed from `starts` on; what lay between is over in `HURRIED`."""
    closing = surgery.phase_starts[CLOSING]
    early = (starts + HURRIED < closing) & (closing < NEVER)
    left_out = np.where(early, closing - starts, HURRIED)

    def moved(times: Array) -> Array:
        passed = np.clip(times - starts, 0.0, left_out)
        sooner = times - passed * (1.0 - HURRIED / left_out)
        return np.where(early & (times < NEVER), sooner, times)

    phases = surgery.phase_starts
    begins = np.where(early & (phases >= starts) & (phases <= closing), starts, moved(phases))
    loads = surgery.loads
    times, heights = _with_corners(surgery, np.stack([starts, closing]))
    return replace(
        surgery,
        times=moved(times),
        stimulus=heights,
        phase_starts=begins,
        bleeding_starts=moved(surgery.bleeding_starts),
        bleeding_ends=moved(surgery.bleeding_ends),
        loads=replace(loads, begins=moved(loads.begins), ends=moved(loads.ends)),
    )


PATIENT_C50 = Fault(
    "the patient needs half as much propofol again as others, or as much as said",
    None,
    patient=_less_sensitive,
    parameters={"factor": Parameter("on the C50 of index and consciousness", 1.5, 0.25, 4.0)},
)
PATIENT_KE0 = Fault(
    "propofol reaches the patient's brain half as fast as others', or as fast as said",
    None,
    patient=_slower,
    parameters={"factor": Parameter("on the ke0 of propofol", 0.5, 0.1, 10.0)},
)
NOREPINEPHRINE_POTENCY = Fault(
    "norepinephrine does a tenth of what it does in others, or as much as said",
    None,
    patient=_potent,
    parameters={"factor": Parameter("on its concentration", 0.1, 0.05, 20.0)},
)
BLOOD_LOSS = Fault(
    "the patient loses blood",
    900.0,
    surgery=_bleeding,
    parameters={"litres": Parameter("in all", 1.5, 0.1, 4.0, "L")},
)
STIMULUS = Fault(
    "a stimulus that nobody announced",
    120.0,
    surgery=_stimulated,
    parameters={"size": Parameter("of the index of an undrugged patient", 40.0, 1.0, 100.0, "points")},
)
EARLY_END = Fault("the wound is closed before anybody expected it", 0.0, surgery=_over_early, lasts=False)
