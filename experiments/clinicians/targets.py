"""From recorded rates to what was decided: targets that a pump was set to, when, and when it was stopped.

A target-controlled pump betrays its target: near it, it holds its model's plasma there (see `sim.pumps`). A new target
shows as a burst, or as a pause, until the next plateau. Targets that were replaced before the plasma was held are not
seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim import pumps
from sim.pharmacokinetics import compartments as pk

# How a plateau and a change are told (choice).
AROUND = 3  # samples before a change, whose rate counts as usual
FLAT = 0.01  # largest change of the plasma from one sample to the next, as a share
SHORTEST = 3  # samples of a plateau
SETTLES = 6  # samples after which a plateau's level is read
APART = 0.06  # smallest difference of two targets, µg/mL or ng/mL
SHARE_APART = 0.025  # the same as a share
BURST, PAUSE = 1.5, 0.5  # rates that belong to a change, as shares of the one before


@dataclass(frozen=True)
class Course:
    """What one pump was set to in one case: targets (settings,) and the samples from which they held.

    The first is the target of the induction, the last 0, when the drug was stopped.
    """

    sample: np.ndarray
    target: np.ndarray


def courses(
    cases: Cases, propofol: str = "marsh_pump", remifentanil: str = "minto"
) -> list[tuple[Course, Course]]:
    """Return the courses of propofol and remifentanil of each case; without settings where there was no plateau.

    Args:
        cases: with rates on a grid of 10 s.
        propofol: model in the pumps.
        remifentanil: likewise.
    """
    rates = np.stack([cases["propofol"], cases["remifentanil"]], axis=1)
    plasma = plasmas(cases, rates, propofol, remifentanil)
    ends = cases.samples(INTERVAL)
    return [
        (
            course(rates[:end, 0, case], plasma[:end, 0, case]),
            course(rates[:end, 1, case], plasma[:end, 1, case]),
        )
        for case, end in enumerate(ends)
    ]


def plasmas(cases: Cases, rates: np.ndarray, propofol: str, remifentanil: str) -> np.ndarray:
    """Return what the pumps' models say of the plasma after each sample, (samples, 2, cases)."""
    kinetics = pumps.assumed_kinetics(cases.person, propofol, remifentanil)
    return np.array([pk.plasma(kinetics, state) for state in pk.course(kinetics, rates, INTERVAL)])


def course(rate: np.ndarray, plasma: np.ndarray) -> Course:
    """Return what a pump was set to, from its rate and its model's plasma, (samples,) each."""
    found = plateaus(rate, plasma)
    if not found:
        return Course(np.zeros(0, dtype=int), np.zeros(0))
    given = np.flatnonzero(rate > 0.0)
    (first, before), level = found[0], plasma[found[0][1]]
    samples, targets = [int(given[0])], [float(plasma[min(first + SETTLES, before)])]
    for begin, end in found[1:]:
        new = float(plasma[min(begin + SETTLES, end)])
        if abs(new - level) > max(APART, SHARE_APART * level):
            samples.append(_turned(rate, before, begin))
            targets.append(new)
        before, level = end, plasma[end]
    return Course(np.array([*samples, int(given[-1]) + 1]), np.array([*targets, 0.0]))


def plateaus(rate: np.ndarray, plasma: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last samples of stretches in which a running pump held its plasma."""
    moves = np.abs(np.diff(plasma)) > FLAT * np.maximum(plasma[1:], 0.2)
    flat = (rate > 0.0) & ~np.append(moves, True) & ~np.insert(moves, 0, True)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(int), [0]])))
    pairs = zip(edges[::2], edges[1::2] - 1, strict=True)
    return [(int(begin), int(end)) for begin, end in pairs if end - begin + 1 >= SHORTEST]


def _turned(rate: np.ndarray, before: int, after: int) -> int:
    """Return the sample between two plateaus at which the rate first betrays another target."""
    usual = np.median(rate[max(before - 2 * AROUND, 0) : before + 1])
    between = rate[before + 1 : after + 1]
    odd = np.flatnonzero((between > BURST * usual) | (between < PAUSE * usual))
    return before + 1 + int(odd[0] if len(odd) else min(AROUND, len(between) - 1))
