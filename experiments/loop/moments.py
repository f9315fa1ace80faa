"""What happens around moments that the team announces: sums over patients, aligned on the moment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.surgery import INCISION, INTUBATION
from sim.theatre.trace import Trace
from sim.units import mg_per_kg_h, ug_per_kg_min

MOMENTS = {"intubation": INTUBATION, "incision": INCISION}
BEFORE, AFTER = 300.0, 300.0  # s
KEYS = ["agent", "moment", "signal", "offset_s"]


def around(trace: Trace, weight_kg: np.ndarray, agent: str) -> pd.DataFrame:
    """Return sums over patients at every period around every moment: `KEYS`, patients, total, squares.

    Signals are bis, effect_propofol (µg/mL), effect_remifentanil (ng/mL), and the delivered propofol (mg/kg/h) and
    remifentanil (µg/kg/min). Offset 0 is the last sample before the moment. Nothing is counted before the case begins,
    after it ends, or in a surgery without the moment.

    Args:
        trace: the cases.
        weight_kg: (patients,).
        agent: whose they are.
    """
    period = float(trace.time[1] - trace.time[0])
    offsets = np.arange(-round(BEFORE / period), round(AFTER / period) + 1)
    signals = {
        "bis": trace.bis,
        "effect_propofol": trace.effect_propofol,
        "effect_remifentanil": trace.effect_remifentanil,
        "propofol": mg_per_kg_h(trace.propofol, weight_kg),
        "remifentanil": ug_per_kg_min(trace.remifentanil, weight_kg),
    }
    rows = []
    for moment, phase in MOMENTS.items():
        there = (trace.phase == phase).any(axis=0)
        last = np.argmax(trace.phase >= phase, axis=0) - 1
        samples = last + offsets[:, None]
        counted = there & (samples >= 0) & (samples < len(trace.time))
        for name, signal in signals.items():
            values = np.take_along_axis(signal, np.clip(samples, 0, len(trace.time) - 1), axis=0)
            values = np.where(counted, values, 0.0).astype(float)
            rows.append(
                pd.DataFrame(
                    {
                        "agent": agent,
                        "moment": moment,
                        "signal": name,
                        "offset_s": period * offsets,
                        "patients": counted.sum(axis=1),
                        "total": values.sum(axis=1),
                        "squares": (values**2).sum(axis=1),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def pooled(sums: pd.DataFrame) -> pd.DataFrame:
    """Return mean, low and high (95 % over patients) at every offset that somebody has, beside `KEYS` and patients.

    Args:
        sums: of any number of parts, as `around` returns them.
    """
    table = sums.groupby(KEYS, sort=False, as_index=False)[["patients", "total", "squares"]].sum()
    table = table[table["patients"] > 0].reset_index(drop=True)
    number = table["patients"]
    mean = table["total"] / number
    variance = np.maximum(table["squares"] / number - mean**2, 0.0) * number / np.maximum(number - 1, 1)
    margin = 1.96 * np.sqrt(variance / number)
    return table[[*KEYS, "patients"]].assign(mean=mean, low=mean - margin, high=mean + margin)
