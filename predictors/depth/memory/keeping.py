"""How well the index has kept in range lately: its mean and unrest over minutes, and how often it was out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from predictors.depth.memory.recent import AWAKE
from sim.arrays import Array, namespace, stack
from sim.covariates import Covariates

LOW, HIGH = 40.0, 60.0
MEANS = (300.0, 1200.0)  # s, time constants of means and of the squared distance from them
SHARES = (600.0, 1800.0)  # s, time constants of the shares of time below and above
UNREST = 120.0  # s, time constant of the change from reading to reading
FEATURES = 15


@dataclass(frozen=True)
class Keeping:
    """Of the present level, the mean of 30 s; index points.

    Attributes:
        level: (patients,).
        means, spread: (time constants, patients), running means, and squared distances from them.
        out: (2 · time constants, patients), running shares of time below and above the range.
        unrest: (patients,), running absolute change.
        inside: (patients,), s since it came into range; 0 outside.
    """

    level: Array
    means: Array
    spread: Array
    out: Array
    unrest: Array
    inside: Array


def begin(person: Covariates) -> Keeping:
    """Return the memory of somebody awake."""
    zero = 0.0 * person.age
    level = zero + AWAKE
    return Keeping(level, stack([level] * 2), stack([zero] * 2), stack([zero] * 4), zero, zero)


def follow(memory: Keeping, level: Array, period: float) -> Keeping:
    """Add the present level, (patients,)."""
    xp = namespace(level)
    share = {seconds: 1.0 - math.exp(-period / seconds) for seconds in (*MEANS, *SHARES, UNREST)}
    means = stack([mean + share[s] * (level - mean) for s, mean in zip(MEANS, memory.means, strict=True)])
    spread = [
        old + share[s] * ((level - mean) ** 2 - old)
        for s, old, mean in zip(MEANS, memory.spread, means, strict=True)
    ]
    now = [1.0 * (level < LOW), 1.0 * (level > HIGH)]
    out = [
        memory.out[2 * row + side] + share[s] * (now[side] - memory.out[2 * row + side])
        for row, s in enumerate(SHARES)
        for side in range(2)
    ]
    change = xp.abs(level - memory.level)
    return replace(
        memory,
        level=level,
        means=means,
        spread=stack(spread),
        out=stack(out),
        unrest=memory.unrest + share[UNREST] * (change - memory.unrest),
        inside=xp.where((level >= LOW) & (level <= HIGH), memory.inside + period, 0.0 * level),
    )


def features(memory: Keeping) -> Array:
    """Return (FEATURES, patients), each of order one."""
    xp = namespace(memory.level)
    off = (memory.level - 0.5 * (LOW + HIGH)) / 10.0
    return stack(
        [
            off,
            xp.abs(off),
            off**2,
            *((memory.means - 50.0) / 20.0),
            *((memory.level - memory.means) / 10.0),
            *(0.5 * xp.log(memory.spread + 1.0) - 1.5),
            *memory.out,
            memory.unrest,
            xp.log1p(memory.inside / 60.0) - 1.5,
        ]
    )
