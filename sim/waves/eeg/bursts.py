"""Burst suppression: bursts and silences that take turns, each of a gamma-distributed length.

A semi-Markov process whose long-run share of silence is known. Between two looks, an eighth of a second apart, a phase
goes on by as much of its mean length as has passed, so that the share may change while it lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array
from sim.randomness import uniforms

LOOKS = 8  # a second
CYCLE = 6.0  # s, mean of a burst and a silence, at half and half; longer where one of them is rare
SHAPE = 3  # of the gamma distribution
SHORTEST, LONGEST = 0.05, 120.0  # s, of a mean phase that ends
SWELL, SETTLE = 0.25, 1.0  # a burst begins so much larger, and settles with this time constant, s
SETTLED = 60.0  # s, after which nothing is left of it


@dataclass(frozen=True)
class Bursts:
    """What is carried, each (patients,): whether it is silent, how far the phase is and how far it goes (in mean
    lengths), seconds since it began, its number, and the factor of the EEG at the last look."""

    silent: Array
    done: Array
    length: Array
    since: Array
    number: Array
    factor: Array


def begin(keys: Array) -> Bursts:
    """Return a brain that has long been at work."""
    zero = np.zeros(len(keys))
    return Bursts(zero, zero, _lengths(keys, zero), zero + SETTLED, zero, zero + 1.0)


def means(share: Array) -> tuple[Array, Array]:
    """Return mean lengths of bursts and silences, s, for a share of silence between 0 and 1."""
    active = np.clip(1.0 - share, 0.0, 1.0)
    cycle = CYCLE / np.sqrt(np.maximum(4.0 * share * active, (CYCLE / LONGEST) ** 2))
    burst = np.where(share <= 0.0, np.inf, np.maximum(cycle * active, SHORTEST))
    return burst, np.where(share >= 1.0, np.inf, np.maximum(cycle * share, SHORTEST))


def play(state: Bursts, keys: Array, share: Array, rest: Array) -> tuple[Bursts, Array, Array]:
    """Return the state, whether it was silent at each look, and the EEG's factor, (8 x seconds, patients).

    Args:
        keys: (patients,).
        share: of time in silence, (seconds, patients), 0-1.
        rest: factor of the EEG in silence, (seconds, patients).
    """
    silent, factor = (np.empty((LOOKS * len(share), share.shape[1])) for _ in range(2))
    bursting, resting = means(share)
    for look in range(len(silent)):
        second = look // LOOKS
        state = _go_on(state, keys, bursting[second], resting[second])
        loud = 1.0 + SWELL * np.exp(-state.since / SETTLE)
        silent[look], factor[look] = state.silent, np.where(state.silent, rest[second], loud)
    return replace(state, factor=factor[-1]), silent, factor


def at_work(state: Bursts, share: Array) -> bool:
    """Return whether nothing can happen: nobody is silent, nobody will be, and every burst has settled."""
    return not (share.any() or state.silent.any() or (state.factor != 1.0).any())


def _go_on(state: Bursts, keys: Array, burst: Array, silence: Array) -> Bursts:
    silent, number = state.silent, state.number
    mean: Array = np.where(silent, silence, burst)
    done, since = state.done + 1.0 / (LOOKS * mean), np.minimum(state.since + 1.0 / LOOKS, SETTLED)
    length = state.length
    over = done >= length
    if over.any():
        beyond = np.where(over, done - length, 0.0) * np.minimum(mean, LONGEST)  # s
        silent = np.where(over, 1.0 - silent, silent)
        number = number + over
        since = np.where(over, 0.0, since)
        done = np.where(over, beyond / np.where(silent, silence, burst), done)
        length = length.copy()
        length[over] = _lengths(keys[over], number[over])
    return Bursts(silent, done, length, since, number, state.factor)


def _lengths(keys: Array, number: Array) -> Array:
    """Gamma variates of mean 1, for the phase of a number."""
    return -np.log(uniforms(keys, "eeg bursts", number, SHAPE)).mean(axis=0)
