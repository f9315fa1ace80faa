"""A small decision process that is solved exactly: six places, three moves, chance."""

from __future__ import annotations

import numpy as np

from experiments.offline.logs import Log

PLACES, MOVES, DISCOUNT = 6, 3, 0.8
_random = np.random.default_rng(7)
NEXT = _random.dirichlet(np.full(PLACES, 0.3), (PLACES, MOVES))  # (place, move, next place)
REWARD = _random.normal(size=(PLACES, MOVES))
START = np.full(PLACES, 1.0 / PLACES)


def values(policy: np.ndarray) -> np.ndarray:
    """Exact values of moves, (places, moves), of a policy (places, moves)."""
    chain = np.einsum("sap,pb->sapb", NEXT, policy).reshape(PLACES * MOVES, PLACES * MOVES)
    solved = np.linalg.solve(np.eye(PLACES * MOVES) - DISCOUNT * chain, REWARD.ravel())
    return solved.reshape(PLACES, MOVES)


def best() -> np.ndarray:
    """Values of moves under the best policy, by iteration."""
    found = np.zeros((PLACES, MOVES))
    for _ in range(200):
        found = REWARD + DISCOUNT * NEXT @ found.max(axis=1)
    return found


def careless() -> np.ndarray:
    """Who mostly makes the worst move, but any of them now and then, (places, moves)."""
    worst = best().argmin(axis=1)
    return 0.2 + 0.4 * np.eye(MOVES)[worst]


def logged(policy: np.ndarray, cases: int, decisions: int, seed: int) -> Log:
    """Cases in which a policy moved; a place is shown as one of six lights."""
    random = np.random.default_rng(seed)
    seen = np.zeros((decisions + 1, cases, PLACES), dtype=np.float32)
    move, reward = np.zeros((decisions, cases), dtype=int), np.zeros((decisions, cases))
    place = random.integers(PLACES, size=cases)
    for row in range(decisions):
        seen[row, np.arange(cases), place] = 1.0
        move[row] = (random.random(cases)[:, None] > np.cumsum(policy[place], axis=1)).sum(axis=1)
        reward[row] = REWARD[place, move[row]]
        place = (random.random(cases)[:, None] > np.cumsum(NEXT[place, move[row]], axis=1)).sum(axis=1)
        place = np.minimum(place, PLACES - 1)
    seen[decisions, np.arange(cases), place] = 1.0
    odds = policy[seen[:-1].argmax(axis=2), move]
    names = np.array([str(case) for case in range(cases)])
    return Log(names, names, np.full(cases, decisions), seen, move, odds, reward)
