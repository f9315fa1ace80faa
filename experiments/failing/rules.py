"""What a fault did to a case: judged during it and for ten minutes after, against the same case without it.

Pass rules (choice): what the fault adds keeps the index below 20 for under 30 s and the mean pressure below 55 mmHg for
under 60 s; an alarm is raised; doses are held at the latest two control periods after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.surgery import EMERGENCE
from sim.theatre.trace import Trace

AFTERWARDS = 600.0  # s
SETTLED = 540.0  # s, from which a case is judged: inductions are everybody's
DEEPEST, LONGEST_DEEP = 20.0, 30.0  # index, s
LOWEST, LONGEST_LOW = 55.0, 60.0  # mmHg, s
PERIODS = 2.0  # of control, from the alarm to the fallback
LOW, HIGH = 40.0, 60.0
ALARM, HELD = "alarm_", "held"  # what agents report: alarms by name, and whether doses are held, 0 or 1

Scores = dict[str, np.ndarray]


@dataclass(frozen=True)
class Seen:
    """What is kept of simulated cases to judge them: arrays (samples, patients) by name, and their times (samples,)."""

    time: np.ndarray
    bis: np.ndarray
    pressure: np.ndarray
    conscious: np.ndarray
    phase: np.ndarray
    reports: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, trace: Trace) -> Seen:
        """Return what is kept of a trace."""
        reports = {name: one > 0.5 for name, one in trace.reports.items() if name.startswith((ALARM, HELD))}
        return cls(trace.time, trace.bis, trace.mean_arterial_pressure, trace.conscious, trace.phase, reports)

    def of_patients(self, chosen: slice) -> Seen:
        """Return what was seen of some."""
        reports = {name: said[:, chosen] for name, said in self.reports.items()}
        bis, pressure, conscious, phase = (
            one[:, chosen] for one in (self.bis, self.pressure, self.conscious, self.phase)
        )
        return Seen(self.time, bis, pressure, conscious, phase, reports)


def judged(faulty: Seen, usual: Seen, starts: np.ndarray, ends: np.ndarray) -> Scores:
    """Return what is said of every case, (patients,) by name: with the fault, and without as NAME_without.

    Args:
        faulty, usual: the same cases with and without.
        starts, ends: (patients,), s, of the fault.

    Returns:
        Until emergence: out_percent, of the time that the index is outside 40-60, conscious_s and highest_bis. In all:
        below_20_s, below_55_s, lowest_bis, lowest_map. Then alarm_s and held_s, from the beginning of the fault to the
        first alarm and to the first fallback that the case without it does not have then, NaN where there was none;
        deep and low, whether the fault breaks these rules, and late, whether the fallback does.
    """
    begins = np.maximum(starts, SETTLED)
    window = (faulty.time[:, None] >= begins) & (faulty.time[:, None] <= ends + AFTERWARDS)
    asleep = window & (faulty.phase < EMERGENCE)
    period = float(faulty.time[1] - faulty.time[0])
    found = _course(faulty, window, asleep, period)
    found |= {f"{name}_without": value for name, value in _course(usual, window, asleep, period).items()}
    alarms = [name for name in faulty.reports if name.startswith(ALARM)]
    none = np.zeros_like(window)
    alarmed = [faulty.reports[name] & ~usual.reports.get(name, none) for name in alarms]
    found["alarm_s"] = _since(np.any(alarmed, axis=0) if alarmed else none, window, faulty.time, starts)
    held = faulty.reports.get(HELD, none) & ~usual.reports.get(HELD, none)
    found["held_s"] = _since(held, window, faulty.time, starts)
    found["deep"] = found["below_20_s"] - found["below_20_s_without"] >= LONGEST_DEEP
    found["low"] = found["below_55_s"] - found["below_55_s_without"] >= LONGEST_LOW
    found["late"] = found["held_s"] > found["alarm_s"] + PERIODS * period
    return found


def _course(seen: Seen, window: np.ndarray, asleep: np.ndarray, period: float) -> Scores:
    count = asleep.sum(0)
    out = (seen.bis < LOW) | (seen.bis > HIGH)
    with np.errstate(invalid="ignore"):
        share = 100.0 * (out & asleep).sum(0) / np.where(count, count, np.nan)
    return {
        "out_percent": share,
        "below_20_s": period * ((seen.bis < DEEPEST) & window).sum(0),
        "below_55_s": period * ((seen.pressure < LOWEST) & window).sum(0),
        "conscious_s": period * ((seen.conscious > 0.5) & asleep).sum(0),
        "lowest_bis": np.where(window, seen.bis, np.inf).min(0),
        "highest_bis": np.where(asleep, seen.bis, -np.inf).max(0),
        "lowest_map": np.where(window, seen.pressure, np.inf).min(0),
    }


def _since(mask: np.ndarray, window: np.ndarray, time: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the s from the start to the first sample of a mask within the window, (patients,); NaN: none."""
    here = mask & window
    first = time[here.argmax(0)] - starts
    return np.where(here.any(0), first, np.nan)
