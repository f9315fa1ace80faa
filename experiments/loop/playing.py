"""Recorded doses given again, alone or with somebody who treats low pressure: records say that they did, not when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from experiments.recorded.recordings import INTERVAL
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import OrderMode, Orders, Readings
from sim.randomness import normals, uniforms

PATIENCE, PAUSE = 90.0, 240.0  # s below the threshold before, and between injections (choice)
FAST = 75.0  # 1/min, from which phenylephrine is chosen (choice)
EPHEDRINE_DOSES, PHENYLEPHRINE_DOSES = (5.0, 10.0), (50.0, 100.0)  # mg, µg: half and half


@dataclass(frozen=True)
class Playback:
    """Gives the rates of a record, whatever it sees: rates (samples, 3, patients), mg/s, µg/s, µg/s."""

    rates: np.ndarray
    orders: ClassVar[OrderMode] = "rates"

    @classmethod
    def of(cls, propofol: np.ndarray, remifentanil: np.ndarray) -> Playback:
        """Return who gives these, each (samples, patients), mg/s and µg/s, and no norepinephrine."""
        return cls(np.stack([propofol, remifentanil, 0.0 * propofol], axis=1))

    def initial(self, covariates: Covariates, keys: Array) -> None:
        """Remember nothing."""

    def act(self, state: None, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, None]:
        """Return the recorded rates of the next interval."""
        rates = self.rates[min(round(float(readings.time[0]) / INTERVAL), len(self.rates) - 1)]
        return Orders(rates, 0.0 * rates), None


@dataclass(frozen=True)
class Watch:
    """Attributes: low, since, s, how long pressure has been low, and since the last injection; keys; turn."""

    low: np.ndarray
    since: np.ndarray
    keys: np.ndarray
    turn: np.ndarray


@dataclass(frozen=True)
class Attended:
    """Gives the rates of a record, and ephedrine or phenylephrine for a pressure that stays low.

    Attributes:
        record: its rates.
        threshold, threshold_sd: mmHg, of the pressure shown, and its SD between anaesthetists.
    """

    record: Playback
    threshold: float
    threshold_sd: float = 6.0
    orders: ClassVar[OrderMode] = "rates"

    def initial(self, covariates: Covariates, keys: Array) -> Watch:
        """Return a watch that has just begun."""
        zero = 0.0 * covariates.age
        return Watch(zero, zero + PAUSE, keys, np.zeros(len(keys), dtype=np.int64))

    def act(self, state: Watch, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Watch]:
        """Return the recorded rates of the next interval, and what is injected."""
        orders, _ = self.record.act(None, readings, estimates)
        limit = self.threshold + self.threshold_sd * normals(state.keys, "threshold", 0, 1)[0]
        below = readings.pressure_valid & (readings.mean_arterial_pressure < limit)
        low, since = np.where(below, state.low + INTERVAL, 0.0), state.since + INTERVAL
        now = (low >= PATIENCE) & (since >= PAUSE)
        half = uniforms(state.keys, "injection", state.turn, 1)[0] < 0.5
        slow = readings.heart_rate < FAST
        doses = np.stack(
            [np.where(half, *EPHEDRINE_DOSES) * slow, np.where(half, *PHENYLEPHRINE_DOSES) * ~slow]
        )
        watch = Watch(np.where(now, 0.0, low), np.where(now, 0.0, since), state.keys, state.turn + 1)
        return replace(orders, pressors=doses * now if now.any() else None), watch
