"""The textbook anaesthetist, with remifentanil by the surgical pleth index instead of pressure and heart rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from agents.human import rules
from agents.human.anaesthetist import Anaesthetist
from agents.human.rules import SLACK, STRAINED, Clinician, Settings
from sim.arrays import Array, namespace
from sim.interfaces import Readings

READING = "surgical_pleth_index"
# The published band is 20-50 (Chen 2010, from memory). Here the index of a case has its middle at 50, as it
# ranks pulses among the case's own: by that band remifentanil went to its highest target in half of the cases tried.
LOWEST, HIGHEST = 30.0, 60.0


def signs(settings: Settings, who: Clinician, awake: Array, readings: Readings) -> tuple[Array, Array]:
    """Return the signs as `agents.human.rules.signs` does, strain and slack by the pleth index."""
    present, seen = rules.signs(settings, who, awake, readings)
    index, valid = readings.more[READING], readings.more[f"{READING}_valid"]
    judged = {STRAINED: (index > HIGHEST, valid), SLACK: (index < LOWEST, valid)}
    rows = [judged.get(sign, (present[sign], seen[sign])) for sign in range(len(present))]
    xp = namespace(index)
    return xp.stack([row[0] for row in rows]), xp.stack([row[1] for row in rows])


@dataclass(frozen=True)
class ByPleth(Anaesthetist):
    """Titrates propofol to BIS and remifentanil to the surgical pleth index, rescues the pressure."""

    any_arrays: ClassVar[bool] = False  # what is heard is NumPy's
    readings: ClassVar[tuple[str, ...]] = (READING,)
    judge = staticmethod(signs)


def by_pleth() -> ByPleth:
    """Return the anaesthetist who titrates propofol to BIS 50 and remifentanil to a surgical pleth index of 20-50."""
    return ByPleth()
