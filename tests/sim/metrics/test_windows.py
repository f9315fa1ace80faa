"""When a case is judged: from which dose on, and to which."""

from __future__ import annotations

import pytest

from sim.metrics.windows import windows
from tests.sim.metrics.hour import PERIOD, at, case, score


def test_maintenance_runs_from_five_minutes_after_the_first_propofol_to_the_last_dose():
    outside = 95.0
    inside_only = score(bis=at(360.0, 3000.0, 50.0, outside))
    assert inside_only["mdape_percent"] == 0.0
    assert inside_only["time_in_40_60_percent"] == 100.0
    sample = 100.0 * PERIOD / (3000.0 - 360.0)
    late_start = score(bis=at(365.0, 3000.0, 50.0, outside))
    early_stop = score(bis=at(360.0, 2995.0, 50.0, outside))
    assert late_start["time_above_60_percent"] == pytest.approx(sample)
    assert early_stop["time_above_60_percent"] == pytest.approx(sample)


def test_remifentanil_alone_keeps_the_case_going_and_does_not_begin_it():
    propofol = at(60.0, 1000.0, 0.1, 0.0)
    remifentanil = at(0.0, 2000.0, 0.2, 0.0)
    values = windows(case(propofol=propofol, remifentanil=remifentanil))
    assert (values.start[0], values.stop[0]) == (60.0, 2000.0)
