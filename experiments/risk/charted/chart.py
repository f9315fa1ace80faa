"""What is charted somewhere and what is foreseen from it; stays as cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from experiments.risk.charted.alarms import time_name
from predictors.learning.cases import Cases, Signal
from sim.covariates import Covariates
from sim.outcomes.channel import Channel

USUAL_WEIGHT, USUAL_INDEX = 75.0, 27.0  # kg, kg/m²: of whom no more is known; nobody here asks for it


@dataclass(frozen=True)
class Chart:
    """A form that is filled in.

    Attributes:
        channels, known, outcomes: what is charted, what is known at admission, what is foreseen.
        hours: from one row to the next.
        rows: of a stay.
        followed: h after admission for which outcomes are known.
        coming: h at which outcomes came, (outcomes, stays), infinite where they did not -> whether each comes within
            its horizon, (outcomes, rows, stays), NaN where nobody is at risk.
    """

    channels: Mapping[str, Channel]
    known: Mapping[str, Channel]
    outcomes: tuple[str, ...]
    hours: float
    rows: int
    followed: float
    coming: Callable[[np.ndarray], np.ndarray]

    def cases(
        self,
        who: np.ndarray,
        subject: np.ndarray,
        known: Mapping[str, np.ndarray],
        values: Mapping[str, np.ndarray],
        ends: np.ndarray,
    ) -> Cases:
        """Return stays as cases.

        Signals are the channels, NaN where nothing was measured, and what is known at admission; labels are whether
        each outcome comes within its horizon, and when it came.

        Args:
            who, subject: (stays,).
            known: name -> (stays,).
            values: name of a channel -> (rows, stays).
            ends: (outcomes, stays), as `coming` takes them.
        """
        seconds = 3600.0 * self.hours
        weight = known.get("weight", np.full(len(who), USUAL_WEIGHT))
        height = np.clip(100.0 * np.sqrt(weight / USUAL_INDEX), 145.0, 205.0)
        signals = {
            name: Signal(values[name].astype(np.float32), seconds, channel.unit)
            for name, channel in self.channels.items()
        }
        signals |= {
            name: Signal(known[name][None], unit=channel.unit) for name, channel in self.known.items()
        }
        rows = dict(zip(self.outcomes, self.coming(ends), strict=True))
        labels = {name: Signal(one.astype(np.float32), seconds) for name, one in rows.items()}
        labels |= {
            time_name(name): Signal(one[None], unit="h")
            for name, one in zip(self.outcomes, ends, strict=True)
        }
        person = Covariates(known["age"], known["female"] > 0.5, height, weight)
        return Cases(who, subject, person, np.full(len(who), self.rows * seconds), signals, labels)
