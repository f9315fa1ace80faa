"""What is done before an announced incision, and how high the index rises at it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.surgery import INCISION, INTUBATION, MAINTENANCE
from tests.sim.metrics.hour import TIME, at, score

PHASE = (
    at(200.0, 300.0, INTUBATION, 0.0) + at(1500.0, 1800.0, INCISION, 0.0) + at(1800.0, 9e9, MAINTENANCE, 0.0)
)


def test_effect_sites_are_compared_with_those_at_the_announcement():
    """The incision begins after the sample at 1500 s; drugs ramp from 1400 s on, a hundredth a second."""
    ramp = np.clip((TIME - 1400.0) / 100.0, 0.0, 5.0)
    values = score(phase=PHASE, effect_propofol=3.0 + ramp, effect_remifentanil=2.0 + 2.0 * ramp)
    assert values["incision_propofol_before"] == pytest.approx(1.0)
    assert values["incision_remifentanil_before"] == pytest.approx(2.0)
    late = score(phase=PHASE, effect_remifentanil=np.where(TIME > 1500.0, 5.0, 2.0))
    assert late["incision_remifentanil_before"] == 0.0


def test_the_highest_index_is_that_of_the_five_minutes_after():
    bis = 50.0 + at(1700.0, 1800.0, 12.0, 0.0) + at(1900.0, 1950.0, 30.0, 0.0) + at(1400.0, 1500.0, 20.0, 0.0)
    values = score(phase=PHASE, bis=bis + at(220.0, 230.0, 25.0, 0.0))
    assert values["incision_highest_bis"] == 62.0
    assert values["intubation_highest_bis"] == 75.0


def test_a_surgery_without_these_moments_has_no_value():
    values = score(phase=at(600.0, 9e9, MAINTENANCE, 0.0))
    assert all(
        np.isnan(value) for name, value in values.items() if name.startswith(("incision", "intubation"))
    )
