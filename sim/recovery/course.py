"""Minutes in a recovery room: pain, fentanyl by whoever gives it, and what both come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.pharmacokinetics import compartments as pk
from sim.recovery import fentanyl, pain
from sim.theatre import Case

Dose = Callable[
    [int, np.ndarray], np.ndarray
]  # minute, how much it hurts (patients,) -> µg at once (patients,)


@dataclass(frozen=True)
class Awake:
    """Patients after emergence.

    Attributes:
        keys: (patients,), of their chance.
        unrelieved: (minutes, patients), how much it hurts without any drug, 0 to 10.
        halves: (patients,), ng/mL that halve it.
        weight: (patients,), kg.
    """

    keys: np.ndarray
    unrelieved: np.ndarray
    halves: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class Course:
    """What happened, (minutes, patients): pain left, 0 to 10; fentanyl at its effect site, ng/mL; given, µg."""

    pain: np.ndarray
    effect: np.ndarray
    given: np.ndarray


def awake(case: Case, minutes: int) -> Awake:
    """Return the patients of a theatre once they are awake and the remifentanil of the surgery is gone."""
    return Awake(
        case.keys,
        pain.unrelieved(case.keys, case.surgery, minutes),
        pain.sensitivity(case.keys),
        case.patient.covariates.weight,
    )


def recover(patients: Awake, dose: Dose) -> Course:
    """Return the minutes of these patients under whoever gives fentanyl."""
    compartments = fentanyl.kinetics(patients.weight)
    transition, state = pk.discretise(compartments, 60.0), pk.empty(compartments)
    rows = []
    for minute, hurts in enumerate(patients.unrelieved):
        effect = pk.effect_site(state)
        left = pain.relieved(hurts, effect, patients.halves)
        given = dose(minute, left)
        rows.append((left, effect, given))
        state[0] += given
        state = pk.step(transition, state, 0.0 * given)
    return Course(*map(np.stack, zip(*rows, strict=True)))
