"""Burst suppression: a brain that falls silent and comes back, semi-Markov, eight steps a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.randomness import uniforms

STEPS = 8  # a second
SHORT, LONG = 1.5, 10.0  # s, mean length of the briefer of both where silence is rare, and at most (choice)
QUIET = 0.03  # what is left of the amplitude in silence: 1 to 3 µV of a deep brain


@dataclass(frozen=True)
class Bursts:
    """What moves, each (patients,): silent, 0 or 1; left, what is left of its length; gate, of the amplitude."""

    silent: Array
    left: Array
    gate: Array


def begin(example: Array) -> Bursts:
    """Return a brain that is on."""
    return Bursts(0.0 * example, 0.0 * example + 1.0, 0.0 * example + 1.0)


def gated(bursts: Bursts, share: Array, keys: Array, second: Array) -> tuple[Bursts, Array]:
    """Return the state a second on, and the gate at the beginning and after each step, (9, patients), 1 open.

    Args:
        share: of silence, (patients,), 0-1.
    """
    if not (share.any() or bursts.silent.any() or (bursts.gate < 1.0).any()):
        return bursts, np.ones((STEPS + 1, len(share)))
    lengths = -0.5 * np.log(uniforms(keys, "eeg bursts", second, 2 * STEPS)).reshape(2, STEPS, -1).sum(0)
    brief = SHORT / np.maximum(1.0 - share, SHORT / LONG)
    pace = (
        np.stack([share / np.maximum(brief * (1.0 - share), 1e-6), 1.0 / brief]) / STEPS
    )  # of bursts, of silence
    silent, left = bursts.silent, bursts.left
    gates = [bursts.gate]
    for length in lengths:
        left = left - np.where(silent > 0.0, pace[1], pace[0])
        turns = left <= 0.0
        silent = np.where(turns, 1.0 - silent, silent)
        left = np.where(turns, length, left)
        gates.append(1.0 - (1.0 - QUIET) * silent)
    return Bursts(silent, left, gates[-1]), np.stack(gates)
