"""The worst cases count more: time out of range, paid for so that its sum is a conditional value at risk.

Rockafellar & Uryasev, J Risk 2000;2:21: the mean of the worst share α of costs is min over ν of ν + E[(C - ν)+] / α. As
C only grows within a case, (C - ν)+ can be paid as it comes; ν is the 1 - α quantile of cases that have ended.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

KEPT = 1024  # cases that ended last


@dataclass
class Tail:
    """Costs so far in each bed, and those of cases that have ended.

    Attributes:
        share: α; 0 leaves costs as they are.
        beds: patients at once.
    """

    share: float
    beds: int
    sums: np.ndarray = field(init=False)
    ended: deque = field(default_factory=lambda: deque(maxlen=KEPT))

    def __post_init__(self) -> None:
        self.sums = np.zeros(self.beds)

    @property
    def threshold(self) -> float:
        """ν; 0 before any case has ended."""
        return float(np.quantile(self.ended, 1.0 - self.share)) if self.ended else 0.0

    def paid(self, cost: np.ndarray) -> np.ndarray:
        """Return what a period's costs (beds,), 0 or more, count: half as they are, half as the tail's."""
        before, self.sums = self.sums, self.sums + cost
        if not self.share:
            return cost
        over = [np.maximum(sums - self.threshold, 0.0) for sums in (before, self.sums)]
        return 0.5 * cost + 0.5 * (over[1] - over[0]) / self.share

    def end(self, beds: np.ndarray) -> None:
        """Close the accounts of cases that have ended."""
        self.ended.extend(self.sums[beds].tolist())
        self.sums[beds] = 0.0
