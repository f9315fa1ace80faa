"""What becomes of the shown cases: their courses, recorded, foretold and treated, and how the treatments compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from experiments.depth.judging import HIGH, LOW
from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from experiments.twin.request import Twin
from experiments.twin.treating import Twins, treat
from predictors.depth.phases import first_propofol
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.metrics import case_metrics, metric_table
from sim.theatre.trace import Trace
from sim.units import mg_per_kg_h, ug_per_kg_min

RECORDED, FORETOLD, ANAESTHETIST = "recorded", "foretold", "anaesthetist"
Answer = Mapping[str, np.ndarray]
SIGNALS = {"bis": "bis", "pressure": "mean_arterial_pressure", "heart_rate": "heart_rate"}
DOSES = ("propofol", "remifentanil", "norepinephrine", "order_changes")  # that end with the record
COMPARED = (
    "time_outside_40_60_percent",
    "time_below_40_percent",
    "time_above_60_percent",
    "map_below_65_percent",
    "propofol_mg_per_kg_h",
    "remifentanil_ug_per_kg_min",
    "emergence_to_bis_80_min",
)


def from_first_propofol(cases: Cases) -> Cases:
    """Return the cases without what came before the first propofol."""
    return cases.cut(INTERVAL * first_propofol(cases), cases.length)


def treatments(config: Twin, ready: Twins) -> dict[str, Trace]:
    """Return who doses -> how the twins fare: the anaesthetist's recorded doses, and the agent.

    Raises:
        ValueError: an agent that is not known, or that this room is not for.
        OSError: its weights or settings are missing.
    """
    asked = evaluation.equipped(Evaluation(reference=config.agent), (config.agent,))
    agent = evaluation.agent_named(config.agent, asked)
    return {
        ANAESTHETIST: treat(ready, ready.anaesthetist),
        evaluation.label(config.agent): treat(ready, agent, evaluation.observers(asked)),
    }


def compare(cases: Cases, traces: Mapping[str, Trace]) -> pd.DataFrame:
    """Return caseid, who, draw (0 is the mean of all), and what is compared, a row a twin."""
    rows = []
    for who, trace in traces.items():
        draws = trace.patients // cases.count
        metrics = case_metrics(_within(trace, cases), np.tile(cases.person.weight, draws))
        about = {
            "caseid": np.tile(cases.who, draws),
            "who": who,
            "draw": np.repeat(range(draws), cases.count),
        }
        rows.append(pd.DataFrame({**about, **{name: metrics[name] for name in COMPARED}}))
    return pd.concat(rows, ignore_index=True)


def courses(cases: Cases, foretold: Answer, before: np.ndarray, traces: Mapping[str, Trace]) -> pd.DataFrame:
    """Return every signal of the cases: caseid, who, signal, time_min (from the first propofol), low, middle, high.

    Args:
        cases: from the first propofol on.
        foretold: estimate -> (samples, cases) of the whole record.
        before: (cases,), samples of it before the first propofol.
        traces: who doses -> trace of the twins.
    """
    return pd.concat(_courses(cases, foretold, before, traces), ignore_index=True)


def _courses(
    cases: Cases, foretold: Answer, before: np.ndarray, traces: Mapping[str, Trace]
) -> Iterator[pd.DataFrame]:
    samples, weight = cases.samples(INTERVAL), cases.person.weight
    scaled = {"propofol": mg_per_kg_h, "remifentanil": ug_per_kg_min}
    for case in range(cases.count):
        rows = slice(0, int(samples[case]))
        minutes = (1.0 + np.arange(samples[case])) * INTERVAL / 60.0

        def table(
            who: str, signal: str, *values: np.ndarray, case: int = case, minutes=minutes
        ) -> pd.DataFrame:
            about = {"caseid": str(cases.who[case]), "who": who, "signal": signal, "time_min": minutes}
            return pd.DataFrame({**about, **dict(zip(("low", "middle", "high"), values, strict=True))})

        for signal in (*SIGNALS, *scaled):
            shown = cases[signal][rows, case]
            shown = scaled[signal](shown, weight[case]) if signal in scaled else shown
            yield table(RECORDED, signal, shown, shown, shown)
        for signal in SIGNALS:
            names = (f"{signal}_q{round(100 * LOW)}", signal, f"{signal}_q{round(100 * HIGH)}")
            yield table(FORETOLD, signal, *(foretold[name][before[case] :][rows, case] for name in names))
        for who, trace in traces.items():
            for signal in (*SIGNALS, *scaled):
                values = getattr(trace, SIGNALS.get(signal, signal))[1:][rows, case :: cases.count]
                values = scaled[signal](values, weight[case]) if signal in scaled else values
                yield table(who, signal, values.min(axis=1), values[:, 0], values.max(axis=1))


def _within(trace: Trace, cases: Cases) -> Trace:
    """Return the trace with nothing after the end of each case, as its record ends there."""
    over = np.tile(cases.length, trace.patients // cases.count) < trace.time[:, None]
    kept = {
        name: np.where(over, 0.0 if name in DOSES else np.nan, values)
        for name, values in trace.signals().items()
    }
    return replace(trace, estimates={}, more={}, reports={}, **kept)


def label_of(metric: str) -> str:
    """Return how a metric reads, with its unit."""
    found = metric_table()[metric]
    return f"{found.label}, {found.unit}"
