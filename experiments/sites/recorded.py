"""Recorded cases as material for depth predictors: cleaned by named rules, each of which says what it took away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

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
    shown_pressure,
)
from experiments.recorded.tables import TEXT, Number, checked, read_cells
from predictors.depth.phases import RECOVERY_SAMPLES, RUN_IN, trimmed
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.arrays import take
from sim.surgery import EMERGENCE, MAINTENANCE

NEEDED = ("bis", "propofol", "remifentanil")
SHORTEST = 60  # samples, 10 min: a shorter recording is no case
ADULT = 18.0  # years; the models of the bank are adults'
ABOUT = {
    "caseid": TEXT,
    "subjectid": TEXT,
    "opstart": Number(unit="s", optional=True),
    "opend": Number(unit="s", optional=True),
}
VALID = 0.8  # share of the time with propofol and after in which the index must have been shown
AWAKE = 80.0  # index before the first propofol
VOLATILE = "a volatile anesthetic, or not known to be free of one"
CHILD = f"younger than {ADULT:g} years"
NO_PROPOFOL = "no propofol"
UNKNOWN_START = "propofol running within 30 s of the start of the record: doses before it are unknown"
NO_AWAKE_START = f"no awake start: the index was shown before propofol, and never above {AWAKE:g}"


@dataclass(frozen=True)
class Cleaning:
    """What cleaning did: cases read and kept, cases dropped by rule, shares of samples treated as missing."""

    read: int
    kept: int
    dropped: dict[str, int]
    missing: dict[str, float]

    def lines(self) -> list[str]:
        """Return the report, Markdown."""
        rows = [f"{self.read} cases read, {self.kept} kept.", ""]
        rows += [f"- {count} dropped: {rule}" for rule, count in self.dropped.items()]
        rows += [f"- {share:.1%} of samples: {what}" for what, share in self.missing.items()]
        return rows


def read_cases(folder: Path) -> tuple[Cases, Cleaning]:
    """Read and clean the cases of a folder in VitalDB's format (see `read_vitaldb`).

    Raises:
        ValueError: a missing track or column, one that never moves, a case too short, demographics missing or out of
            range, or no case left.
        OSError: a missing file.
    """
    recordings = read_vitaldb(folder)
    signals = recordings.signals
    recorded = np.isfinite(np.stack([signals[name] for name in NEEDED]))
    for name, seen in zip(NEEDED, recorded, strict=True):
        if not seen.any():
            raise ValueError(f"data: no case in {folder} has the track {TRACKS[name]}")
    present = recorded.any(axis=0)
    end = np.where(present.any(axis=0), len(present) - present[::-1].argmax(axis=0), 0)
    if end.min() < SHORTEST:
        case = int(end.argmin())
        raise ValueError(
            f"data: case {recordings.caseid[case]} lasts {end[case] * INTERVAL:g} s, which is not allowed; "
            f"at least {SHORTEST * INTERVAL:g} s"
        )
    about = about_cases(folder, recordings)
    bis, propofol = clean_bis(signals["bis"]), propofol_rate(recordings)
    pressure, heart_rate = shown_pressure(recordings), clean_heart_rate(signals["heart_rate"])
    measured = {"bis": bis, "pressure": pressure, "heart_rate": heart_rate}
    require_moving({**measured, "propofol": propofol}, folder)
    dropped, keep = {}, np.ones(len(end), dtype=bool)
    for rule, bad in broken_rules(recordings, about, bis, propofol, end).items():
        dropped[rule] = int((keep & bad).sum())
        keep &= ~bad
    cleaning = Cleaning(len(end), int(keep.sum()), dropped, _missing(signals, bis, present[:, keep], keep))
    if not keep.any():
        rules = [f"{count} dropped: {rule}" for rule, count in dropped.items() if count]
        raise ValueError(f"data: no case in {folder} is left after cleaning; {'; '.join(rules)}")
    seen = {"pressure": pressure, "heart_rate": heart_rate, "propofol": propofol}
    cases = kept(recordings, about, end, seen, keep)
    return trimmed(cases.with_signals(bis=Signal(bis[:, keep], INTERVAL))), cleaning


def kept(
    recordings: Recordings,
    about: pd.DataFrame,
    end: np.ndarray,
    seen: Mapping[str, np.ndarray],
    keep: np.ndarray,
) -> Cases:
    """Return the recordings that are kept as cases.

    Args:
        recordings: as read.
        about: of each case, see `about_cases`.
        end: samples that each lasts.
        seen: pressure, heart_rate and propofol, (samples, cases), as they are to be shown.
        keep: which cases, bool.
    """
    signals = {
        "pressure": Signal(seen["pressure"][:, keep], INTERVAL, "mmHg"),
        "heart_rate": Signal(seen["heart_rate"][:, keep], INTERVAL, "1/min"),
        "propofol": Signal(seen["propofol"][:, keep], INTERVAL, "mg/s", nothing=0.0),
        "remifentanil": Signal(remifentanil_rate(recordings)[:, keep], INTERVAL, "µg/s", nothing=0.0),
        "phase": Signal(surgical_phase(about[keep], len(seen["pressure"])), INTERVAL, nothing=0.0),
    }
    subject, person = about["subjectid"].to_numpy()[keep], take(recordings.covariates, keep)
    return Cases(recordings.caseid[keep], subject, person, INTERVAL * end[keep], signals)


def surgical_phase(about: pd.DataFrame, samples: int) -> np.ndarray:
    """Return what could be known of the surgery at each sample, index into `sim.surgery.PHASES`, (samples, cases).

    Records say when surgeons began and ended, no more: induction, maintenance, emergence. Without times, induction.
    """
    time = INTERVAL * (1.0 + np.arange(samples))[:, None]
    begun, over = time >= about["opstart"].to_numpy(), time >= about["opend"].to_numpy()
    return np.where(over, EMERGENCE, np.where(begun, MAINTENANCE, 0)).astype(float)


def about_cases(folder: Path, recordings: Recordings) -> pd.DataFrame:
    """Return subject, freedom from volatile anesthetics and times of surgery (s) of each case.

    What the table leaves out is assumed: another subject each, free of them, no surgery.
    """
    path = folder / "cases.csv"
    written = read_cells(path)
    columns = {name: allowed for name, allowed in ABOUT.items() if name in written}
    table = checked(path.name, written, columns)
    if "subjectid" not in table:
        table["subjectid"] = "case " + table["caseid"]
    free = written.get("volatile_free", pd.Series("true", index=table.index))
    table["volatile_free"] = free.str.strip().str.lower().isin(["true", "1"])
    for moment in ("opstart", "opend"):
        table[moment] = table[moment].fillna(np.inf) if moment in table else np.inf
    return table.set_index("caseid").loc[recordings.caseid]


def broken_rules(
    recordings: Recordings, about: pd.DataFrame, bis: np.ndarray, propofol: np.ndarray, end: np.ndarray
) -> dict[str, np.ndarray]:
    """Return rule -> (cases,) bool, which cases break it."""
    sample = np.arange(len(bis))[:, None]
    given = propofol > 0.0
    first, last = given.argmax(axis=0), len(given) - 1 - given[::-1].argmax(axis=0)
    before = (sample >= first - RUN_IN) & (sample <= first)
    highest = np.where(before, np.nan_to_num(bis, nan=-1.0), -1.0).max(axis=0)
    window = (sample >= first) & (sample <= last + RECOVERY_SAMPLES) & (sample < end)
    valid = (np.isfinite(bis) & window).sum(axis=0) / np.maximum(window.sum(axis=0), 1)
    return {
        VOLATILE: ~about["volatile_free"].to_numpy(),
        CHILD: recordings.covariates.age < ADULT,
        NO_PROPOFOL: ~given.any(axis=0),
        UNKNOWN_START: first < 3,
        NO_AWAKE_START: (highest >= 0.0) & (highest <= AWAKE),
        f"index shown in {VALID:.0%} of the time or less": valid <= VALID,
    }


def _missing(
    signals: dict[str, np.ndarray], bis: np.ndarray, present: np.ndarray, keep: np.ndarray
) -> dict[str, float]:
    """Return what of the samples of kept cases counted as missing."""
    raw, pressure = signals["bis"][:, keep], signals["pressure"][:, keep]
    shown = np.isfinite(pressure)
    gaps = np.isnan(signals["propofol"][:, keep]) & present
    total = max(int(present.sum()), 1)
    artefact = shown & ~np.isfinite(clean_pressure(pressure))
    return {
        "BIS 0 or impossible, taken as missing": float(
            (np.isfinite(raw) & np.isnan(bis[:, keep])).sum() / total
        ),
        "BIS not recorded": float((np.isnan(raw) & present).sum() / total),
        "gaps in the rate of propofol (the last rate holds up to 5 min, then zero)": float(
            gaps.sum() / total
        ),
        "pressures that are artefacts, of those recorded": float(artefact.sum() / max(int(shown.sum()), 1)),
    }
