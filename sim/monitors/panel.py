"""All monitors of a case, read once a control period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from sim.arrays import Array, at_least, like, namespace, to_numpy, within
from sim.monitors import bis as bis_monitor
from sim.monitors.circulation import CUFF_SD, heart_rate_noise, pressure_noise
from sim.monitors.noise import ColouredNoise
from sim.randomness import normals, uniforms
from sim.settings import PressureMonitor

PRESSURE_EXPIRES = 900.0  # s, after which monitors blank a cuff pressure


@dataclass(frozen=True)
class Monitors:
    """How the patient is watched, the same for all.

    Attributes:
        interval: s between readings (the control period).
        step: s between the samples of the true index that come with them.
        noise: False shows delayed and smoothed truth, never missing.
        pressure: "arterial" line, or "cuff" every `cuff_interval` s.
    """

    interval: float
    step: float
    noise: bool = True
    pressure: PressureMonitor = "arterial"
    cuff_interval: float = 180.0

    @cached_property
    def noises(self) -> tuple[ColouredNoise, ColouredNoise, ColouredNoise]:
        """Noise of index, pressure and heart rate."""
        interval = self.interval
        return bis_monitor.noise(interval), pressure_noise(interval), heart_rate_noise(interval)


@dataclass(frozen=True)
class MonitorState:
    """Attributes: history (steps, patients) of the true index, newest first; noise (3, 2, patients) of index,
    pressure and heart rate; dropped, bool; count of readings; pressure_age, s; and what is shown, (patients,).
    """

    history: Array
    noise: Array
    dropped: Array
    count: Array
    bis: Array
    bis_valid: Array
    signal_quality: Array
    pressure: Array
    pressure_valid: Array
    pressure_age: Array
    heart_rate: Array
    heart_rate_valid: Array


def connect(
    monitors: Monitors, keys: np.ndarray, bis: Array, pressure: Array, heart_rate: Array
) -> MonitorState:
    """Return the monitors of awake patients, showing their first values."""
    xp = namespace(bis)
    first = normals(keys, "monitors begin", 0, 6)
    noise = np.stack([n.initial(first[2 * i : 2 * i + 2]) for i, n in enumerate(monitors.noises)])
    ones = xp.ones_like(bis)
    history = xp.stack([bis] * bis_monitor.history_length(monitors.step))
    state = MonitorState(
        history,
        like(noise, bis),
        ones < 0.0,
        xp.zeros_like(bis, dtype=xp.int64),
        bis,
        ones > 0.0,
        100.0 * ones,
        pressure,
        ones > 0.0,
        monitors.cuff_interval * ones,
        heart_rate,
        ones > 0.0,
    )
    return _show(
        monitors, state, bis, pressure, heart_rate, CUFF_SD * like(normals(keys, "cuff begin", 0, 1)[0], bis)
    )


def read(
    monitors: Monitors,
    kernel: Array,
    state: MonitorState,
    keys: np.ndarray,
    recent: Array,
    pressure: Array,
    heart_rate: Array,
) -> MonitorState:
    """Return what the monitors show one control period on.

    Args:
        kernel: (steps, patients), from `sim.monitors.bis.kernel`.
        recent: (new steps, patients), the true index of this period, newest first.
        pressure, heart_rate: true now, mmHg and 1/min.
    """
    xp = namespace(recent)
    history = xp.concat([recent, state.history[: -recent.shape[0]]])
    state = replace(
        state,
        history=history,
        count=state.count + 1,
        pressure_age=state.pressure_age + monitors.interval,
        signal_quality=0.0 * state.signal_quality + 100.0,
    )
    smoothed = (kernel * history).sum(0)
    cuff_error = 0.0
    if monitors.noise:
        state, cuff_error = _disturb(monitors, state, keys)
    return _show(monitors, state, smoothed, pressure, heart_rate, cuff_error)


def _disturb(monitors: Monitors, state: MonitorState, keys: np.ndarray) -> tuple[MonitorState, Array]:
    """Move the noises, the dropouts and the signal quality; chance is NumPy's whatever the arrays are."""
    example = state.bis
    chance = uniforms(keys, "monitors", to_numpy(state.count), 9)
    draws = ndtri(chance[:8])
    before = to_numpy(state.noise)
    noise = np.stack([n.step(before[i], draws[2 * i : 2 * i + 2]) for i, n in enumerate(monitors.noises)])
    dropped = bis_monitor.dropout(to_numpy(state.dropped), chance[8], monitors.interval)
    quality = bis_monitor.signal_quality(dropped, draws[6])
    moved = replace(
        state,
        noise=like(noise, example),
        dropped=like(dropped, example),
        signal_quality=like(quality, example),
    )
    return moved, CUFF_SD * like(draws[7], example)


def _show(
    monitors: Monitors, state: MonitorState, bis: Array, pressure: Array, heart_rate: Array, cuff_error: Array
) -> MonitorState:
    """Put the values on the screens: rounded as monitors do, the last one kept where there is none."""
    xp = namespace(bis)
    if monitors.noise:
        bis = xp.round(within(bis + state.noise[0, 0], 0.0, 100.0))
        error = state.noise[1, 0] if monitors.pressure == "arterial" else cuff_error
        pressure = xp.round(at_least(pressure + error, 0.0))
        heart_rate = xp.round(at_least(heart_rate + state.noise[2, 0], 0.0))
    age = xp.zeros_like(state.pressure_age)
    if monitors.pressure == "cuff":
        due = state.pressure_age >= monitors.cuff_interval
        pressure = xp.where(due, pressure, state.pressure)
        age = xp.where(due, age, state.pressure_age)
    return replace(
        state,
        bis=xp.where(state.dropped, state.bis, bis),
        bis_valid=~state.dropped,
        pressure=pressure,
        pressure_valid=age < PRESSURE_EXPIRES,
        pressure_age=age,
        heart_rate=heart_rate,
        heart_rate_valid=age >= 0.0,
    )
