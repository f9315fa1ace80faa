"""What is to be learned: what the policy is shown, what it moves, and what it is paid for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from agents.learned import anticipation
from sim.environment.rewards import weighted

ALONE = "none"
# Beside time out of range and turns: the distance from 50, pressure, awareness, waking, and a little for drugs.
REWARD: Mapping[str, float] = {
    "depth": 0.4,
    "hypotension": 2.5,
    "hypertension": 0.1,
    "norepinephrine": 0.02,
    "remifentanil": 0.03,
    "awareness": 0.5,
    "recovery": 0.5,
    "lost": 50.0,
}


@dataclass(frozen=True)
class Task:
    """What the policy sees, moves, and is paid for.

    Attributes:
        without: groups of features that are withheld: memory, forecast, announced.
        beside: agent by name from whose targets the wishes depart; none.
        zone: dead zones of the dials of propofol (µg/mL), remifentanil (ng/mL) and norepinephrine (µg/kg/min).
        changes: turns of the two dials an hour; their price rises while there are more, and falls while there are
            fewer.
        tail: share of the worst cases that count for half of the time out of range (conditional value at risk); 0
            counts all alike.
        truth: whether the critic is shown the truth, which the policy never is.
        reward: terms of `sim.environment.rewards.TERMS` (a plug-in's, too) and their weights, in place of `REWARD`:
            --reward depth 1 mine 0.5. Time out of range (1 a decision) and turns of dials always count.
    """

    without: tuple[str, ...] = ()
    beside: str = ALONE
    zone: tuple[float, float, float] = (0.25, 0.5, 0.005)
    changes: float = 28.0
    tail: float = 0.0
    truth: bool = True
    reward: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        anticipation.columns(self.without)
        weighted(self.reward)
        if not all(np.isfinite(zone) and zone >= 0.0 for zone in self.zone):
            raise ValueError(f"zone: {self.zone} is not allowed; three numbers, 0 or more")
        if not self.changes > 0.0:
            raise ValueError(f"changes: {self.changes} is not allowed; a positive number an hour")
        if not 0.0 <= self.tail < 1.0:
            raise ValueError(f"tail: {self.tail} is not allowed; 0 to below 1")

    @property
    def rewarded(self) -> Mapping[str, float]:
        """Terms and weights."""
        return self.reward or REWARD
