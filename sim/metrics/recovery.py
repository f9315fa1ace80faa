"""Recovery: how long after the last drug."""

from __future__ import annotations

from sim.metrics.measure import Judged, Measure, Metric, Values
from sim.metrics.samples import first
from sim.units import SECONDS_PER_MINUTE


def recovery(case: Judged) -> Values:
    """Return minutes from the last drug to BIS > 80 and to conscious > 0.5; NaN if not in the record."""
    trace, stop = case.trace, case.windows.stop
    stopped = trace.time[:, None] >= stop
    awake = {"recovery_to_bis_80_min": trace.bis > 80.0, "recovery_to_conscious_min": trace.conscious > 0.5}
    woke = {name: first(stopped & event, trace.time) for name, event in awake.items()}
    return {name: (time - stop) / SECONDS_PER_MINUTE for name, time in woke.items()}


RECOVERY = Measure(
    {
        "recovery_to_bis_80_min": Metric("Last drug to BIS > 80", "min", "lower"),
        "recovery_to_conscious_min": Metric("Last drug to conscious", "min", "lower"),
    },
    recovery,
)
