"""What a measure is: metrics that are computed together, and how each reads in a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.metrics.windows import Windows
from sim.registry import summary
from sim.theatre.trace import Trace

Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Metric:
    """How a metric reads in a report; `better` is None where neither way is, or nearer zero is."""

    label: str
    unit: str
    better: Literal["lower", "higher"] | None


@dataclass(frozen=True)
class Judged:
    """Cases as a measure sees them.

    Attributes:
        trace: what happened.
        windows: when it counts.
        weight_kg: (patients,).
        target: index aimed at.
    """

    trace: Trace
    windows: Windows
    weight_kg: np.ndarray
    target: float


@dataclass(frozen=True)
class Measure:
    """Metrics that are computed together.

    Attributes:
        table: metric -> how it reads.
        compute: cases -> every metric of the table, (patients,).
    """

    table: Mapping[str, Metric]
    compute: Callable[[Judged], Mapping[str, np.ndarray]]

    @property
    def description(self) -> str:
        """What the function says of itself, or else what is measured."""
        return summary(self.compute) or "; ".join(metric.label for metric in self.table.values())
