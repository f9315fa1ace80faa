"""Which alarms agents raise: under a fault, in how many cases and how soon; without one, how often an hour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.failing import kinds
from experiments.failing.rules import AFTERWARDS, ALARM
from experiments.failing.trials import NONE, REPORT, Campaign, trials
from experiments.loop.evaluation import label
from sim.units import SECONDS_PER_HOUR

COLUMNS = ("arm", "fault", "alarm", "cases_percent", "median_s", "per_hour")


def called(config: Campaign, folder: Path) -> pd.DataFrame:
    """Return one row an arm, fault and alarm, from the trials in a folder: `COLUMNS`.

    An alarm counts from the beginning of a fault to ten minutes after its end, where the same case without the fault
    has none then; `per_hour` is how often it begins without a fault.
    """
    rows: list[tuple[object, ...]] = []
    usual: dict[tuple[str, str], np.ndarray] = {}
    for trial in trials(config):
        with np.load(trial.path(folder)) as file:
            kept = dict(file)
        arm, time = label(trial.arm), kept["time"]
        for name, said in kept.items():
            if not name.startswith(REPORT + ALARM):
                continue
            alarm = name.removeprefix(REPORT + ALARM)
            if trial.faults == (NONE,):
                usual[arm, alarm] = said
                begins = (said[1:] & ~said[:-1]).sum() + said[0].sum()
                hours = said.shape[1] * time[-1] / SECONDS_PER_HOUR
                rows.append((arm, kinds.NOTHING, alarm, 100.0 * said.any(0).mean(), np.nan, begins / hours))
                continue
            for place, fault in enumerate(trial.faults):
                own = slice(place * config.patients, (place + 1) * config.patients)
                starts, ends = kept["starts"][own], kept["ends"][own]
                share, soon = noticed(said[:, own] & ~usual[arm, alarm], time, starts, ends)
                rows.append((arm, fault, alarm, share, soon, np.nan))
    return pd.DataFrame(rows, columns=[*COLUMNS])


def noticed(alarm: np.ndarray, time: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[float, float]:
    """Return the share of cases with an alarm, %, and the median s from the start to the first; NaN: no case has one.

    Args:
        alarm: (samples, patients), bool.
        time: (samples,), s.
        starts, ends: (patients,), s, of the fault.
    """
    here = alarm & (time[:, None] >= starts) & (time[:, None] <= ends + AFTERWARDS)
    found = here.any(0)
    since = (time[here.argmax(0)] - starts)[found]
    return 100.0 * float(found.mean()), float(np.median(since)) if found.any() else float("nan")
