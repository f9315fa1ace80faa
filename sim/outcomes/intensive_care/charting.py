"""What is charted: twenty channels, each when somebody looked, with the error of whoever or whatever measured.

Bedside values come every half hour or so, laboratory ones every 4 to 24 h, and all the oftener, the more somebody
worries: that a value was asked for says something too (Agniel, BMJ 2018;361:k1479). Bilirubin, platelets, glucose and
C-reactive protein say little or nothing of what is to come here: bystanders, in which nothing should be found.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.outcomes.intensive_care.channels import CHANNELS
from sim.outcomes.intensive_care.course import STEP, State
from sim.outcomes.intensive_care.people import Person
from sim.outcomes.intensive_care.stay import SHOWN, Stays
from sim.randomness import series, to_normals, truncated_normals

WORRIED = 3.0  # times as often are laboratory values asked for


BEDSIDE = 1.0  # h: what is charted so often is not asked for


def charted(stays: Stays) -> dict[str, Array]:
    """Return what is charted over 48 h, name -> (96, patients); NaN where nothing is, and from death on."""
    state = State(**{name: getattr(stays.course, name)[:SHOWN] for name in State.__dataclass_fields__})
    true = shown(stays.person, state, stays.keys)
    worry = (state.lactate > 4.0) | (state.pressor > 0.2) | (state.poured > 150.0) | (state.urine < 0.3)
    steps = np.arange(SHOWN)
    here = ~state.ended[:, 2]
    found = {}
    for name, channel in CHANNELS.items():
        draw = np.moveaxis(series(stays.keys, f"charted {name}", steps, 2), 1, 0)
        often = np.where(worry & (channel.every > BEDSIDE), WORRIED, 1.0) * STEP / channel.every
        seen = here & ((draw[0] < np.where(often >= 1.0, 0.97, often)) | (steps[:, None] == 0))
        values = true[name] * (1.0 + channel.error * to_normals(draw[1]))
        found[name] = np.where(seen, np.clip(values, channel.least, channel.most), np.nan)
    return found


def shown(person: Person, state: State, keys: Array) -> dict[str, Array]:
    """Return the true value of every channel, (half hours, patients) each."""
    own = truncated_normals(keys, "what is usual", 6)
    acid = 0.5 * (state.lactate - 1.5) + 6.0 * np.maximum(state.injury - 0.5, 0.0)  # mmol/L of base lost
    hours = STEP * (1.0 + np.arange(len(state.pressure)))[:, None]
    return {
        "pressure": state.pressure,
        "heart_rate": 82.0
        + 7.0 * own[0]
        + 28.0 * state.deficit
        + 45.0 * np.maximum(0.6 - state.delivery, 0.0),
        "central_venous": 9.0
        + 1.5 * own[1]
        - 3.0 * state.deficit
        + 18.0 * state.retained
        + 9.0 * np.maximum(0.7 - state.heart, 0.0),
        "saturation": 99.5 - 22.0 * state.lungs,
        "temperature": state.temperature,
        "norepinephrine": np.round(state.pressor, 2),
        "inspired_oxygen": 0.30 + 1.2 * state.lungs,
        "drain": state.drain,
        "urine": state.urine * person.weight,
        "lactate": state.lactate,
        "ph": 7.41 - 0.011 * acid,
        "potassium": state.potassium,
        "haemoglobin": state.haemoglobin,
        "glucose": 145.0 * np.exp(0.2 * own[2]) + 0.0 * hours,
        "creatinine": state.creatinine,
        "inr": 1.0 + 1.3 * (1.0 - state.clotting),
        "fibrinogen": 1.0 + 2.4 * state.clotting + 0.3 * own[3],
        "platelets": 150.0 * np.exp(0.3 * own[4]) * (0.7 + 0.3 * state.clotting),
        "bilirubin": 0.9 * np.exp(0.4 * own[5]) + 0.0 * hours,
        "c_reactive_protein": 15.0 + 3.0 * np.exp(0.3 * own[2]) * np.minimum(hours, 40.0),
    }
