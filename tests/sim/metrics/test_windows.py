"""When a case is judged: from which dose on, and to which."""

from __future__ import annotations

import numpy as np
import pytest

from sim.metrics.windows import windows
from sim.surgery import CLOSING, EMERGENCE
from tests.sim.metrics.hour import PERIOD, TIME, at, case, score


def test_maintenance_runs_from_five_minutes_after_the_first_propofol_to_closing_whatever_the_agent_gives():
    """Closing begins after the sample at 2500 s, and one agent stops long before the other."""
    phase = at(2500.0, 3200.0, CLOSING, 0.0) + at(3200.0, 4000.0, EMERGENCE, 0.0)
    sample = 100.0 * PERIOD / (2500.0 - 360.0)
    for stop in (1500.0, 3600.0):
        drugs = {"propofol": at(60.0, stop, 0.1, 0.0), "remifentanil": 0.0, "phase": phase}
        inside_only = score(bis=at(360.0, 2500.0, 50.0, 95.0), **drugs)
        assert inside_only["mdape_percent"] == 0.0
        assert inside_only["time_outside_40_60_percent"] == 0.0
        late = score(bis=at(365.0, 2500.0, 50.0, 95.0), **drugs)
        early = score(bis=at(360.0, 2495.0, 50.0, 95.0), **drugs)
        assert late["time_outside_40_60_percent"] == pytest.approx(sample)
        assert early["time_outside_40_60_percent"] == pytest.approx(sample)


def test_pressure_counts_up_to_emergence_and_closing_lies_between():
    phase = at(2500.0, 3200.0, CLOSING, 0.0) + at(3200.0, 4000.0, EMERGENCE, 0.0)
    found = windows(case(propofol=at(60.0, 1500.0, 0.1, 0.0), phase=phase))
    assert found.end[0] == 3200.0
    for window, (begin, end) in {
        "anesthesia": (60.0, 3200.0),
        "closing": (2500.0, 3200.0),
        "emergence": (3200.0, 4000.0),
    }.items():
        np.testing.assert_array_equal(getattr(found, window)[:, 0], at(begin, end, True, False), window)


def test_a_surgery_without_closing_and_emergence_is_judged_to_the_last_dose():
    outside = 95.0
    inside_only = score(bis=at(360.0, 3000.0, 50.0, outside))
    assert inside_only["time_in_40_60_percent"] == 100.0
    sample = 100.0 * PERIOD / (3000.0 - 360.0)
    early_stop = score(bis=at(360.0, 2995.0, 50.0, outside))
    assert early_stop["time_above_60_percent"] == pytest.approx(sample)
    found = windows(case())
    assert not found.closing.any()
    np.testing.assert_array_equal(found.emergence, TIME[:, None] > 3000.0)


def test_remifentanil_alone_keeps_the_case_going_and_does_not_begin_it():
    propofol = at(60.0, 1000.0, 0.1, 0.0)
    remifentanil = at(0.0, 2000.0, 0.2, 0.0)
    values = windows(case(propofol=propofol, remifentanil=remifentanil))
    assert (values.start[0], values.stop[0]) == (60.0, 2000.0)
