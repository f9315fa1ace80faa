"""Recorded cases as logs: targets read back from the rates, moves rounded to those that can be counted."""

from __future__ import annotations

import numpy as np

from agents.learned import minutely
from agents.learned.imitation import Sight
from agents.learned.minutely import BEGIN, DECISION, INPUTS, PROPOFOL_STEPS, REMIFENTANIL_STEPS
from experiments.clinicians.decisions import before
from experiments.clinicians.habits import Practice, practice
from experiments.offline.logs import Log, rewards
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim import pumps
from sim.pharmacokinetics import compartments as pk
from sim.settings import Room
from sim.surgery import CLOSING

EVERY = round(DECISION / INTERVAL)  # samples
SHORTEST = 10  # decisions of a case that is worth logging (choice)


def recorded_log(cases: Cases) -> Log:
    """Return what recorded clinicians did, from the third minute to the closing, while both pumps ran.

    A move is the step nearest to what became of the target within the minute; nobody knows its odds.

    Raises:
        ValueError: too few cases betray their targets, or none is long enough.
    """
    recorded = practice(cases)
    there = recorded.cases
    kinetics = pumps.assumed_kinetics(there.person, Room.assumed_propofol, Room.assumed_remifentanil)
    rates = np.stack([there["propofol"], there["remifentanil"]], axis=1)
    states = [*pk.course(kinetics, rates, INTERVAL)]
    effect = np.array([pk.effect_site(state) for state in states])  # (samples, 2, cases)
    plasma = np.array([pk.plasma(kinetics, state)[0] for state in states])
    slow = _slow(recorded.seen[:, 0])
    value = rewards(
        there["bis"], there["pressure"], there["remifentanil"], there["phase"], there.person.weight
    )
    parts = [
        _case(recorded, case, slow[:, case], effect[:, :, case], plasma[:, case], value[:, case])
        for case in range(there.count)
    ]
    length = np.array([len(reward) for _, _, reward in parts])
    keep = np.flatnonzero(length >= SHORTEST)
    if not len(keep):
        raise ValueError(f"data: no case has {SHORTEST} decisions between induction and closing")
    longest = length.max()
    seen = np.zeros((longest + 1, len(keep), INPUTS), dtype=np.float32)
    move, reward = np.zeros((longest, len(keep)), dtype=int), np.zeros((longest, len(keep)))
    for row, case in enumerate(keep):
        known, chosen, gained = parts[case]
        seen[: len(known), row], move[: len(chosen), row], reward[: len(gained), row] = known, chosen, gained
    nobody = np.full(move.shape, np.nan)
    return Log(there.who[keep], there.subject[keep], length[keep], seen, move, nobody, reward)


def _slow(index: np.ndarray) -> np.ndarray:
    """Return the running mean of the index in mind over minutes after each sample, (samples, cases)."""
    kept, now = np.empty_like(index), np.full(index.shape[1], np.nan)
    for row, seen in enumerate(index):
        now = kept[row] = minutely.slower(now, seen, INTERVAL)
    return kept


def _case(
    recorded: Practice, case: int, slow: np.ndarray, effect: np.ndarray, plasma: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what was shown (decisions + 1, INPUTS), the moves and their rewards, (decisions,) of one case."""
    pair, person, phase = recorded.pumps[case], recorded.cases.person, recorded.phase[:, case]
    first = min(one.sample[0] for one in pair)
    begins = max(one.sample[0] for one in pair) + 1
    closes = int(np.flatnonzero(phase >= CLOSING)[0]) if (phase >= CLOSING).any() else len(phase)
    ends = min(closes, *(int(one.sample[-1]) for one in pair))
    sample = np.arange(first + round(BEGIN / INTERVAL), ends, EVERY)
    sample = sample[sample >= begins]
    if len(sample) < 2:
        return np.zeros((1, INPUTS)), np.zeros(0, dtype=int), np.zeros(0)
    known = [before(one, sample) for one in pair]
    target, since, turned = (np.stack([pump[row] for pump in known]) for row in range(3))
    index, pressure, rate = recorded.seen[sample - 1, :, case].T
    time = (sample - first) * INTERVAL
    who = [
        np.full(len(sample), getattr(person, name)[case]) for name in ("age", "female", "height", "weight")
    ]
    sight = Sight(index, pressure, rate, target, since, turned, time, phase[sample], *who)
    seen = minutely.shown(sight, slow[sample - 1], effect[sample - 1].T, plasma[sample - 1])
    wish = np.diff(np.log(target), axis=1)
    steps = [
        np.abs(one - grid[:, None]).argmin(axis=0)
        for one, grid in zip(wish, (PROPOFOL_STEPS, REMIFENTANIL_STEPS), strict=True)
    ]
    move = steps[0] * len(REMIFENTANIL_STEPS) + steps[1]
    gained = value[sample[:-1, None] + np.arange(EVERY)].mean(axis=1)
    return seen.T, move, gained
