"""What learns hypotension is shown of whole cases, and what is true of the minutes to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL, readings
from predictors.risk.hypotension import trends
from predictors.risk.hypotension.events import HORIZONS, LOW, low_name, pressure_name
from predictors.risk.hypotension.trends import FEATURES
from sim.arrays import Array, take

TASK, QUESTION = "hypotension", "hypotension"
LABEL = "hypotension to come"
EVERY = 3  # samples between the moments that are learned from, and that whole cases are answered at
ESTIMATES = {low_name(horizon): (0.0, 1.0, "probability") for horizon in HORIZONS} | {
    pressure_name(horizon): (0.0, 200.0, "mmHg") for horizon in HORIZONS
}
LIMITS = (
    "It foresees what clinicians let happen: who treats on its word changes what it learned, so a high probability that"
    " is acted on will look like a false alarm.",
    "Vasopressors given by hand are not shown to it, nor is blood loss: both move the pressure by surprise.",
    "An arterial line is needed; it says nothing until one shows, nor when it has been silent for a minute.",
)


@dataclass(frozen=True)
class Shown:
    """Whole cases, every `EVERY`-th moment from the first on.

    Attributes:
        inputs: (moments, FEATURES, cases), float32.
        level: present pressure, mmHg, (moments, cases).
        may: where something can be said, bool, (moments, cases).
    """

    inputs: Array
    level: Array
    may: Array

    @property
    def asked(self) -> Array:
        """Return where hypotension is still to come: what can be said, and not below 65 already, bool."""
        return self.may & (self.level >= LOW)


_latest: list[tuple[Cases, Shown]] = []  # one pair: several predictors in turn are shown the same cases


def shown(cases: Cases) -> Shown:
    """Return what is shown of whole cases."""
    if not _latest or _latest[0][0] is not cases:
        _latest[:] = [(cases, _shown(cases))]
    return _latest[0][1]


def _shown(cases: Cases) -> Shown:
    samples = cases.samples(INTERVAL)
    size = (-(-int(samples.max()) // EVERY), cases.count)
    inputs = np.zeros((size[0], FEATURES, size[1]), dtype=np.float32)
    level, may = np.full(size, np.nan, dtype=np.float32), np.zeros(size, dtype=bool)
    memory, batch = trends.begin(cases.person), np.arange(cases.count)
    for sample, running, left, seen in readings(cases):
        if left:
            memory, batch = take(memory, np.flatnonzero(np.isin(batch, running))), running
        memory = trends.look(memory, seen, INTERVAL)
        if sample % EVERY == 0:
            moment = sample // EVERY
            inputs[moment][:, running] = trends.features(memory)
            level[moment, running] = trends.level(memory)
            may[moment, running] = trends.fresh(memory) & (sample < samples[running])
    return Shown(inputs, level, may)


def spread(values: Array, rows: int) -> Array:
    """Return answers at every `EVERY`-th moment as those at every sample, (rows, cases), NaN between."""
    out = np.full((rows, values.shape[-1]), np.nan, dtype=np.float32)
    out[::EVERY] = values
    return out


def truths(cases: Cases) -> tuple[Array, Array]:
    """Return what happens, 0, 1 or NaN, and the pressures then, mmHg, (moments, HORIZONS, cases) each."""
    return tuple(  # type: ignore[return-value]
        np.stack([cases.label(name(horizon))[::EVERY] for horizon in HORIZONS], axis=1)
        for name in (low_name, pressure_name)
    )


def said(shown: Shown, chance: Array, then: Array, rows: int) -> dict[str, Array]:
    """Return estimates by name, (rows, cases), from chances and pressures (moments, HORIZONS, cases)."""
    chance = np.maximum.accumulate(chance, axis=1)  # what begins within five minutes begins within ten
    both = [*np.moveaxis(chance, 1, 0), *np.moveaxis(np.clip(then, 0.0, 200.0), 1, 0)]
    return {
        name: spread(np.where(shown.may, values, np.nan), rows)
        for name, values in zip(ESTIMATES, both, strict=True)
    }


def require_both(happens: Array) -> None:
    """Raise ValueError where hypotension always comes, or never: nothing can be learned, nor judged."""
    if len(happens) == 0 or happens.min() == happens.max():
        what = f"is {happens[0]:g} at all {len(happens)} moments" if len(happens) else "is known at no moment"
        raise ValueError(
            f"cases: the label {LABEL} {what}, which is not allowed; some with and some without are needed"
        )
