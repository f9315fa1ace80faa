"""Logged cases: what was shown at every decision, which move was made, how probable it was, and how good it proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.environment.rewards import Period, evaluate, weighted
from sim.truth import Truth

# The metric's own terms, as far as monitors and pumps show them (weights: choice; those of `tuning.ppo`, with depth
# counting four times as much, so that what a single move changes is seen).
REWARD = {"in_range": 1.0, "depth": 2.0, "hypotension": 2.5, "hypertension": 0.2, "remifentanil": 0.03}


@dataclass(frozen=True)
class Log:
    """Cases decision by decision; what lies beyond a case's end counts for nothing.

    Attributes:
        who, subject: (cases,) text.
        length: (cases,), decisions.
        seen: (decisions + 1, cases, inputs), what was shown before each decision, and after the last.
        move: (decisions, cases), index of the move made.
        odds: (decisions, cases), of that move when it was made; NaN where nobody knows.
        reward: (decisions, cases), of what followed.
    """

    who: np.ndarray
    subject: np.ndarray
    length: np.ndarray
    seen: np.ndarray
    move: np.ndarray
    odds: np.ndarray
    reward: np.ndarray

    @property
    def count(self) -> int:
        """Number of cases."""
        return len(self.who)

    @property
    def there(self) -> np.ndarray:
        """Which decisions there are, (decisions, cases), bool."""
        return np.arange(len(self.move))[:, None] < self.length

    def select(self, chosen: np.ndarray) -> Log:
        """Return the chosen cases (indices or mask), cut to the longest of them."""
        longest = int(self.length[chosen].max(initial=0))
        return Log(
            self.who[chosen],
            self.subject[chosen],
            self.length[chosen],
            self.seen[: longest + 1, chosen],
            *(values[:longest, chosen] for values in (self.move, self.odds, self.reward)),
        )

    def shortened(self, longest: int) -> Log:
        """Return the cases without the decisions after the first `longest`."""
        everyone = np.arange(self.count)
        return replace(self, length=np.minimum(self.length, longest)).select(everyone)


def join(logs: Sequence[Log]) -> Log:
    """Return the cases of several logs side by side."""
    longest = max(len(log.move) for log in logs)

    def side_by_side(name: str, rows: int) -> np.ndarray:
        parts = [getattr(log, name) for log in logs]
        blank = [(0, rows - len(part)) for part in parts]
        return np.concatenate(
            [
                np.pad(part, [rest, *[(0, 0)] * (part.ndim - 1)])
                for part, rest in zip(parts, blank, strict=True)
            ],
            axis=1,
        )

    whose = {
        name: np.concatenate([getattr(log, name) for log in logs]) for name in ("who", "subject", "length")
    }
    made = {name: side_by_side(name, longest) for name in ("move", "odds", "reward")}
    return Log(**whose, seen=side_by_side("seen", longest + 1), **made)


@dataclass(frozen=True)
class Steps:
    """Decisions one under another, (steps,) and (steps, inputs).

    Attributes:
        seen, after: what was shown before and after.
        move, reward: what was done, and how good it proved.
    """

    seen: np.ndarray
    move: np.ndarray
    reward: np.ndarray
    after: np.ndarray


def steps(log: Log) -> Steps:
    """Return the decisions of all cases. Surgeons end a case, not its patient: every course goes on after its last."""
    row, case = np.nonzero(log.there)
    return Steps(
        log.seen[row, case],
        log.move[row, case],
        log.reward[row, case].astype(np.float32),
        log.seen[row + 1, case],
    )


def rewards(
    index: np.ndarray, pressure: np.ndarray, remifentanil: np.ndarray, phase: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return the reward of every sample, (samples, cases): `REWARD` of what is shown, in the place of the truth.

    Args:
        index, pressure: as shown, NaN where missing: the last value stands there; before the first, nothing is wrong.
        remifentanil: rate, µg/s.
        phase: index into `sim.surgery.PHASES`.
        weight: (cases,), kg.
    """
    index, pressure = held(index, 50.0), held(pressure, 80.0)
    none = np.zeros_like(index)
    shown = Truth(index, pressure, none, none, none, none, none, none)
    delivered = np.stack([none, remifentanil, none])
    period = Period(shown, phase, delivered, np.broadcast_to(weight, index.shape), none > 0.0)
    return evaluate(weighted(REWARD), period)[0]


def held(values: np.ndarray, first: float) -> np.ndarray:
    """Return values with the last known one in the place of NaN, (samples, ...); `first` before there is any."""
    known = np.isfinite(values)
    row = np.maximum.accumulate(
        np.where(known, np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1)), -1)
    )
    found = np.take_along_axis(np.where(known, values, first), np.maximum(row, 0), axis=0)
    return np.where(row >= 0, found, first)
