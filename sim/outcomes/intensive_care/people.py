"""Who comes from cardiac surgery: what is known of them, and what nobody knows.

Spread of age, ejection fraction and bypass time as in large registries of cardiac surgery (O'Brien, Ann Thorac Surg
2018;105:1419); filtration falls with age (Levey, Ann Intern Med 2009;150:604). Hidden traits are choices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.outcomes.intensive_care.channels import KNOWN
from sim.randomness import truncated_normals, uniforms


@dataclass(frozen=True)
class Practice:
    """How those decide who treat them.

    Attributes:
        operates: mL/h over hours from which they operate again: median, and log-SD between surgeons.
        replaces: share of filtration lost from which they replace kidneys: mean, and SD between physicians.
    """

    operates: tuple[float, float]
    replaces: tuple[float, float]


TUNED = Practice((200.0, 0.2), (0.74, 0.0))
PRINTED = Practice((320.0, 0.3), (0.76, 0.06))
"""As wide as what is printed: 200-500 mL/h, the longer, the less (Kirklin, Cardiac Surgery); between stage 3 of KDIGO,
at which a third of filtration is left, and failure that threatens life (Gaudry, N Engl J Med 2016;375:122)."""


@dataclass(frozen=True)
class Person:
    """People after surgery, each (patients,).

    Attributes:
        age: years.
        female, emergency: 0 or 1.
        weight: kg.
        filtration: estimated glomerular filtration before surgery, mL/min.
        ejection: left ventricular ejection fraction, %.
        bypass: minutes on cardiopulmonary bypass.
        pump: hidden; share of a normal output that the heart recovers to, 0.35-1.
        frailty: hidden; how readily kidneys are injured, 1 is typical.
        loose: hidden; how often a vessel opens, 1 is typical.
        inflamed: hidden; how often vessels lose their tone, 1 is typical.
        patience: hidden; mL/h over hours from which their surgeon operates again.
        limit: hidden; share of filtration lost from which their physician replaces kidneys.
    """

    age: Array
    female: Array
    weight: Array
    filtration: Array
    ejection: Array
    bypass: Array
    emergency: Array
    pump: Array
    frailty: Array
    loose: Array
    inflamed: Array
    patience: Array
    limit: Array

    def known(self) -> Array:
        """Return what a chart says of them at admission, (7, patients), in the order of `KNOWN`."""
        return np.stack([getattr(self, name) for name in KNOWN])


def drawn(keys: Array, practice: Practice = TUNED) -> Person:
    """Return people, one a key, and who treats them."""
    z = truncated_normals(keys, "after cardiac surgery", 10)
    chance = uniforms(keys, "after cardiac surgery, yes or no", 0, 2)
    age = np.clip(67.0 + 11.0 * z[0], 20.0, 92.0)
    female, emergency = (chance[0] < 0.30) * 1.0, (chance[1] < 0.10) * 1.0
    filtration = np.clip(110.0 - 0.6 * (age - 30.0) + 16.0 * z[2], 20.0, 130.0)
    ejection = np.clip(54.0 + 10.0 * z[3] - 5.0 * emergency, 15.0, 75.0)
    bypass = np.clip(105.0 * np.exp(0.32 * z[4] + 0.15 * emergency), 40.0, 360.0)
    long = np.log(bypass / 105.0)
    (median, between), (mean, sd) = practice.operates, practice.replaces
    return Person(
        age,
        female,
        np.clip(82.0 - 12.0 * female + 13.0 * z[1], 45.0, 140.0),
        filtration,
        ejection,
        bypass,
        emergency,
        np.clip(0.90 + 0.008 * (ejection - 54.0) - 0.10 * long + 0.06 * z[5], 0.35, 1.0),
        np.exp(0.02 * (75.0 - filtration) + 0.4 * z[6]),
        np.exp(0.8 * long + 0.6 * z[7]),
        np.exp(0.8 * long + 0.5 * z[8]),
        median * np.exp(between * z[9]),
        mean + sd * truncated_normals(keys, "when kidneys are replaced", 1)[0],
    )
