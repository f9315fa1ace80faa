"""The score of the bedside, from the last values of a chart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def early_warning(chart: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the modified early warning score without consciousness, which is not charted here, 0-11 points.

    Subbe, QJM 2001;94:521. A sign that was never measured gives no points.
    """
    systolic, rate, breaths, temperature = (
        chart[name] for name in ("systolic", "heart_rate", "respiratory_rate", "temperature")
    )
    points = np.select(
        [systolic <= 70, systolic <= 80, systolic <= 100, systolic >= 200], [3.0, 2.0, 1.0, 2.0], 0.0
    )
    points += np.select(
        [rate < 40, rate <= 50, rate >= 130, rate > 110, rate > 100], [2.0, 1.0, 3.0, 2.0, 1.0], 0.0
    )
    points += np.select([breaths < 9, breaths >= 30, breaths > 20, breaths > 14], [2.0, 3.0, 2.0, 1.0], 0.0)
    return points + np.select([temperature < 35.0, temperature >= 38.5], [2.0, 2.0], 0.0)
