"""Readers of real recordings: measured plasma concentrations, anaesthesia records, infusion pumps' displays.

The data are not part of this project. They are looked for in the folder named by the environment variable
ANESTHESIA_DATA, else in `../shared/data` beside the checkout.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.recorded.pumps import tracks as pump_tracks
from experiments.recorded.pumps.tracks import SYRINGES, delivered, hold
from experiments.recorded.tables import (
    TEXT,
    Number,
    checked,
    columns_of,
    read_table,
    require_increasing,
    require_unique,
)
from experiments.running.results import ROOT
from sim.covariates import ALLOWED, UNITS, Covariates
from sim.units import PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML, per_second

INTERVAL = 10.0  # s, the grid of the recordings
SIGNALS = ("signals.parquet", "signals.csv")  # what holds them, the first that there is
PLAUSIBLE_PRESSURE = (30.0, 180.0)  # mmHg, mean arterial; flushing and zeroing lie outside
PLAUSIBLE_RATE = (20.0, 220.0)  # 1/min; monitors show 0 where they count nothing
LARGEST_JUMP = 25.0  # mmHg from the median of the minute around a sample

MONITORS = {
    "bis": "BIS/BIS",
    "pressure": "Solar8000/ART_MBP",
    "heart_rate": "Solar8000/PLETH_HR",
    "cuff": "Solar8000/NIBP_MBP",
}
# The usual track of every signal. Other syringes than the usual are read too; see `experiments.recorded.pumps.tracks`.
TRACKS = {
    **{name: MONITORS[name] for name in ("bis", "pressure", "heart_rate")},
    "propofol": "Orchestra/PPF20_RATE",
    "remifentanil": "Orchestra/RFTN20_RATE",
}
DISPLAYS = {
    "ce_propofol": "Orchestra/PPF20_CE",
    "cp_propofol": "Orchestra/PPF20_CP",
    "ce_remifentanil": "Orchestra/RFTN20_CE",
}
MEASURED = Number(optional=True)
COVARIATE_COLUMNS = {
    "caseid": TEXT,
    "age": Number(*ALLOWED["age"], UNITS["age"]),
    "sex": TEXT,
    "height": Number(*ALLOWED["height"], UNITS["height"]),
    "weight": Number(*ALLOWED["weight"], UNITS["weight"]),
}


@dataclass(frozen=True)
class Recordings:
    """Cases side by side on the grid of `INTERVAL`. Sample k is the last value of [k, k + 1) intervals.

    Attributes:
        caseid: (cases,) names.
        covariates: (cases,).
        signals: name -> (samples, cases), NaN where nothing was recorded, units as recorded; drugs are mL/h of the
            usual syringes, 20 mg/mL and 20 µg/mL, whatever the syringes held.
    """

    caseid: np.ndarray
    covariates: Covariates
    signals: dict[str, np.ndarray]


def data_folder(given: Path | None = None) -> Path:
    """Return the folder of the real recordings: the one given, ANESTHESIA_DATA, or the default.

    Raises:
        ValueError: where it does not exist or is empty.
    """
    folder = given or Path(os.environ.get("ANESTHESIA_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        raise ValueError(f"data: folder {folder} does not exist; name one, or set ANESTHESIA_DATA")
    if not any(folder.iterdir()):
        raise ValueError(f"data: folder {folder} is empty; real recordings are needed")
    return folder


def vitaldb_folder(given: Path | None = None) -> Path:
    """Return the folder of recorded cases: the one given (or the usual), or `vitaldb` in it.

    Raises:
        ValueError: where it does not exist or is empty.
    """
    folder = data_folder(given)
    return data_folder(folder / "vitaldb") if (folder / "vitaldb").is_dir() else folder


def read_vitaldb(folder: Path, needed: tuple[str, ...] = ("bis",)) -> Recordings:
    """Read a folder of cases: `signals.parquet`, `signals.csv` or `<caseid>.vital` files; `cases.csv`: who they
    are. Needed are, of both drugs, rates or volumes of any syringe, and what is `needed` of `MONITORS`: by default the
    index; of the others there may be none. Source of the data: VitalDB, Lee HC, Scientific Data 2022;9:279.

    Raises:
        ValueError: a file that cannot be read, a needed track that is missing, or a value that is not allowed.
    """
    cases = read_cases(folder / "cases.csv")
    for table in (folder / name for name in SIGNALS):
        if table.exists():
            return _side_by_side(table, cases, MONITORS, needed)
    files = sorted(folder.glob("*.vital"))
    if not files:
        raise ValueError(f"vitaldb: folder {folder} holds neither {' nor '.join(SIGNALS)} nor .vital files")
    return _read_vital_files(files, cases)


def read_pump_displays(folder: Path) -> Recordings:
    """Read the cases in which the pumps' own concentrations were recorded (`pump_ce.parquet`)."""
    cases = read_cases(folder / "pump_ce_cases.csv")
    return _side_by_side(folder / "pump_ce.parquet", cases, DISPLAYS, needed=tuple(DISPLAYS))


