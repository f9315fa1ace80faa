"""When a case is judged.

Signals are (samples, patients) on one even time grid; a metric is one number per patient, (patients,). Sample
k stands for the period that ended at time k. Windows, each patient's own, begin with the first period that
has propofol; "the stop" is the end of the last period with propofol or remifentanil:

- anesthesia: to the stop; blood pressure and order changes per hour.
- induction: the first 10 min; settling, nadir, undershoot.
- maintenance: from 5 min on to the stop; Varvel, bands, Global Score, mean rates.
- the whole record: awareness (until emergence), too deep, total doses, peak rates, total variation.

Samples outside the window or missing are NaN and left out. An undefined metric is NaN: an empty window, a
level never reached, an index not settled when induction ends, a patient not awake when the record ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.metrics.samples import first, last
from sim.theatre.trace import Trace

INDUCTION, SETTLING_IN = 600.0, 300.0  # s from the first propofol


@dataclass(frozen=True)
class Windows:
    """Sampling period (s), start and stop (patients,) (s), and the windows (samples, patients) (bool)."""

    period: float
    start: np.ndarray
    stop: np.ndarray
    anesthesia: np.ndarray
    induction: np.ndarray
    maintenance: np.ndarray


def windows(trace: Trace) -> Windows:
    """Find the windows stated at the top of this file. Raises ValueError on an uneven time grid."""
    steps = np.diff(trace.time)
    if steps.size == 0 or not (steps[0] > 0.0 and np.allclose(steps, steps[0])):
        raise ValueError(f"time: {trace.time[:4]} is not allowed; two or more samples, rising in even steps")
    time, period = trace.time[:, None], float(steps[0])
    start = first(trace.propofol > 0.0, trace.time) - period
    stop = last((trace.propofol > 0.0) | (trace.remifentanil > 0.0), trace.time)
    given = time <= stop
    induction = (time > start) & (time <= start + INDUCTION)
    return Windows(
        period, start, stop, (time > start) & given, induction, (time > start + SETTLING_IN) & given
    )
