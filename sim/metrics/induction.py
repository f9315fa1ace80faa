"""Induction: how fast the index came down, and how far too far."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import absolute_error, count, first, last
from sim.units import SECONDS_PER_MINUTE


def induction(case: Judged) -> Values:
    """Return how the index came down: times (min from the first propofol), nadir, undershoot, s below 40.

    ST20 and ST10 are the last entry into target ± 10 and ± 5 that holds to the end of the window; the times
    to BIS < 60 and < 55 may be later than the window.
    """
    trace, spans, target = case.trace, case.windows, case.target
    bis = np.where(spans.induction, trace.bis, np.nan)
    after = trace.time[:, None] > spans.start

    def settled(tolerance: float) -> np.ndarray:
        outside = np.abs(bis - target) > tolerance
        entry = np.where(outside.any(axis=0), last(outside, trace.time) + spans.period, spans.start)
        return np.where(entry > last(spans.induction, trace.time), np.nan, entry)

    reached = {
        "induction_to_bis_60_min": first(after & (trace.bis < 60.0), trace.time),
        "induction_to_bis_55_min": first(after & (trace.bis < 55.0), trace.time),
        "induction_st20_min": settled(10.0),
        "induction_st10_min": settled(5.0),
    }
    nadir = np.fmin.reduce(bis, axis=0)
    return {name: (time - spans.start) / SECONDS_PER_MINUTE for name, time in reached.items()} | {
        "induction_nadir_bis": nadir,
        "induction_undershoot_bis": np.maximum(0.0, target - 5.0 - nadir),
        "induction_below_40_s": np.where(np.isnan(nadir), np.nan, count(bis < 40.0) * spans.period),
        "induction_iae_bis_s": absolute_error(bis, target, spans.period),
    }


INDUCTION = Measure(
    {
        "induction_to_bis_60_min": Metric("First propofol to BIS < 60", "min", "lower"),
        "induction_to_bis_55_min": Metric("First propofol to BIS < 55", "min", "lower"),
        "induction_st20_min": Metric("Settling within 10 BIS (ST20)", "min", "lower"),
        "induction_st10_min": Metric("Settling within 5 BIS (ST10)", "min", "lower"),
        "induction_nadir_bis": Metric("Lowest BIS of induction", "BIS", None),
        "induction_undershoot_bis": Metric("Undershoot of induction", "BIS", "lower"),
        "induction_below_40_s": Metric("Below BIS 40 in induction", "s", "lower"),
        "induction_iae_bis_s": Metric("Integrated absolute error, induction", "BIS·s", "lower"),
    },
    induction,
)
