"""Recorded cases as material for hypotension: an arterial pressure and doses are needed, an index is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.recorded.recordings import (
    clean_heart_rate,
    clean_pressure,
    propofol_rate,
    read_vitaldb,
    remifentanil_rate,
    require_moving,
    vitaldb_folder,
)
from experiments.sites.recorded import ADULT, CHILD, about_cases, surgical_phase
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from predictors.risk.hypotension.events import LOW, with_labels
from predictors.risk.hypotension.trends import JUMP, PLAUSIBLE
from sim.arrays import Array, take

SHORTEST = 180  # samples with a pressure, half an hour; a shorter record tells little of a quarter of one
NO_LINE = f"an arterial pressure in less than {SHORTEST * INTERVAL / 60:g} min"
NEEDED = ("pressure",)


def recorded(folder: Path | None) -> tuple[Cases, list[str]]:
    """Return the recorded cases of a folder in VitalDB's format, or of the usual one, and what cleaning did.

    Pressures are shown as recorded: who predicts has to know an artefact when it comes. What is to be predicted is read
    from pressures cleaned with hindsight.

    Raises:
        ValueError: a folder of another kind, a missing track or column, one that never moves, a pressure that is never,
            or always, below 65 mmHg, or no case left.
        OSError: a missing file.
    """
    folder = vitaldb_folder(folder)
    recordings = read_vitaldb(folder, needed=NEEDED)
    about = about_cases(folder, recordings)
    raw = recordings.signals["pressure"]
    heart_rate, propofol = clean_heart_rate(recordings.signals["heart_rate"]), propofol_rate(recordings)
    require_moving({"pressure": raw, "heart_rate": heart_rate, "propofol": propofol}, folder)
    flushed, spiked, pressure = artefacts(raw)
    rules = {
        CHILD: recordings.covariates.age < ADULT,
        NO_LINE: np.isfinite(pressure).sum(axis=0) < SHORTEST,
    }
    keep, lines = np.ones(len(about), dtype=bool), []
    for rule, broken in rules.items():
        lines.append(f"- {int((keep & broken).sum())} dropped: {rule}")
        keep &= ~broken
    if not keep.any():
        raise ValueError(
            f"data: no case in {folder} is left after cleaning; {'; '.join(line[2:] for line in lines)}"
        )
    shown, (low, high) = np.isfinite(raw[:, keep]), PLAUSIBLE
    total = max(int(shown.sum()), 1)
    lines += [
        f"- {flushed[:, keep].sum() / total:.1%} of pressures outside {low:g}-{high:g} mmHg: a line flushed or zeroed",
        f"- {spiked[:, keep].sum() / total:.1%} of pressures more than {JUMP:g} mmHg off the minute around",
    ]
    present = np.isfinite(raw) | np.isfinite(recordings.signals["propofol"])
    end = len(present) - present[::-1].argmax(axis=0)
    signals = {
        "pressure": Signal(raw[:, keep], INTERVAL, "mmHg"),
        "heart_rate": Signal(heart_rate[:, keep], INTERVAL, "1/min"),
        "propofol": Signal(propofol[:, keep], INTERVAL, "mg/s", nothing=0.0),
        "remifentanil": Signal(remifentanil_rate(recordings)[:, keep], INTERVAL, "µg/s", nothing=0.0),
        "phase": Signal(surgical_phase(about[keep], len(raw)), INTERVAL, nothing=0.0),
    }
    subject, person = about["subjectid"].to_numpy()[keep], take(recordings.covariates, keep)
    cases = Cases(recordings.caseid[keep], subject, person, INTERVAL * end[keep], signals)
    require_some(pressure[:, keep], folder)
    read = f"{len(end)} cases read, {int(keep.sum())} kept."
    return with_labels(cases, pressure[:, keep]), [read, "", *lines]


def artefacts(raw: Array) -> tuple[Array, Array, Array]:
    """Return where pressures are impossible, where they are off the minute around, and the others, NaN elsewhere."""
    with np.errstate(invalid="ignore"):
        flushed = np.isfinite(raw) & ((raw < PLAUSIBLE[0]) | (raw > PLAUSIBLE[1]))
    possible = np.where(flushed, np.nan, raw)
    cleaned = clean_pressure(possible)
    return flushed, np.isfinite(possible) & ~np.isfinite(cleaned), cleaned


def require_some(pressure: Array, folder: Path) -> None:
    """Raise ValueError where the pressure is never below 65 mmHg, or always: there is nothing to tell apart then."""
    known = pressure[np.isfinite(pressure)]
    below = float((known < LOW).mean())
    if below in (0.0, 1.0):
        when = "never" if below == 0.0 else "always"
        raise ValueError(
            f"data: the pressure in {folder} is {when} below {LOW:g} mmHg ({known.min():g} to {known.max():g}), which"
            " is not allowed; both are needed"
        )
