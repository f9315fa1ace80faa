"""An hour of one quiet case, to be disturbed, and its metrics."""

from __future__ import annotations

import numpy as np

from sim.metrics import case_metrics
from sim.theatre.trace import Trace

PERIOD = 5.0
SAMPLES = 721  # an hour from time 0
WEIGHT = np.array([50.0])


def case(**signals: np.ndarray | float) -> Trace:
    """One quiet case: drugs on from 60 s (first period ends at 65 s) to 3000 s, BIS 50, MAP 80."""
    time = PERIOD * np.arange(SAMPLES)
    dosed = (time > 60.0) & (time <= 3000.0)
    quiet: dict[str, np.ndarray | float] = {
        "bis": 50.0,
        "mean_arterial_pressure": 80.0,
        "heart_rate": 70.0,
        "effect_propofol": 3.0,
        "effect_remifentanil": 3.0,
        "propofol": 0.1 * dosed,
        "remifentanil": 0.2 * dosed,
        "norepinephrine": 0.0,
        "ephedrine": 0.0,
        "phenylephrine": 0.0,
        "order_changes": 0.0,
        "stimulus": 0.0,
        "conscious": 0.0,
        "phase": 0.0,
    }
    quiet["measured_bis"] = signals.get("bis", 50.0)
    quiet["measured_pressure"] = signals.get("mean_arterial_pressure", 80.0)
    quiet["measured_heart_rate"] = signals.get("heart_rate", 70.0)
    columns = {
        name: np.broadcast_to(np.asarray(value, dtype=float), (SAMPLES,))[:, None].copy()
        for name, value in (quiet | signals).items()
    }
    return Trace(time=time, **columns)


def score(**signals: np.ndarray | float) -> dict[str, float]:
    """Return the metrics of `case` as numbers."""
    return {name: float(value[0]) for name, value in case_metrics(case(**signals), WEIGHT).items()}


TIME = PERIOD * np.arange(SAMPLES)


def at(start: float, stop: float, inside: float, outside: float) -> np.ndarray:
    """Return a signal that is `inside` for start < time <= stop and `outside` elsewhere."""
    return np.where((start < TIME) & (stop >= TIME), inside, outside)
