"""The waveforms of the patients, in a room where they are heard, and the muscles that somebody relaxes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import surgery
from sim.arrays import Array
from sim.monitors.listening import HEARD_BEFORE
from sim.patient import PatientState, drive_of
from sim.pharmacodynamics import hemodynamics
from sim.pharmacodynamics.wander import RESISTANCE
from sim.pharmacokinetics import rocuronium
from sim.surgery import CLOSING, EMERGENCE, INCISION, INTUBATION, Surgery
from sim.surgery.drawn import HARDEST
from sim.truth import Truth
from sim.waves import WAVES
from sim.waves.drive import Drive, over, steady
from sim.waves.wave import Wave

if TYPE_CHECKING:
    from sim.theatre.loop import Case, Theatre

FIRST, MORE = 0.6, 0.15  # mg/kg, to intubate and to keep relaxed (product information)
BEFORE_TUBE = 60.0  # s from the first dose to the laryngoscope (product information)
LIGHT = 0.75  # block below which the team gives more: a quarter of the twitch is back (product information)


@dataclass(frozen=True)
class Sounds:
    """What moves. muscles: (4, patients), see `sim.pharmacokinetics.rocuronium`; drive: of now, (patients,); waves: the
    state of each by name.
    """

    muscles: Array
    drive: Drive
    waves: Mapping[str, Any]


def begin(room: Theatre, case: Case, body: PatientState, true: Truth) -> tuple[Sounds, dict[str, Array]]:
    """Return the sounds of awake patients, and their waveforms of a minute before, see `HEARD_BEFORE`."""
    muscles = rocuronium.none(true.bis)
    drive = _drive(case, body, true, muscles, 0.0 * true.bis)
    silent = {name: wave.begin(case.patient.covariates, case.keys) for name, wave in _waves(room).items()}
    waves, heard = _play(room, silent, steady(drive, HEARD_BEFORE))
    return Sounds(muscles, drive, waves), heard


def go_on(
    room: Theatre,
    case: Case,
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
    began = time - room.control_period
    weight = case.patient.covariates.weight
    given = teams_dose(sounds.muscles, case.surgery, began) if dose is None else dose[0] / weight
    muscles = rocuronium.step(sounds.muscles, given, room.control_period)
    drive = _drive(case, body, true, muscles, time)
    waves, heard = _play(room, sounds.waves, over(sounds.drive, drive, round(room.control_period)))
    return Sounds(muscles, drive, waves), heard


def latest(room: Theatre, heard: Mapping[str, Array]) -> dict[str, Array]:
    """Return the waveforms of the last control period alone."""
    return {
        name: heard[name][-round(wave.rate * room.control_period) :] for name, wave in _waves(room).items()
    }


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


def _drive(case: Case, body: PatientState, true: Truth, muscles: Array, time: Array) -> Drive:
    """Return what the body does now, each (patients,)."""
    acting = drive_of(case.patient, body.drugs[0], body.volume, body.answer * body.factors[RESISTANCE:])
    phase = surgery.phase_at(case.surgery, time)
    return Drive(
        true.bis,
        true.effect_site[0],
        true.effect_site[1],
        np.clip(body.strain[0] / HARDEST, 0.0, 1.0),
        rocuronium.relaxed(muscles),
        ((phase >= INCISION) & (phase < EMERGENCE)).astype(float),
        true.heart_rate,
        true.mean_arterial_pressure,
        hemodynamics.vital_signs(case.patient.circulation, body.circulation, acting).stroke_volume,
        body.volume,
    )


def _waves(room: Theatre) -> dict[str, Wave]:
    return {name: WAVES.get(name)(room.noise) for name in room.heard}


def _play(room: Theatre, states: Mapping[str, Any], drive: Drive) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the states of the waves after some seconds, and their samples."""
    played = {name: wave.play(states[name], drive) for name, wave in _waves(room).items()}
    return {name: state for name, (state, _) in played.items()}, {
        name: samples for name, (_, samples) in played.items()
    }
