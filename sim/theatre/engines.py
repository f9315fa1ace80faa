"""What computes the turns of cases: NumPy, torch, or torch with every control period compiled whole.

Cases are drawn, and connected to their monitors, by NumPy: everybody plays the same ones. What moves from then on stays
with the engine, chance included. Double precision repeats NumPy's turns to rounding, single precision keeps the index
within 0.05 and the pressure within 0.2 mmHg of them over three hours under the same orders; but where an ordered rate
lies just between two steps of a pump, single precision may take the other one, and the index differ by 0.1.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sim.arrays import Array, map_arrays
from sim.registry import Registry
from sim.theatre.loop import Case, Theatre, TheatreState, Turn
from sim.theatre.plays import Eager, Play, Played, hosted

ENGINES = Registry(
    "engine",
    numpy="sim.theatre.engines:Numpy",
    torch="sim.theatre.engines:torch_engine",
    compiled="sim.theatre.engines:compiled_engine",
)
PRECISIONS = ("float64", "float32")
COMPILERS = ("g++", "clang++")
NO_COMPILER = (
    "engine: 'compiled' needs a C++ compiler (g++, clang++, or what the environment variable CXX names), and there is "
    "none; 'torch' in single precision takes its place"
)


class Engine(Protocol):
    """Begins plays, and brings arrays to where they are played and back."""

    def play(self, room: Theatre, case: Case, state: TheatreState, seen: Turn) -> Play:
        """Go on from the beginning of cases, all of NumPy's arrays, see `sim.theatre.begin`."""

    def moved(self, tree: Any) -> Any:
        """Return a tree as one of the engine's arrays; keys become int64 of the same bits."""

    def hosted(self, tree: Any) -> Any:
        """Return a tree as one of NumPy's arrays, numbers in double precision."""


def arrays_of(engine: Engine, guest: Any) -> Callable[[Any], Any]:
    """Return what makes a tree one of the arrays that an agent or an observer takes: the engine's, or NumPy's."""
    return engine.moved if getattr(guest, "any_arrays", False) else engine.hosted


def engine(name: str | Engine) -> Engine:
    """Return an engine by its name, or as it is. Raises ValueError on an unknown name, or what is no engine."""
    if isinstance(name, str):
        return ENGINES.get(name)()
    if isinstance(name, type) or not all(hasattr(name, offer) for offer in ("play", "moved", "hosted")):
        raise ValueError(
            f"engine: {name!r} is not allowed; {', '.join(ENGINES)}, or an object as in {__name__}.Engine"
        )
    return name


def check_heard(name: str | Engine, room: Theatre) -> None:
    """Raise ValueError at an engine that is not NumPy's in a room where waveforms are heard."""
    if room.heard and name != "numpy" and not isinstance(name, Numpy):
        heard = ", ".join(room.heard)
        raise ValueError(f"engine: {name} is not allowed where waveforms are heard ({heard}); numpy")


@dataclass(frozen=True)
class Numpy:
    """NumPy in double precision on one thread: the reference, and the quickest for a patient alone."""

    def play(self, room: Theatre, case: Case, state: TheatreState, seen: Turn) -> Play:
        """See `Engine.play`."""
        return Played(room, case, state, seen)

    def moved(self, tree: Any) -> Any:
        """See `Engine.moved`."""
        return tree

    def hosted(self, tree: Any) -> Any:
        """See `Engine.hosted`."""
        return tree


@dataclass(frozen=True)
class Torch:
    """Torch, operation by operation or compiled.

    Attributes:
        compiled: whether control periods are compiled whole, which takes a minute or two the first time that a room is
            played with so many patients, some seconds when that has been done before on this machine.
        precision: float64 or float32.
        device: as torch names it, "cpu" or "cuda"; "auto" is a GPU where there is one.
    """

    compiled: bool
    precision: str
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision: {self.precision!r} is not allowed; {' or '.join(PRECISIONS)}")

    @property
    def place(self) -> str:
        """The device."""
        import torch  # takes a second: only for whoever asks for it

        if self.device != "auto":
            return self.device
        return "cuda" if torch.cuda.is_available() else "cpu"

    def play(self, room: Theatre, case: Case, state: TheatreState, seen: Turn) -> Play:
        """See `Engine.play`. Raises ValueError in a room where waveforms are heard, which are NumPy's."""
        check_heard("torch", room)
        begun = self.moved((case, state, seen))
        if not self.compiled:
            return Eager(room, *begun)
        from sim.theatre.compiling import Compiled

        return Compiled(room, *begun)

    def moved(self, tree: Any) -> Any:
        """See `Engine.moved`."""
        import torch

        precision, place = getattr(torch, self.precision), self.place

        def tensor(array: Array) -> Array:
            if not isinstance(array, np.ndarray):
                return array
            bits = array.view(np.int64) if array.dtype == np.uint64 else array
            dtype = precision if array.dtype.kind == "f" else None
            return torch.from_numpy(bits).to(place, dtype, copy=True)  # never NumPy's own memory

        return map_arrays(tensor, tree)

    def hosted(self, tree: Any) -> Any:
        """See `Engine.hosted`."""
        return hosted(tree)


def torch_engine() -> Torch:
    """Torch in double precision, operation by operation: NumPy's numbers, on a GPU where there is one."""
    return Torch(compiled=False, precision="float64")


def compiled_engine() -> Torch:
    """Torch in single precision, every control period compiled whole: the quickest for many patients."""
    able = any(map(shutil.which, filter(None, (os.environ.get("CXX"), *COMPILERS))))
    if not able:
        warnings.warn(NO_COMPILER, stacklevel=3)
    return Torch(compiled=able, precision="float32")
