"""Cases that learned observers watch."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.learning.watching import INTERVAL
from tests.depth_folder import simulated_cases
from tests.predictors.depth.drawn import altered

SAMPLES = 220  # of a case; longer than a window of Lee 2018


@pytest.fixture(scope="session")
def cases():
    """Three simulated patients with noise and dropouts, cut to the same length."""

    def hide(bis):
        bis[40:60, 0] = np.nan
        return bis

    found = simulated_cases("recorded", 3, 7, 2400.0).shortened(SAMPLES * INTERVAL)
    assert (found.samples(INTERVAL) == SAMPLES).all()
    return altered(found, bis=hide)
