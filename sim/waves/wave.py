"""What a waveform must offer."""

from __future__ import annotations

from typing import Any, Protocol

from sim.arrays import Array
from sim.covariates import Covariates
from sim.waves.drive import Drive


class Wave(Protocol):
    """A waveform over a batch of patients. It holds no patient's state itself.

    A case in pieces equals the same case in one, and a patient alone the same one in a batch: chance belongs to case,
    purpose and second.
    """

    @property
    def rate(self) -> float:
        """Samples a second."""

    @property
    def unit(self) -> str:
        """Of the samples."""

    def begin(self, person: Covariates, keys: Array) -> Any:
        """Return the state before the first second: a tree of arrays, patients last; `keys` seed its chance."""

    def play(self, state: Any, drive: Drive) -> tuple[Any, Array]:
        """Return the new state and the samples, (rate x seconds, patients), under a drive (seconds, patients)."""
