"""What a fault is, when it strikes, and what a room makes of those that run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.faults import FAULTS
from sim.monitors.panel import Monitors
from sim.monitors.slots import Shown
from sim.randomness import uniforms

OnScreens = Callable[[Array, Shown, Shown, Monitors], Shown]
OnLines = Callable[[Array, Array, Array, float], tuple[Array, Array]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong, for how long, and what it does.

    Attributes:
        description: in words, to go on with in a sentence.
        seconds: how long; 0 lasts for the rest of the case.
        shown: (running, shown, last, monitors) -> what the screens show instead; `running` (patients,) is bool,
            `last` what they showed before. None leaves the screens alone.
        arriving: (running, rates, held, interval) -> the rates (3, patients) that arrive during the coming
            `interval` s, and the drug (3, patients) held back until later. None leaves the lines alone.
    """

    description: str
    seconds: float
    shown: OnScreens | None = None
    arriving: OnLines | None = None


@dataclass(frozen=True)
class FaultPlan:
    """What strikes when: `names`, starts and ends (strikes, patients), s. A fault may strike more than once."""

    names: tuple[str, ...]
    starts: Array
    ends: Array

    def running(self, name: str, time: Array) -> Array:
        """Return where a fault of the plan is running at `time`, bool (patients,)."""
        strikes = [row for row, one in enumerate(self.names) if one == name]
        return ((self.starts[strikes] <= time) & (time < self.ends[strikes])).any(0)

    def struck(self, name: str, time: float) -> FaultPlan:
        """Return the plan with a fault that strikes at `time`, s, too. Raises ValueError on an unknown name."""
        starts = np.full_like(self.starts, time, shape=(1, self.starts.shape[1]))
        ends = starts + (FAULTS.get(name).seconds or np.inf)
        return FaultPlan(
            (*self.names, name), np.concatenate([self.starts, starts]), np.concatenate([self.ends, ends])
        )


def plan(names: Sequence[str], keys: np.ndarray, horizon: float) -> FaultPlan:
    """Draw the times, between 20 and 70 % of the horizon: each fault strikes every case once, at a time of its own.

    Raises:
        ValueError: an unknown or repeated name.
    """
    faults: list[Fault] = [FAULTS.get(name) for name in names]
    if len(set(names)) < len(names):
        raise ValueError(f"faults: {', '.join(names)} names one twice; allowed is each once")
    moments = [0.2 + 0.5 * uniforms(keys, f"fault {name}", 0, 1)[0] for name in names]
    starts = horizon * np.array(moments).reshape(len(names), len(keys))
    seconds = np.array([fault.seconds or horizon for fault in faults]).reshape(-1, 1)
    return FaultPlan(tuple(names), starts, starts + seconds)


def on_monitors(faults: FaultPlan, time: Array, shown: Shown, last: Shown, monitors: Monitors) -> Shown:
    """Return what the screens show under the faults running at `time`; `last` is what they showed before."""
    for name in dict.fromkeys(faults.names):
        change = FAULTS.get(name).shown
        if change:
            shown = change(faults.running(name, time), shown, last, monitors)
    return shown


def arriving(
    faults: FaultPlan, time: Array, rates: Array, held: Array, interval: float
) -> tuple[Array, Array]:
    """Return the rates (3, patients) that arrive, and the drug (3, patients) that faults hold back."""
    for name in dict.fromkeys(faults.names):
        change = FAULTS.get(name).arriving
        if change:
            rates, held = change(faults.running(name, time), rates, held, interval)
    return rates, held
