"""The truth about a patient: what only rewards, metrics and figures may look at. Agents and observers import it not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.arrays import Array
from sim.interfaces import PROPOFOL, REMIFENTANIL
from sim.patient import Patient, PatientState, drive_of, plasma, sensitivity, tolerance_of
from sim.pharmacodynamics import equations
from sim.pharmacodynamics.hypnosis import index, unconscious
from sim.pharmacodynamics.wander import INDEX, RESISTANCE
from sim.pharmacokinetics import compartments as pk


@dataclass(frozen=True)
class Truth:
    """What is true of the patient at one moment, each (patients,); concentrations (3, patients).

    waves: by name, the waveforms since the last readings, (samples, patients), in rooms where they are heard.
    """

    bis: Array
    mean_arterial_pressure: Array
    heart_rate: Array
    cardiac_output: Array
    plasma: Array
    effect_site: Array
    unconscious: Array
    tolerance: Array
    waves: Mapping[str, Array] = field(default_factory=dict)


def truth(patient: Patient, state: PatientState, bis: Array | None = None) -> Truth:
    """Return everything that is true now; `bis` is `true_bis` of it, where that is known."""
    factors = state.answer * state.factors[RESISTANCE:]
    drive = drive_of(patient, state.drugs[0], state.volume, factors)
    vitals = equations.of(patient.circulation).vital_signs(patient.circulation, state.circulation, drive)
    effect = pk.effect_site(state.drugs)
    return Truth(
        true_bis(patient, state) if bis is None else bis,
        vitals.mean_arterial_pressure,
        vitals.heart_rate,
        vitals.cardiac_output,
        plasma(patient, state),
        effect,
        unconscious(patient.consciousness, effect[PROPOFOL], effect[REMIFENTANIL]),
        tolerance_of(patient, state.drugs, state.volume),
    )


def true_bis(patient: Patient, state: PatientState) -> Array:
    """Return the index the brain would show without monitor or delay, 0-100."""
    effect = pk.effect_site(state.drugs)
    propofol = effect[PROPOFOL] / (sensitivity(state.volume) * state.factors[INDEX])
    return index(patient.hypnosis, propofol, effect[REMIFENTANIL], patient.arousability * state.response)
