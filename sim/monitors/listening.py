"""Readings that a room can have on top of the usual ones, and what whoever hears them in waveforms must offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sim.arrays import Array

Said = Mapping[str, tuple[Array, Array]]  # name -> values and whether they are valid, each (patients,)
HEARD_BEFORE = (
    70  # s; whoever is connected has been heard for so long (a suppression ratio looks back on 63 s)
)


class Listener(Protocol):
    """Reads waveforms of a batch of patients. It holds no patient's state itself."""

    @property
    def hears(self) -> tuple[str, ...]:
        """Waveforms, by name in `sim.waves.WAVES`."""

    def begin(self, patients: int) -> Any:
        """Return the state of monitors just connected: a tree of arrays, patients last."""

    def listen(self, state: Any, waves: Mapping[str, Array]) -> tuple[Any, Said]:
        """Return the state and what is read after more whole seconds of waveforms, each (samples, patients)."""


@dataclass(frozen=True)
class Reading:
    """Something that can be shown beside the usual readings.

    Attributes:
        description: what it is.
        unit, low, high: of its values.
        listener: makes who reads it; readings with the same one are read together.
        name: its own among what the listener says.
    """

    description: str
    unit: str
    low: float
    high: float
    listener: Callable[[], Listener]
    name: str
