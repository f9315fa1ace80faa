"""Cases written as others hand them to us: a folder in VitalDB's format, as parquet or as .vital files."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.recorded.recordings import TRACKS
from experiments.sites import SITES, simulated
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.surgery import drawn
from sim.units import PROPOFOL_MG_PER_ML, REMIFENTANIL_UG_PER_ML

START = 1_600_000_000.0  # s, when the recorder of every .vital file was started
AWAKE = 12  # samples in which a recorder sees somebody awake before the first dose
BEFORE = {"bis": 96.0, "pressure": 90.0, "heart_rate": 80.0, "propofol": 0.0, "remifentanil": 0.0}
MOST = 70  # recorded cases that any test needs; simulated together, they cost little more than ten
OPEN = 3600.0  # s, of a room in which everybody is still seen to wake; usual ones are open two to four hours
BRIEF = {"SHORTEST_SURGERY": OPEN, "SHORTEST_OPERATION": 600.0}  # s, where surgeries end in such a room


@cache
def simulated_cases(site: str, count: int, seed: int, horizon: float = OPEN) -> Cases:
    """Simulated cases from a room that is open no longer than tests need. They are shared: change copies only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "HORIZONS", (horizon,))
        for name, seconds in BRIEF.items() if horizon == OPEN else ():
            patch.setattr(drawn, name, seconds)
        return SITES.get(site).cases(count, seed)


def recorded_cases(count: int) -> Cases:
    """The first of 70 simulated cases, with caseids as in VitalDB: 101, 102, ... of as many subjects."""
    numbers = np.arange(count)
    who, subject = (np.array([str(first + number) for number in numbers]) for first in (101, 5001))
    return replace(simulated_cases("recorded", MOST, 3).select(numbers), who=who, subject=subject)


def tracks(cases: Cases, case: int) -> pd.DataFrame:
    """What a recorder would have kept of one case: VitalDB's tracks every 10 s, an awake start, no BIS as 0."""
    rows = slice(0, int(cases.samples(INTERVAL)[case]))
    columns = {name: cases[name][rows, case] for name in TRACKS}
    columns["bis"] = np.nan_to_num(columns["bis"])
    columns["propofol"] = columns["propofol"] * 3600.0 / PROPOFOL_MG_PER_ML
    columns["remifentanil"] = columns["remifentanil"] * 3600.0 / REMIFENTANIL_UG_PER_ML
    return pd.DataFrame(
        {
            track: np.concatenate([np.full(AWAKE, BEFORE[name]), columns[name]])
            for name, track in TRACKS.items()
        }
    )


def write_people(folder: Path, cases: Cases, **more: Any) -> None:
    """Write cases.csv; further columns by name."""
    who = cases.person
    sex = np.where(who.female > 0.5, "F", "M")
    people = {"caseid": cases.who, "subjectid": cases.subject, "age": who.age, "sex": sex}
    people |= {"height": who.height, "weight": who.weight, "volatile_free": True}
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(people | more).to_csv(folder / "cases.csv", index=False)


def write_parquet_folder(folder: Path, cases: Cases) -> None:
    """Write signals.parquet and cases.csv."""
    write_people(folder, cases)
    parts = []
    for case in range(cases.count):
        table = tracks(cases, case).astype("float32")
        table.insert(0, "Time", (INTERVAL * np.arange(len(table))).astype("int32"))
        table.insert(0, "caseid", np.int32(cases.who[case]))
        parts.append(table)
    pd.concat(parts).to_parquet(folder / "signals.parquet", index=False)


def write_vital_folder(folder: Path, cases: Cases) -> None:
    """Write one <caseid>.vital file a case, with zeros before the number as VitalDB has them, and cases.csv."""
    import vitaldb

    write_people(folder, cases)
    for case in range(cases.count):
        table = tracks(cases, case)
        file = vitaldb.VitalFile()
        file.dtstart, file.dtend = START, START + INTERVAL * len(table)
        for track in table:
            moments = START + INTERVAL * np.arange(len(table)) + 5.0
            shown = np.isfinite(table[track])
            values = zip(moments[shown], table[track][shown], strict=True)
            file.add_track(track, [{"dt": moment, "val": float(value)} for moment, value in values])
        file.to_vital(str(folder / f"{int(cases.who[case]):04d}.vital"))
