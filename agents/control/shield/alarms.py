"""Alarms: raised while something is wrong, and latched from the first time on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array

# What is wrong, and how long it must have lasted, s (choice).
ALARMS: Mapping[str, tuple[str, float]] = {
    "index_missing": ("no index", 30.0),
    "index_poor": ("the index is shown at a low signal quality", 20.0),
    "index_stuck": ("the index has not moved", 0.0),
    "index_jump": ("the index is far from what it was a moment ago", 20.0),
    "pressure_missing": ("no pressure", 60.0),
    "pressure_flush": ("the pressure is that of a flushed, zeroed or sampled line", 20.0),
    "fallback": ("doses are held, the agent is not followed", 60.0),
    "lost_delivery": ("the index stays above what the doses shown explain: look at the line", 0.0),
    "dose_mismatch": ("the pumps do not show what was ordered", 60.0),
    "limit_cycle": ("the index swings up and down by itself", 0.0),
    "impossible_order": ("the agent ordered what is no dose", 0.0),
    "capped": ("the agent wants more than it may give: it asks for help", 60.0),
    "deep": ("the index is below 20", 20.0),
    "light": ("the index is above 70 although the patient should sleep", 120.0),
    "hypotension": ("the pressure is below 55 mmHg", 50.0),
}
NAMES = tuple(ALARMS)
RAISED = "alarm_"  # before the name of an alarm, in what is reported
LASTING = np.array([[seconds] for _, seconds in ALARMS.values()])


@dataclass(frozen=True)
class Alarms:
    """Attributes: since (alarms, patients), s from which a condition has been met without a break, NaN: it is not;
    raised (alarms, patients), bool, now; first (alarms, patients), s, when it first was, NaN: never.
    """

    since: Array
    raised: Array
    first: Array


def none_raised(example: Array) -> Alarms:
    """Return the alarms of new cases; `example` is (patients,)."""
    unknown = np.full((len(NAMES), *example.shape), np.nan)
    return Alarms(unknown, unknown > 0.0, unknown)


def watched(state: Alarms, time: Array, conditions: Mapping[str, Array]) -> Alarms:
    """Return the alarms after a look: `conditions`, by the names of `ALARMS`, are bool (patients,)."""
    met = np.stack([conditions[name] for name in NAMES])
    since = np.where(met, np.fmin(state.since, time), np.nan)
    raised = met & (time - since >= LASTING)
    first = np.where(raised, np.fmin(state.first, time), state.first)
    return Alarms(since, raised, first)
