"""A physiology step of a fixed length, prepared once: exact kinetics, and the delay of norepinephrine within steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.arrays import Array, at_least, map_arrays, namespace
from sim.interfaces import NOREPINEPHRINE
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments, Transition

LONGEST_LAG = 40.0  # s, from the vein to the circulation


@dataclass(frozen=True)
class Lag:
    """A delay of whole steps and a fraction: in every step a new rate takes over from the one before it.

    Attributes:
        chosen: (2, patients), the places of the old and the new one among the rates on their way, newest first.
        dose: (4, patients), state at the end of the step per rate, once the new rate has taken over.
        halfway: (patients,), central amount at half of the step per rate, likewise.
    """

    chosen: Array
    dose: Array
    halfway: Array


@dataclass(frozen=True)
class Pace:
    """A physiology step of a fixed length, prepared.

    Attributes:
        seconds: its length.
        transition: exact kinetics, at `volume`, the fraction of the blood volume left (patients,).
        halfway, halfway_dose: (4, 3, patients) and (3, patients), to the central amounts at half of the step.
        lag: how the delay of norepinephrine falls on steps.
    """

    seconds: float
    transition: Transition
    halfway: Array
    halfway_dose: Array
    volume: Array
    lag: Lag


def prepare(kinetics: Compartments, seconds: float, volume: Array) -> Pace:
    """Discretise kinetics (3, patients) for a step at a blood volume (patients,), as a fraction of the normal one."""
    kinetics = shrink(kinetics, volume)
    half = pk.discretise(kinetics, 0.5 * seconds)
    lag = _lag(map_arrays(lambda array: array[NOREPINEPHRINE], kinetics), seconds)
    return Pace(seconds, pk.discretise(kinetics, seconds), half.phi[0], half.gamma[0], volume, lag)


def _lag(kinetics: Compartments, seconds: float) -> Lag:
    xp = namespace(kinetics.lag)
    whole = xp.floor(kinetics.lag / seconds)
    late = kinetics.lag - seconds * whole  # s into a step, when the new rate takes over
    chosen = xp.astype(xp.stack([whole + 1.0, whole]), xp.int64)
    half = pk.discretise(kinetics, at_least(0.5 * seconds - late, 0.0))
    return Lag(chosen, pk.discretise(kinetics, seconds - late).gamma, half.gamma[0])


def shrink(kinetics: Compartments, volume: Array) -> Compartments:
    """Central volume, clearance and flows in proportion to the blood volume left (PAS, after Johnson 2003)."""
    return replace(
        kinetics,
        v1=kinetics.v1 * volume,
        cl=kinetics.cl * volume,
        q2=kinetics.q2 * volume,
        q3=kinetics.q3 * volume,
    )


def lag_steps(seconds: float) -> int:
    """Return how many rates are kept on their way to the circulation."""
    return int(LONGEST_LAG // seconds) + 2
