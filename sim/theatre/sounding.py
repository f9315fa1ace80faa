"""The waveforms of the patients, in a room where they are heard, and the muscles that somebody relaxes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim import surgery
from sim.arrays import Array
from sim.interfaces import PROPOFOL, REMIFENTANIL
from sim.monitors.listening import HEARD_BEFORE
from sim.patient import Patient, PatientState, drive_of
from sim.pharmacodynamics import equations
from sim.pharmacodynamics.wander import RESISTANCE
from sim.pharmacokinetics import rocuronium
from sim.surgery import CLOSING, EMERGENCE, INCISION, INTUBATION, Surgery
from sim.surgery.drawn import HARDEST
from sim.truth import Truth
from sim.waves import WAVES
from sim.waves.drive import Drive, over, steady
from sim.waves.wave import Wave

# Usual practice, as labels of the drug have it (from memory): to intubate and to keep relaxed, mg/kg; s from the first
# dose to the laryngoscope; block below which more is given, a quarter of the twitch being back.
FIRST, MORE = 0.6, 0.15
BEFORE_TUBE = 60.0
LIGHT = 0.75


@dataclass(frozen=True)
class Hearing:
    """What is heard in a room.

    Attributes:
        names: of waveforms in `sim.waves.WAVES`.
        disturbed: whether they have artefacts.
        seconds: of a control period.
    """

    names: tuple[str, ...]
    disturbed: bool
    seconds: int

    @cached_property
    def waves(self) -> dict[str, Wave]:
        """The waveforms by name."""
        return {name: WAVES.get(name)(self.disturbed) for name in self.names}


@dataclass(frozen=True)
class Sounds:
    """What moves. muscles: (4, patients), see `sim.pharmacokinetics.rocuronium`; drive: of now, (patients,); waves: the
    state of each by name.
    """

    muscles: Array
    drive: Drive
    waves: Mapping[str, Any]


def begin(
    hearing: Hearing, keys: Array, patient: Patient, timeline: Surgery, body: PatientState, true: Truth
) -> tuple[Sounds, dict[str, Array]]:
    """Return the sounds of awake patients, and their waveforms of a minute before, see `HEARD_BEFORE`."""
    muscles = rocuronium.none(true.bis)
    drive = _drive(patient, timeline, body, true, muscles, 0.0 * true.bis)
    silent = {name: wave.begin(patient.covariates, keys) for name, wave in hearing.waves.items()}
    waves, heard = _play(hearing, silent, steady(drive, HEARD_BEFORE))
    return Sounds(muscles, drive, waves), heard


def go_on(
    hearing: Hearing,
    patient: Patient,
    timeline: Surgery,
    sounds: Sounds,
    body: PatientState,
    true: Truth,
    time: Array,
    dose: Array | None,
) -> tuple[Sounds, dict[str, Array]]:
    """Return the sounds one control period on, and the waveforms of that period.

    Args:
        body, true, time: at its end.
        dose: (1, patients), mg of rocuronium at its beginning; None for what the team gives.
    """
    began = time - hearing.seconds
    weight = patient.covariates.weight
    given = teams_dose(sounds.muscles, timeline, began) if dose is None else dose[0] / weight
    muscles = rocuronium.step(sounds.muscles, given, hearing.seconds)
    drive = _drive(patient, timeline, body, true, muscles, time)
    waves, heard = _play(hearing, sounds.waves, over(sounds.drive, drive, hearing.seconds))
    return Sounds(muscles, drive, waves), heard


def latest(hearing: Hearing, heard: Mapping[str, Array]) -> dict[str, Array]:
    """Return the waveforms of the last control period alone."""
    return {name: heard[name][-round(wave.rate * hearing.seconds) :] for name, wave in hearing.waves.items()}


def teams_dose(muscles: Array, timeline: Surgery, time: Array) -> Array:
    """Return the rocuronium that the team gives now, (patients,), mg/kg.

    It intubates relaxed patients and keeps them so until the wound is closed: more is given where the last dose is past
    its peak and a quarter of the twitch is back.
    """
    phase = surgery.phase_at(timeline, time)
    begun = (timeline.phase_starts[INTUBATION] - BEFORE_TUBE <= time) | (phase >= INTUBATION)
    past = muscles[0] <= muscles[rocuronium.EFFECT]
    needed = begun & (phase < CLOSING) & past & (rocuronium.relaxed(muscles) < LIGHT)
    return np.where(needed, np.where(muscles[0] > 0.0, MORE, FIRST), 0.0)


def _drive(
    patient: Patient, timeline: Surgery, body: PatientState, true: Truth, muscles: Array, time: Array
) -> Drive:
    """Return what the body does now, each (patients,)."""
    acting = drive_of(patient, body.drugs[0], body.volume, body.answer * body.factors[RESISTANCE:])
    phase = surgery.phase_at(timeline, time)
    return Drive(
        true.bis,
        true.effect_site[PROPOFOL],
        true.effect_site[REMIFENTANIL],
        np.clip(body.strain[0] / HARDEST, 0.0, 1.0),
        rocuronium.relaxed(muscles),
        ((phase >= INCISION) & (phase < EMERGENCE)).astype(float),
        true.heart_rate,
        true.mean_arterial_pressure,
        equations.of(patient.circulation)
        .vital_signs(patient.circulation, body.circulation, acting)
        .stroke_volume,
        body.volume,
    )


def _play(
    hearing: Hearing, states: Mapping[str, Any], drive: Drive
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the states of the waves after some seconds, and their samples."""
    played = {name: wave.play(states[name], drive) for name, wave in hearing.waves.items()}
    return {name: state for name, (state, _) in played.items()}, {
        name: samples for name, (_, samples) in played.items()
    }
