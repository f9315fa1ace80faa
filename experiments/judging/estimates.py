"""Observers scored on closed-loop runs: what they estimated of the index, beside what was true, agent by agent."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from experiments.judging.scores import pooled, subject_sums
from predictors.learning.measures import concordance_of, root_mean_square_of

PREFIX = "estimated_"
INDEX = re.compile(rf"{PREFIX}(?:(?P<observer>[^.]+)\.)?bis(?:_in_(?P<horizon>\d+)s)?")
COLUMNS = ("agent", "observer", "horizon", "metric", "patients", "samples", "estimate", "low", "high")
METRICS = {"CCC": concordance_of, "RMSE": root_mean_square_of}


def score(traces: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return CCC and RMSE of every estimate of the index, now (horizon 0) or ahead, with intervals over patients.

    What was estimated for a moment meets the true index of that moment; agents differ because they dose differently.

    Args:
        traces: agent, patient, time_s, bis and estimated_... as `closed_loop` keeps them, on an even grid.
        seed: of the draws of patients.
    """
    rows = []
    for agent, own in traces.groupby("agent", sort=False):
        wide = own.pivot(index="time_s", columns="patient")
        interval = float(np.diff(wide.index[:2])[0]) if len(wide) > 1 else np.inf
        patients, true = np.array(wide["bis"].columns), wide["bis"].to_numpy(float)
        for name in traces.columns:
            found = INDEX.fullmatch(name)
            late = round(int(found["horizon"] or 0) / interval) if found else len(true)
            if found is None or late >= len(true):
                continue
            target, said = true[late:], wide[name].to_numpy(float)[: len(true) - late]
            counted = np.isfinite(target) & np.isfinite(said)
            sums = subject_sums(target, said, counted, patients)
            who = {"agent": agent, "observer": found["observer"] or "", "horizon": int(found["horizon"] or 0)}
            for metric, statistic in METRICS.items():
                value = pooled(sums, statistic, seed)._asdict()
                counts = {"patients": len(patients), "samples": int(counted.sum())}
                rows.append({**who, "metric": metric, **counts, **value})
    return pd.DataFrame(rows, columns=list(COLUMNS))
