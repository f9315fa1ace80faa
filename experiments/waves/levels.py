"""What openibis reads at every level of the true index."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from experiments.waves.listening import body, read
from sim.waves.eeg.depth import suppressed_share
from sim.waves.eeg.generator import EEG

LEVELS = (97.0, 95.0, 93.0, 90.0, 80.0, 70.0, 65.0, 60.0, 50.0, 40.0, 35.0, 30.0, 25.0, 20.0, 15.0, 10.0, 5.0)
SECONDS = 120


def table(people: int, seed: int, done: Callable[[int], None] = lambda count: None) -> pd.DataFrame:
    """Return a row a level: mean error over people, spread between them, true and detected suppression (%)."""
    wave = EEG(disturbed=False)
    rows = []
    for level in LEVELS:
        said = read(wave, level, SECONDS, people, seed)
        error = said.index - level
        rows.append(
            {
                "true_index": level,
                "mean_error": error.mean(),
                "sd": error.std(ddof=1),
                "low": np.quantile(error, 0.1),
                "high": np.quantile(error, 0.9),
                "suppressed": 100.0 * float(suppressed_share(body(np.array([level])))[0]),
                "detected": said.suppression_ratio.mean(),
            }
        )
        done(1)
    return pd.DataFrame(rows)
