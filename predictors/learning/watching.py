"""An observer beside recorded or simulated cases: what it would have said at every sample, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from predictors.depth.recent import AWAKE
from predictors.learning.cases import INTERVAL, DepthCases
from sim.arrays import take
from sim.interfaces import Observer, Readings

BLOCK = 180  # samples, after which cases that are over leave the batch
Step = tuple[int, np.ndarray, Readings]


def readings(cases: DepthCases) -> Iterator[tuple[int, np.ndarray, bool, Readings]]:
    """Yield sample, cases still running (indices), whether some have just left, and what was shown of them.

    A missing index repeats the last one and says so, as monitors do. Vital signs are not part of these records.
    """
    held = pd.DataFrame(cases.bis).ffill().fillna(AWAKE).to_numpy()
    valid = np.isfinite(cases.bis)
    running = np.arange(cases.count)
    for sample in range(int(cases.length.max())):
        left = False
        if sample % BLOCK == 0:
            still = cases.length[running] > sample
            left, running = not still.all(), running[still]
        nothing = np.zeros(len(running))
        yield (
            sample,
            running,
            left,
            Readings(
                time=nothing + (sample + 1) * INTERVAL,
                phase=nothing.astype(int),
                bis=held[sample, running],
                bis_valid=valid[sample, running],
                signal_quality=np.where(valid[sample, running], 100.0, 0.0),
                mean_arterial_pressure=nothing,
                pressure_valid=nothing > 0.0,
                pressure_age=nothing,
                heart_rate=nothing,
                heart_rate_valid=nothing > 0.0,
                infused=INTERVAL
                * np.stack([cases.propofol[sample, running], cases.remifentanil[sample, running], nothing]),
            ),
        )


def watch(
    observer: Observer,
    cases: DepthCases,
    names: tuple[str, ...] | None = None,
    step: Callable[[Any, Readings], tuple[Any, dict[str, np.ndarray]]] | None = None,
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
    step = step or observer.update  # type: ignore[assignment]
    assert step is not None
    state = observer.initial(cases.person)
    batch = np.arange(cases.count)
    kept: dict[str, np.ndarray] = {}
    for sample, running, left, seen in readings(cases):
        if left:
            state = take(state, np.flatnonzero(np.isin(batch, running)))
            batch = running
        state, said = step(state, seen)
        for name in names or said:
            if name not in kept:
                shape = (len(cases.bis), *said[name].shape[:-1], cases.count)
                kept[name] = np.full(shape, np.nan, dtype=np.float32)
            kept[name][sample][..., running] = said[name]
    over = np.arange(len(cases.bis))[:, None] >= cases.length
    for values in kept.values():
        values[np.broadcast_to(np.expand_dims(over, tuple(range(1, values.ndim - 1))), values.shape)] = np.nan
    return kept
