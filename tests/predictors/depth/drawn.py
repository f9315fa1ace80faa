"""Learned observers with random weights, so that every input matters; what holds of them holds for any weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from predictors.depth import exits, forecaster
from predictors.depth.adaptive import AdaptiveFilter
from predictors.depth.exits import ExitObserver
from predictors.depth.forecaster import ForecasterObserver
from predictors.depth.now import lee2018, present
from predictors.depth.now.dose_history import DOSE_HISTORY
from predictors.depth.now.lee2018 import Lee2018Observer
from predictors.depth.now.present import PresentObserver
from predictors.depth.now.surface import RefittedSurface
from predictors.depth.now.vitals import VITALS
from predictors.learning.cases import Cases
from predictors.learning.watching import readings


def drawn(network, seed=0):
    """A network with random weights in double precision; nothing in it is left at zero."""
    torch.manual_seed(seed)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return network.double().eval()


def random_lee2018():
    network = drawn(lee2018.Network())
    network.mean.copy_(torch.tensor([57.0, 0.4, 165.0, 64.0]))
    network.sd.copy_(torch.tensor([14.0, 0.5, 8.0, 11.0]))
    return Lee2018Observer(network)


def random_dose_history():
    return random_present(DOSE_HISTORY.sight)


def random_vitals():
    return random_present(VITALS.sight)


def random_present(sight):
    network = drawn(present.Network(sight.features, cells=12, units=8, every=3))
    return PresentObserver(network, sight=sight, stretch=(0.5, 1.3))


def random_forecaster(seed=0):
    return ForecasterObserver(drawn(forecaster.Network(cells=12, units=8, every=3), seed))


def random_exits():
    return ExitObserver(drawn(exits.Network(units=8)))


MAKE: dict[str, Callable] = {
    "lee2018": random_lee2018,
    "dose_history": random_dose_history,
    "vitals": random_vitals,
    "forecaster": random_forecaster,
    "exits": random_exits,
    "adaptive": AdaptiveFilter,
    "surface_refitted": RefittedSurface,
}


def altered(cases: Cases, **change) -> Cases:
    """The cases with some signals changed: name -> what makes the new values of a copy of the old."""
    signals = {name: cases.signals[name] for name in change}
    made = {name: replace(one, values=change[name](one.values.copy())) for name, one in signals.items()}
    return cases.with_signals(**made)


def from_sample(first, value):
    """What sets a signal to a value from a sample on."""

    def change(values):
        values[first:] = value
        return values

    return change


def said(observer, cases, junk=None):
    """What an observer says, (samples, estimates, cases), double precision; `junk` is shown where nothing is valid."""
    state, out = observer.initial(cases.person), []
    for *_, seen in readings(cases):
        if junk is not None:
            seen = replace(
                seen,
                bis=np.where(seen.bis_valid, seen.bis, junk),
                mean_arterial_pressure=np.where(seen.pressure_valid, seen.mean_arterial_pressure, junk),
                heart_rate=np.where(seen.heart_rate_valid, seen.heart_rate, junk),
            )
        state, estimates = observer.update(state, seen)
        out.append(list(estimates.values()))
    return np.array(out)


def states(observer, cases, samples):
    """The observer's states after some numbers of samples."""
    state = observer.initial(cases.person)
    for (sample, _, _, seen), _ in zip(readings(cases), range(max(samples)), strict=False):
        state, _ = observer.update(state, seen)
        if sample + 1 in samples:
            yield state
