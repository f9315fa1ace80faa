"""An observer beside recorded or simulated cases: what it would have said at every sample, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from predictors.learning.cases import Cases
from sim.arrays import take
from sim.interfaces import Observer, Readings

INTERVAL = 10.0  # s, the grid of trends
BLOCK = 180  # samples, after which cases that are over leave the batch
BEFORE = {"bis": 93.0, "pressure": 90.0, "heart_rate": 75.0}  # shown, as invalid, before the first reading
Step = Callable[[Any, Readings], tuple[Any, Mapping[str, np.ndarray]]]


def readings(cases: Cases) -> Iterator[tuple[int, np.ndarray, bool, Readings]]:
    """Yield sample, cases still running (indices), whether some have just left, and what was shown of them.

    What is missing repeats the last value and says so, as monitors do; a signal that these cases do not have is never
    valid, and without `phase` the surgeons are taken to have said nothing (phase 0).

    Raises:
        ValueError: a signal that is shown has another interval.
    """
    for name in (*BEFORE, "phase", "propofol", "remifentanil"):
        if name in cases.signals and cases.signals[name].interval != INTERVAL:
            raise ValueError(
                f"{name}: an interval of {cases.signals[name].interval:g} s is not allowed; {INTERVAL:g} s"
            )
    shown = {name: _held(cases, name) for name in BEFORE}
    phase = cases["phase"].astype(int) if "phase" in cases.signals else np.zeros_like(cases["propofol"], int)
    doses = INTERVAL * np.stack([cases["propofol"], cases["remifentanil"], 0.0 * cases["propofol"]], axis=1)
    samples = cases.samples(INTERVAL)
    running = np.arange(cases.count)
    for sample in range(int(samples.max())):
        left = False
        if sample % BLOCK == 0:
            still = samples[running] > sample
            left, running = not still.all(), running[still]
        (bis, bis_valid, _), (pressure, pressure_valid, pressure_age), (heart_rate, heart_rate_valid, _) = (
            tuple(values[sample, running] for values in shown[name]) for name in BEFORE
        )
        now = Readings(
            time=np.full(len(running), (sample + 1) * INTERVAL),
            phase=phase[sample, running],
            bis=bis,
            bis_valid=bis_valid,
            signal_quality=100.0 * bis_valid,
            mean_arterial_pressure=pressure,
            pressure_valid=pressure_valid,
            pressure_age=pressure_age,
            heart_rate=heart_rate,
            heart_rate_valid=heart_rate_valid,
            infused=doses[sample][:, running],
        )
        yield sample, running, left, now


def watch(
    observer: Observer, cases: Cases, names: tuple[str, ...] | None = None, step: Step | None = None
) -> dict[str, np.ndarray]:
    """Return what an observer says over whole cases: name -> (samples, cases), float32, NaN beyond a case's end.

    Args:
        observer: made for readings every 10 s.
        cases: recorded or simulated.
        names: of the estimates to keep; all by default.
        step: what is done at each reading; the observer's `update` by default. Its answers may have shape
            (..., patients) and are kept as (samples, ..., cases).

    Raises:
        ValueError: the observer is made for another control period.
    """
    if observer.control_period != INTERVAL:
        raise ValueError(
            f"observer: a control period of {observer.control_period} s is not allowed; {INTERVAL} s"
        )
    return follow(step or observer.update, observer.initial(cases.person), cases, names)


def follow(
    step: Step, state: Any, cases: Cases, names: tuple[str, ...] | None = None
) -> dict[str, np.ndarray]:
    """Return what a step from state to state says over whole cases; see `watch`."""
    samples = cases.samples(INTERVAL)
    rows = int(samples.max())
    batch = np.arange(cases.count)
    kept: dict[str, np.ndarray] = {}
    for sample, running, left, seen in readings(cases):
        if left:
            state = take(state, np.flatnonzero(np.isin(batch, running)))
            batch = running
        state, said = step(state, seen)
        for name in names or said:
            if name not in kept:
                shape = (rows, *said[name].shape[:-1], cases.count)
                kept[name] = np.full(shape, np.nan, dtype=np.float32)
            kept[name][sample][..., running] = said[name]
    over = np.arange(rows)[:, None] >= samples
    for values in kept.values():
        values[np.broadcast_to(np.expand_dims(over, tuple(range(1, values.ndim - 1))), values.shape)] = np.nan
    return kept


def _held(cases: Cases, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the last value shown, whether it is of this sample, and its age (s), (samples, cases) each."""
    if name not in cases.signals:
        like = np.zeros_like(cases["propofol"])
        return like + BEFORE[name], like > 0.0, INTERVAL * (1.0 + np.arange(len(like))[:, None]) + like
    values = cases[name]
    sample = np.arange(len(values))[:, None]
    valid = np.isfinite(values)
    last = np.maximum.accumulate(np.where(valid, sample, -1), axis=0)
    held = np.where(last >= 0, np.take_along_axis(values, np.maximum(last, 0), axis=0), BEFORE[name])
    return held, valid, INTERVAL * (sample - last)
