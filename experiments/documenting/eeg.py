"""The tables of the synthetic EEG beside recorded EEG, from the small files that were kept of them."""

from __future__ import annotations

from typing import Any

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.reporting.tables import number

STATES = {"before": "awake", "after": "after loss of consciousness"}


def bands() -> str:
    """Return power in bands, recorded and synthetic, before and after loss of consciousness."""
    rows = measured.read("eeg_bands")
    names = [
        "recorded_median",
        "recorded_low",
        "recorded_high",
        "synthetic_median",
        "recorded_sd",
        "synthetic_sd",
    ]
    shown = [
        (STATES[row["state"]], row["band"], *(number(row[name], 1) for name in names))
        for row in rows.to_dict("records")
    ]
    inside = int(rows["between_quartiles"].sum())
    said = f"Of {len(rows)} synthetic medians {inside} lie between the recorded quartiles. dB re 1 µV²/Hz."
    header = [
        "",
        "band",
        "recorded median",
        "quartile",
        "quartile",
        "synthetic median",
        "recorded SD",
        "synthetic SD",
    ]
    return with_origin("eeg_bands", f"{said}\n\n{table(header, shown, numbers=6)}")


def levels() -> str:
    """Return what openibis reads at every true index."""
    names = {"mean_error": 1, "sd": 1, "suppressed": 0, "detected": 0}
    shown = [
        (number(row["true_index"], 0), *(number(row[name], digits) for name, digits in names.items()))
        for row in measured.read("eeg_steady").to_dict("records")
    ]
    header = ["true index", "mean error", "SD between people", "suppressed, %", "detected, %"]
    return with_origin("eeg_steady", table(header, shown, numbers=len(header)))


def told() -> str:
    """Return how well a classifier tells recorded from synthetic EEG, and by what."""
    shown = [
        (
            row["what"],
            STATES.get(row["state"], row["state"]),
            number(row["area"], 2),
            number(row["yardstick"], 2),
            row["told_by"],
        )
        for row in measured.read("eeg_told").to_dict("records")
    ]
    header = ["what", "state", "AUC", "one synthetic person against others", "told most by"]
    return with_origin("eeg_told", table(header, shown))


def steps() -> str:
    """Return how late steps in depth and inductions are shown."""
    delays = [
        (f"{number(row['from'], 0)} to {number(row['to'], 0)}", row["quality"], _span(row))
        for row in measured.read("eeg_steps").to_dict("records")
    ]
    names = ["delay_at_80", "delay_at_60", "delay_at_50", "most_early"]
    falls = [
        (row["induction"], number(row["seconds_90_to_43"], 0), *(number(row[name], 0) for name in names))
        for row in measured.read("eeg_inductions").to_dict("records")
    ]
    said = "Seconds from a step to 63 % of the shown change, median (10 to 90 % of people):"
    first = table(["true index", "signal", "delay, s"], delays)
    then = (
        "Seconds after the true index that the shown one passes a level, and how far it is below it at most:"
    )
    header = ["induction", "s from 90 to 43", "at 80", "at 60", "at 50", "below, index"]
    second = table(header, falls, numbers=5)
    return with_origin("eeg_steps", f"{said}\n\n{first}\n\n{then}\n\n{second}")


def _span(row: dict[Any, Any]) -> str:
    return f"{number(row['delay'], 0)} ({number(row['low'], 0)} to {number(row['high'], 0)})"