def read_cases(path: Path) -> pd.DataFrame:
    """Read who the patients are: caseid, age, sex, height (cm), weight (kg)."""
    cases = read_table(path, COVARIATE_COLUMNS)
    require_unique(path.name, cases["caseid"])
    return cases


def propofol_rate(recordings: Recordings) -> np.ndarray:
    """Return the infusion of propofol, mg/s, (samples, cases), gaps bridged as `hold` says."""
    return per_second(hold(recordings.signals["propofol"]), PROPOFOL_MG_PER_ML)


def remifentanil_rate(recordings: Recordings) -> np.ndarray:
    """Return the infusion of remifentanil, µg/s, (samples, cases), gaps bridged as `hold` says."""
    return per_second(hold(recordings.signals["remifentanil"]), REMIFENTANIL_UG_PER_ML)


def clean_bis(bis: np.ndarray) -> np.ndarray:
    """Return BIS with NaN where the monitor showed none (recorded as 0) or something impossible."""
    return np.where((bis > 0.0) & (bis <= 100.0), bis, np.nan)


def clean_pressure(pressure: np.ndarray) -> np.ndarray:
    """Return mean arterial pressure with NaN for flushing, zeroing and spikes out of the minute around."""
    low, high = PLAUSIBLE_PRESSURE
    plausible = np.where((pressure >= low) & (pressure <= high), pressure, np.nan)
    window = int(60.0 / INTERVAL) + 1
    around = pd.DataFrame(plausible).rolling(window, center=True, min_periods=window // 2 + 1).median()
    return np.where(np.abs(plausible - around.to_numpy()) <= LARGEST_JUMP, plausible, np.nan)


def shown_pressure(recordings: Recordings) -> np.ndarray:
    """Return mean arterial pressure, cleaned, (samples, cases): of the line, or the cuff where there never was one."""
    line = clean_pressure(recordings.signals["pressure"])
    return np.where(np.isfinite(line).any(axis=0), line, clean_cuff(recordings.signals["cuff"]))


def clean_cuff(pressure: np.ndarray) -> np.ndarray:
    """Return a cuff's pressure where it was measured, else NaN: monitors go on showing a measurement, which ages."""
    low, high = PLAUSIBLE_PRESSURE
    before = np.concatenate([np.full_like(pressure[:1], np.nan), pressure[:-1]])
    return np.where((pressure >= low) & (pressure <= high) & (pressure != before), pressure, np.nan)


def clean_heart_rate(rate: np.ndarray) -> np.ndarray:
    """Return heart rate with NaN where the monitor showed none or something impossible."""
    low, high = PLAUSIBLE_RATE
    return np.where((rate >= low) & (rate <= high), rate, np.nan)


def require_moving(signals: Mapping[str, np.ndarray], folder: Path) -> None:
    """Raise ValueError at a signal that was recorded and keeps one value in all cases: nothing was connected to it."""
    for name, values in signals.items():
        shown = values[np.isfinite(values)]
        if shown.size and shown.min() == shown.max():
            raise ValueError(f"data: the track {TRACKS[name]} in {folder} never moves from {shown[0]:g}")


def _side_by_side(
    path: Path, cases: pd.DataFrame, tracks: dict[str, str], needed: tuple[str, ...]
) -> Recordings:
    """Lay a long table (caseid, Time, tracks) out as (samples, cases); what is not `needed` may be missing."""
    present = columns_of(path)
    columns = {"caseid": TEXT, "Time": Number(0.0, unit="s"), **{tracks[name]: MEASURED for name in needed}}
    columns |= {track: MEASURED for track in tracks.values() if track in present}
    for drug in SYRINGES:
        own = pump_tracks.tracks(drug)
        if not own.keys() & set(present):
            raise ValueError(
                f"{path.name}: column {TRACKS[drug]!r} is missing, or one of another syringe or its volume "
                f"({', '.join(list(own)[1:])}); there are {', '.join(present)}"
            )
        columns |= {track: allowed for track, allowed in own.items() if track in present}
    table = read_table(path, columns)
    require_increasing(path.name, table["caseid"], table["Time"])
    column = pd.Index(cases["caseid"]).get_indexer(pd.Index(table["caseid"]))
    if (column < 0).any():
        stranger = table["caseid"].iloc[int(np.argmax(column < 0))]
        raise ValueError(f"{path.name}: case {stranger!r} is not in the table of patients beside it")
    row = (table["Time"] // INTERVAL).to_numpy(dtype=int)
    recorded = {}
    for track in table.columns[2:]:
        recorded[track] = np.full((row.max() + 1, len(cases)), np.nan)
        recorded[track][row, column] = table[track]
    return _recordings(cases, recorded, tracks)


def _read_vital_files(files: list[Path], cases: pd.DataFrame) -> Recordings:
    """Read `.vital` files; the name of a file, leading zeros aside, is its caseid."""
    try:
        from vitaldb import VitalFile
    except ImportError:
        raise ValueError("vitaldb: .vital files need a package: pip install vitaldb") from None
    columns = dict.fromkeys(MONITORS.values(), MEASURED)
    for drug in SYRINGES:
        columns |= pump_tracks.tracks(drug)
    samples = []
    for file in files:
        try:
            values = VitalFile(str(file)).to_numpy(list(columns), INTERVAL).astype(np.float32)
        except Exception as error:  # the package raises whatever it stumbles on
            raise ValueError(f"{file}: not a readable .vital file ({error})") from None
        samples.append(checked(file.name, pd.DataFrame(values, columns=list(columns)), columns))
    rows = pd.Index(cases["caseid"]).get_indexer(pd.Index([file.stem.lstrip("0") for file in files]))
    if (rows < 0).any():
        raise ValueError(f"{files[int(np.argmax(rows < 0))].name}: this case is not in cases.csv beside it")
    recorded = {track: np.full((max(map(len, samples)), len(files)), np.nan) for track in columns}
    for case, sample in enumerate(samples):
        for track in columns:
            recorded[track][: len(sample), case] = sample[track]
    return _recordings(cases.iloc[rows], recorded, MONITORS)


def _recordings(cases: pd.DataFrame, recorded: dict[str, np.ndarray], tracks: dict[str, str]) -> Recordings:
    person = Covariates.of(cases["age"], cases["sex"], cases["height"], cases["weight"])
    nothing = np.full_like(next(iter(recorded.values())), np.nan)
    signals = {name: recorded.get(track, nothing) for name, track in tracks.items()}
    signals |= {drug: delivered(drug, recorded) for drug in SYRINGES}
    return Recordings(cases["caseid"].to_numpy(), person, signals)
