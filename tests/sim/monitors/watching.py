"""Patients of given delays under the monitors, their true index, pressure and heart rate given as courses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sim.covariates import Covariates
from sim.monitors import panel
from sim.monitors.panel import Monitors, MonitorState
from sim.monitors.slots import Shown
from sim.patient import Patient, typical
from sim.randomness import case_keys
from sim.truth import Truth

DELAYS = np.array([8.0, 12.3, 17.8, 22.9, 37.2, 77.6, 120.0, 155.0])
KEYS = case_keys(11, np.arange(600))
Course = Callable[[float], Any]


def people(delays: Any) -> Patient:
    """Patients who differ in the delay of their index, s."""
    men = Covariates.of(40, "M", 170, [70.0] * len(delays))
    return replace(typical(men), bis_delay=np.asarray(delays, dtype=float))


def truth_of(bis: Any, pressure: Any, rate: Any) -> Truth:
    """What monitors see of the truth."""
    return Truth(bis, pressure, rate, *[None] * 5)


def sway(t: float) -> float:
    """An index that swings slowly around 50."""
    return 50.0 + 10.0 * math.sin(t / 200.0)


def watched(
    monitors: Monitors,
    delays: Any,
    signal: Course,
    periods: int,
    keys: np.ndarray | None = None,
    pressure: Course = lambda t: 80.0,
    rate: Course = lambda t: 70.0,
) -> list[tuple[MonitorState, Shown]]:
    """Read the monitors of patients whose true index is `signal(time)`: what they hold and show, once a reading."""
    keys = KEYS[: len(delays)] if keys is None else keys
    one = np.ones(len(delays))

    def true(t: float) -> Truth:
        return truth_of(signal(t) * one, pressure(t) * one, rate(t) * one)

    state, shown = panel.connect(monitors, keys, people(delays), true(0.0))
    seen = [(state, shown)]
    steps = round(monitors.interval / monitors.step)
    for k in range(1, periods + 1):
        now = k * monitors.interval
        recent = np.stack([signal(now - i * monitors.step) * one for i in range(steps)])
        state, shown = panel.read(monitors, state, shown, keys, recent, true(now))
        seen.append((state, shown))
    return seen


def watch(*args: Any, **options: Any) -> list[Shown]:
    """What the monitors show, once a reading; see `watched`."""
    return [shown for _, shown in watched(*args, **options)]
