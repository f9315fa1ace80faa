"""What contenders are shown of cases: beats, what describes them, the index of a monitor, and the wave thinned out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.pain.contenders import Shown
from predictors.learning.cases import Cases
from predictors.pain.convolution import thinned
from predictors.pain.features import describe
from sim.monitors.nociception.pleth_index import PlethIndex
from sim.signals.pulse.features import features

AT_ONCE = 60  # windows


def hear(cases: Cases, report: Callable[[float], None] = lambda share: None) -> Shown:
    """Return what is known of windows.

    Args:
        cases: with the signal "ppg"; those of a person side by side, in order.
        report: is told the share done.

    Raises:
        ValueError: a window with too few beats to say anything of.
    """
    wave, parts = cases["ppg"], []
    for begin in range(0, cases.count, AT_ONCE):
        parts.append(describe(features(wave[:, begin : begin + AT_ONCE])))
        report(min(1.0, (begin + AT_ONCE) / cases.count))
    found = np.concatenate(parts, axis=1).T
    if np.isnan(found).any():
        row = int(np.isnan(found).any(axis=1).argmax())
        raise ValueError(f"ppg: no pulse is heard in {cases.who[row]}")
    rate = 1.0 / cases.signals["ppg"].interval
    return Shown(found, thinned(wave, rate), pleth_index(cases), cases.label("pain")[0], cases.subject)


def pleth_index(cases: Cases) -> np.ndarray:
    """Return the mean surgical pleth index of each window, (windows,), from a monitor that stays with the person."""
    monitor, people = PlethIndex(), len(np.unique(cases.subject))
    state, means = monitor.begin(people), []
    for wave in np.moveaxis(cases["ppg"].reshape(len(cases["ppg"]), people, -1), -1, 0):
        state, index, valid = monitor.listen(state, wave)
        means.append(np.where(valid, index, 0.0).sum(axis=0) / np.maximum(valid.sum(axis=0), 1))
    return np.stack(means, axis=1).reshape(-1)
