"""What a policy is chosen by, against a case written by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.fixed_targets import FixedTargets
from experiments.learning.choosing import primary
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate


def test_it_counts_from_five_minutes_after_the_first_propofol_to_the_closing():
    room = Theatre(orders="targets", horizon=1200.0, noise=False)
    trace = simulate(room, cases(room, numbers=1), FixedTargets())
    time = trace.time[:, None]
    ones = np.ones_like(trace.bis)
    trace = replace(
        trace,
        propofol=ones
        * (time > 100.0),  # first given in the period that ended at 110 s: the window begins at 400
        phase=np.where(time > 1000.0, 5.0, 4.0),
        bis=np.where((time > 500.0) & (time <= 560.0), 39.0, np.where(time <= 400.0, 90.0, 50.0)),
        mean_arterial_pressure=np.where((time > 700.0) & (time <= 820.0), 60.0, 80.0),
        order_changes=ones * ((time == 300.0) | (time == 600.0) | (time == 900.0)),
    )
    seen = primary(trace)
    np.testing.assert_allclose(seen.deep, 10.0)
    np.testing.assert_allclose(seen.light, 0.0)
    np.testing.assert_allclose(seen.pressure, 20.0)
    np.testing.assert_allclose(seen.changes, 2.0 * 6.0)
    assert np.isclose(seen.score, 10.0 + 20.0)
    busy = seen._replace(changes=np.array([40.0]))
    assert np.isclose(busy.score, 30.0 + 0.2 * 10.0)
