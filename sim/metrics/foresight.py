"""Foresight: whether drugs were moved before a stimulus that the team announces, and how high the index rose at it."""

from __future__ import annotations

import numpy as np

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import first
from sim.surgery import INCISION, INTUBATION
from sim.surgery.announcing import NOTICE

AFTER = 300.0  # s in which the index answers


def foresight(case: Judged) -> Values:
    """Return how far effect sites moved from the announcement of the incision to the incision, and the highest index
    within 5 min of it and of the laryngoscopy; NaN where a surgery has none.
    """
    trace, period = case.trace, case.windows.period
    time = trace.time[:, None]

    def begins(phase: int) -> np.ndarray:
        found = first(trace.phase >= phase, trace.time) - period
        return np.where((trace.phase == phase).any(axis=0), found, np.nan)

    incision, intubation = begins(INCISION), begins(INTUBATION)

    def at(signal: np.ndarray, moment: np.ndarray) -> np.ndarray:
        there = (moment >= trace.time[0]) & (moment <= trace.time[-1])
        place = np.where(there, np.searchsorted(trace.time, np.nan_to_num(moment)), 0)
        return np.where(there, np.take_along_axis(signal, place[None], axis=0)[0], np.nan)

    def moved(signal: np.ndarray) -> np.ndarray:
        return at(signal, incision) - at(signal, incision - NOTICE)

    def highest(moment: np.ndarray) -> np.ndarray:
        answering = (time > moment) & (time <= moment + AFTER)
        found = np.max(trace.bis, axis=0, where=answering, initial=0.0)
        return np.where(answering.any(axis=0), found, np.nan)

    return {
        "incision_propofol_before": moved(trace.effect_propofol),
        "incision_remifentanil_before": moved(trace.effect_remifentanil),
        "incision_highest_bis": highest(incision),
        "intubation_highest_bis": highest(intubation),
    }


FORESIGHT = Measure(
    {
        "incision_propofol_before": Metric("Propofol effect site, rise before incision", "µg/mL", None),
        "incision_remifentanil_before": Metric(
            "Remifentanil effect site, rise before incision", "ng/mL", None
        ),
        "incision_highest_bis": Metric("Highest BIS within 5 min of incision", "BIS", None),
        "intubation_highest_bis": Metric("Highest BIS within 5 min of laryngoscopy", "BIS", None),
    },
    foresight,
)
