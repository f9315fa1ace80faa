"""How a case at the console is judged: by the metrics of every evaluation, beside agents on the same patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.console.session import HAND, Session
from experiments.reporting.tables import SECONDARY, digits_for, number
from sim.metrics import case_metrics, metric_table
from sim.theatre.trace import Trace

YOU = "you"
CURVES = ("bis", "mean_arterial_pressure", "heart_rate", "effect_propofol", "effect_remifentanil")


def beside(session: Session, name: str) -> Trace:
    """Return the case as it goes with an agent at the pumps from its beginning, as long, under the same faults.

    Raises:
        ValueError: an unknown agent, or one that fails.
    """
    other = Session(session.setup, ("nominal",))
    other.advise(name)
    other.hand_over()
    strikes = list(session.strikes)
    for turn in range(len(session.given)):
        while strikes and strikes[0][0] == turn:
            other.strike(strikes.pop(0)[1])
        other.turn()
    return other.trace()


def score_card(session: Session, traces: Mapping[str, Trace]) -> list[dict[str, Any]]:
    """Return the rows of the report's table of metrics, for `YOU` and whoever `traces` holds, in words and numbers.

    Raises:
        ValueError: nothing has happened yet.
    """
    if not session.given:
        raise ValueError("score: nothing has happened yet; let the case run first")
    everybody = {YOU: session.trace(), **traces}
    values = {name: case_metrics(trace, np.array([session.weight])) for name, trace in everybody.items()}
    table, rows = metric_table(), []
    for group, metrics in SECONDARY.items():
        for metric, _ in metrics:
            found = {name: float(own[metric][0]) for name, own in values.items()}
            digits = digits_for([*found.values()])
            words = table[metric]
            rows.append(
                {
                    "group": group,
                    "metric": metric,
                    "label": words.label,
                    "unit": words.unit,
                    "better": words.better,
                    "values": {name: value if np.isfinite(value) else None for name, value in found.items()},
                    "texts": {name: number(value, digits) for name, value in found.items()},
                }
            )
    return rows


def curves(trace: Trace) -> dict[str, list[float]]:
    """Return the true course of a case, for looking back: minutes and `CURVES`."""
    signals = {name: np.round(getattr(trace, name)[:, 0], 2).tolist() for name in CURVES}
    return {"minutes": np.round(trace.time / 60.0, 3).tolist(), **signals}


def shares(session: Session) -> dict[str, float]:
    """Return who had the pumps for which share of the case, by name."""
    by = [given.by for given in session.given]
    return {YOU if name == HAND else name: by.count(name) / len(by) for name in dict.fromkeys(by)}
