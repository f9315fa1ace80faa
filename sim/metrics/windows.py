"""When a case is judged.

Signals are (samples, patients) on one even time grid; a metric is one number per patient, (patients,). Sample
k stands for the period that ended at time k. Windows begin with the first period that has propofol, and end with the
surgery, not with an agent's own drugs: they are the same for whoever stops early and whoever stops late.

- anesthesia: to the beginning of emergence; blood pressure.
- induction: the first 10 min; settling, nadir, undershoot.
- maintenance, the primary one: from 5 min on to the beginning of closing; Varvel, bands, Global Score, mean rates,
  order changes per hour.
- closing: from its beginning to that of emergence; too light too soon.
- emergence: from its beginning to the end of the record; waking, blood pressure.
- the whole record: awareness (until emergence), too deep, total doses, peak rates, total variation.

Where a surgery, or the record of it, has no closing or no emergence, the stop is in its place: the end of the last
period with propofol or remifentanil. Samples outside the window or missing are NaN and left out. An undefined metric
is NaN: an empty window, a level never reached, an index not settled when induction ends. A patient who is not awake
when the record ends is counted as that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.metrics.samples import first, last
from sim.surgery import CLOSING, EMERGENCE
from sim.theatre.trace import Trace

INDUCTION, SETTLING_IN = 600.0, 300.0  # s from the first propofol


@dataclass(frozen=True)
class Windows:
    """Sampling period, start, stop, end of surgery (patients,) (s), and the windows (samples, patients) (bool)."""

    period: float
    start: np.ndarray
    stop: np.ndarray
    end: np.ndarray
    anesthesia: np.ndarray
    induction: np.ndarray
    maintenance: np.ndarray
    closing: np.ndarray
    emergence: np.ndarray


def windows(trace: Trace) -> Windows:
    """Find the windows stated at the top of this file. Raises ValueError on an uneven time grid."""
    steps = np.diff(trace.time)
    if steps.size == 0 or not (steps[0] > 0.0 and np.allclose(steps, steps[0])):
        raise ValueError(f"time: {trace.time[:4]} is not allowed; two or more samples, rising in even steps")
    time, period = trace.time[:, None], float(steps[0])
    start = first(trace.propofol > 0.0, trace.time) - period
    stop = last((trace.propofol > 0.0) | (trace.remifentanil > 0.0), trace.time)

    def begun(phase: int) -> np.ndarray:
        """Return the end of the last period before a phase, or the stop."""
        found = first(trace.phase >= phase, trace.time) - period
        return np.where(np.isnan(found), stop, found)

    closing, end = begun(CLOSING), begun(EMERGENCE)
    return Windows(
        period,
        start,
        stop,
        end,
        anesthesia=(time > start) & (time <= end),
        induction=(time > start) & (time <= start + INDUCTION),
        maintenance=(time > start + SETTLING_IN) & (time <= closing),
        closing=(time > start) & (time > closing) & (time <= end),
        emergence=(time > start) & (time > end) & np.isfinite(trace.phase),
    )
