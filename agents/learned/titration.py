"""How a learned policy meets the room: what it is shown, and how its actions move targets.

Every 30 s it may move the targets of propofol and remifentanil and the rate of norepinephrine a little; between
decisions they hold. Moving instead of setting makes the policy an integrator, so it finds its way in a patient
whose sensitivity nobody knows. At emergence every drug stops; that is the surgeon's clock, not the policy's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Array, at_least, like, namespace, stack, within
from sim.interfaces import Readings
from sim.surgery import EMERGENCE, PHASES
from sim.units import SECONDS_PER_MINUTE

DECISION = 30.0  # s between decisions
START = np.array([[3.0], [3.0], [0.0]])  # µg/mL, ng/mL, µg/kg/min
LARGEST_MOVE = np.array([[0.75], [1.0], [0.03]])  # per decision
HIGHEST = np.array([[8.0], [10.0], [0.3]])
FAST, SLOW = 0.4, 0.08  # share of a new reading in the running means (about 1 and 6 min)

FEATURES = 22 + len(PHASES)
READ = ("phase", "bis", "bis_valid", "mean_arterial_pressure", "heart_rate")
WHO = ("weight", "age", "female", "height")


@dataclass(frozen=True)
class Titration:
    """What is remembered, arrays (patients,) unless said.

    Attributes:
        settings: (3, patients), targets µg/mL and ng/mL, norepinephrine µg/kg/min.
        fast, slow: running means of the shown index less 50.
        last: the index less 50 at the last decision.
        pressure: running mean of the shown pressure less 75, mmHg.
        baseline: (2, patients), the first pressure and heart rate.
    """

    settings: Array
    fast: Array
    slow: Array
    last: Array
    pressure: Array
    baseline: Array


def seen_in(readings: Readings, estimates: Mapping[str, Array], person: Any) -> dict[str, Array]:
    """Return what is known now, by name; the nominal observer's estimates under its own names or as a team's.

    Args:
        readings, estimates: at this moment.
        person: has age, sex, height and weight as attributes, as `sim.covariates.Covariates`.

    Raises:
        ValueError: there is no nominal observer.
    """
    own = {name.removeprefix("nominal."): value for name, value in estimates.items()}
    if "effect_propofol" not in own:
        raise ValueError("observer: none; the learned policy needs the nominal observer")
    seen = {name: getattr(readings, name) for name in READ}
    seen |= {f"estimated_{name}": value for name, value in own.items()}
    seen |= {name: getattr(person, name) for name in WHO}
    return seen | {"time": readings.time / SECONDS_PER_MINUTE}


def begin(seen: dict[str, Array]) -> Titration:
    """Return the memory at the first sight of the patients."""
    error = seen["bis"] - 50.0
    pressure, rate = seen["mean_arterial_pressure"], seen["heart_rate"]
    settings = like(START, error) + 0.0 * error
    return Titration(settings, error, error, error, pressure - 75.0, stack([pressure, rate]))


def look(memory: Titration, seen: dict[str, Array]) -> tuple[Array, Titration]:
    """Return the features (patients, FEATURES), each of order one, and the memory after a look."""
    valid = seen["bis_valid"] > 0.5
    xp = namespace(seen["bis"])
    error = xp.where(valid, seen["bis"] - 50.0, memory.last)
    pressure = seen["mean_arterial_pressure"] - 75.0
    after = Titration(
        memory.settings,
        memory.fast + FAST * (error - memory.fast),
        memory.slow + SLOW * (error - memory.slow),
        error,
        memory.pressure + FAST * (pressure - memory.pressure),
        memory.baseline,
    )
    settings = memory.settings
    columns = [
        error / 15.0,
        after.fast / 15.0,
        after.slow / 15.0,
        (error - memory.last) / 10.0,
        xp.tanh(error / 5.0),
        valid,
        pressure / 20.0,
        after.pressure / 20.0,
        at_least(-after.pressure - 5.0, 0.0) / 10.0,
        (memory.baseline[0] - 95.0) / 15.0,
        (seen["heart_rate"] - memory.baseline[1]) / 15.0,
        (seen["age"] - 50.0) / 15.0,
        seen["female"] - 0.5,
        (seen["weight"] / (seen["height"] / 100.0) ** 2 - 25.0) / 4.0,
        (settings[0] - 3.0) / 1.5,
        (settings[1] - 3.0) / 2.0,
        settings[2] / 0.1,
        (seen["estimated_effect_propofol"] - 3.0) / 1.5,
        (seen["estimated_plasma_propofol"] - seen["estimated_effect_propofol"]) / 2.0,
        (seen["estimated_effect_remifentanil"] - 3.0) / 2.0,
        xp.exp(-seen["time"] / 5.0),
        within(seen["time"] / 60.0, 0.0, 3.0) - 1.0,
        *(seen["phase"] == i for i in range(len(PHASES))),
    ]
    rows = stack([1.0 * column for column in columns])
    return xp.astype(within(rows, -5.0, 5.0).T, xp.float32), after


def move(memory: Titration, action: Array, phase: Array) -> Titration:
    """Return the memory with settings moved by `action` (patients, 3), -1 to 1."""
    xp, settings = namespace(memory.settings), memory.settings
    moved = settings + like(LARGEST_MOVE, settings) * within(action, -1.0, 1.0).T
    highest = like(HIGHEST, settings)
    settings = xp.where(phase >= EMERGENCE, 0.0, xp.minimum(at_least(moved, 0.0), highest))
    return Titration(settings, memory.fast, memory.slow, memory.last, memory.pressure, memory.baseline)
