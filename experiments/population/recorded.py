"""Recorded cases of one part of the subjects, as they are compared with simulated ones.

More cases than predictors learn from: whoever got propofol and no volatile anesthetic. Whether the start is known is
noted case by case, as only inductions and concentrations need it. What monitors showed is kept raw beside the clean
signal, since gaps, zeroing and flushing belong to the comparison.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.judging.splits import PARTS, split
from experiments.recorded.recordings import (
    TRACKS,
    Recordings,
    clean_bis,
    clean_heart_rate,
    clean_pressure,
    propofol_rate,
    read_vitaldb,
    remifentanil_rate,
    require_moving,
)
from experiments.recorded.tables import TEXT, Number, checked, read_cells
from experiments.sites.recorded import (
    CHILD,
    NO_AWAKE_START,
    NO_PROPOFOL,
    UNKNOWN_START,
    VOLATILE,
    about_cases,
    broken_rules,
    surgical_phase,
)
from predictors.depth.phases import RUN_IN, first_propofol, trimmed
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.arrays import take

CLEAN = {"bis": clean_bis, "pressure": clean_pressure, "heart_rate": clean_heart_rate}
UNITS = {"bis": "", "pressure": "mmHg", "heart_rate": "1/min"}
VASOPRESSORS = ("intraop_eph", "intraop_phe", "intraop_epi")  # columns of the totals of a case
SHORTEST = 1800.0  # s from the first propofol to the last: less is no case of maintenance (choice)


def read(folder: Path, part: str, seed: int = 0) -> Cases:
    """Return the cases of a part of the subjects: from 5 min before the first propofol to 30 min after the last.

    Signals beyond the usual ones: `raw_bis`, `raw_pressure`, `raw_heart_rate` as recorded (0, flush and all), and once
    a case `known_start` (1 or 0), `opstart` and `opend` (s since the case's first sample, infinite where not known)
    and `vasopressor` (1 or 0, NaN where the table does not say).

    Args:
        folder: in VitalDB's format.
        part: train, validation or test; a subject's part follows from seed and subject alone.
        seed: of the split.

    Raises:
        ValueError: an unknown part, a folder or a table that cannot be used, too few subjects, nobody left in the
            part, or a track that nobody has or that never moves.
        OSError: a missing file.
    """
    if part not in PARTS:
        raise ValueError(f"part: {part!r} is not allowed; {', '.join(PARTS)}")
    recordings = read_vitaldb(folder)
    about = about_cases(folder, recordings)
    propofol = propofol_rate(recordings)
    rules = broken_rules(recordings, about, clean_bis(recordings.signals["bis"]), propofol, _end(recordings))
    given = np.count_nonzero(propofol > 0.0, axis=0) * INTERVAL >= SHORTEST
    usable = ~(rules[VOLATILE] | rules[CHILD] | rules[NO_PROPOFOL]) & given
    if not usable.any():
        raise ValueError(
            f"data: no case in {folder} has {SHORTEST / 60:g} min of propofol without a volatile anesthetic"
        )
    known = ~(rules[UNKNOWN_START] | rules[NO_AWAKE_START])
    everybody = _cases(_taken(recordings, usable), about[usable], folder).with_signals(
        known_start=Signal(known[None, usable].astype(float))
    )
    _refuse_dead_tracks(everybody, folder)
    return _shifted(everybody.select(split(everybody, seed)[part]))


def _cases(recordings: Recordings, about: pd.DataFrame, folder: Path) -> Cases:
    signals = recordings.signals
    shown = {name: Signal(CLEAN[name](signals[name]), INTERVAL, UNITS[name]) for name in CLEAN}
    raw = {f"raw_{name}": Signal(signals[name], INTERVAL, UNITS[name]) for name in CLEAN}
    doses = {
        "propofol": Signal(propofol_rate(recordings), INTERVAL, "mg/s", nothing=0.0),
        "remifentanil": Signal(remifentanil_rate(recordings), INTERVAL, "µg/s", nothing=0.0),
        "phase": Signal(surgical_phase(about, len(signals["bis"])), INTERVAL, nothing=0.0),
    }
    once = {name: Signal(about[name].to_numpy()[None], unit="s") for name in ("opstart", "opend")}
    once["vasopressor"] = Signal(_vasopressor(folder, recordings.caseid)[None])
    length = INTERVAL * _end(recordings)
    who, subject = recordings.caseid, about["subjectid"].to_numpy()
    return Cases(who, subject, recordings.covariates, length, {**shown, **raw, **doses, **once})


def _shifted(cases: Cases) -> Cases:
    """Return the cases trimmed, with the times of surgery counted from the new beginning."""
    begin = INTERVAL * np.maximum(first_propofol(cases) - RUN_IN, 0)
    moved = {name: replace(cases.signals[name], values=cases[name] - begin) for name in ("opstart", "opend")}
    return trimmed(cases.with_signals(**moved))


def _taken(recordings: Recordings, rows: np.ndarray) -> Recordings:
    signals = {name: values[:, rows] for name, values in recordings.signals.items()}
    return Recordings(recordings.caseid[rows], take(recordings.covariates, rows), signals)


def _end(recordings: Recordings) -> np.ndarray:
    """Return how many samples each case has, up to the last of index and pumps, (cases,)."""
    needed = ("bis", "propofol", "remifentanil")
    present = np.isfinite(np.stack([recordings.signals[name] for name in needed])).any(axis=0)
    return np.where(present.any(axis=0), len(present) - present[::-1].argmax(axis=0), 0)


def _vasopressor(folder: Path, caseid: np.ndarray) -> np.ndarray:
    """Return 1 for who was given ephedrine, phenylephrine or epinephrine, (cases,); NaN without such columns."""
    table = read_cells(folder / "cases.csv")
    columns = [name for name in VASOPRESSORS if name in table]
    if not columns:
        return np.full(len(caseid), np.nan)
    amounts = {name: Number(optional=True) for name in columns}
    given = checked("cases.csv", table, {"caseid": TEXT, **amounts}).set_index("caseid").loc[caseid]
    return (given.fillna(0.0) > 0.0).any(axis=1).to_numpy(float)


def _refuse_dead_tracks(cases: Cases, folder: Path) -> None:
    """Raise ValueError at a track that no case has, or that keeps one value in all cases that have it."""
    for name in CLEAN:
        if not np.isfinite(cases[name]).any():
            raise ValueError(f"data: no case in {folder} has the track {TRACKS[name]}")
    require_moving({name: cases[name] for name in TRACKS}, folder)
