"""People of mortality from the clinical table of VitalDB (Lee HC, Sci Data 2022;9:279), or from one of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.recorded.tables import TEXT, Number, checked, columns_of, read_cells
from experiments.risk.reading import read_people
from sim.outcomes.mortality.death import DEATH
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.people import People, refuse

TABLE = "clinical.csv"
PERSON, SEX, SEXES = "subjectid", "sex", ("M", "F")
NAMES: Mapping[str, str] = {
    "age": "age",
    "bmi": "bmi",
    "asa": "asa",
    "emergency": "emop",
    "hypertension": "preop_htn",
    "diabetes": "preop_dm",
    "haemoglobin": "preop_hb",
    "platelets": "preop_plt",
    "prothrombin": "preop_pt",
    "aptt": "preop_aptt",
    "sodium": "preop_na",
    "potassium": "preop_k",
    "glucose": "preop_gluc",
    "albumin": "preop_alb",
    "ast": "preop_ast",
    "alt": "preop_alt",
    "urea": "preop_bun",
    "creatinine": "preop_cr",
}
HAPPENED: Mapping[str, str] = {
    DEATH: "death_inhosp",
    "intensive_care": "icu_days",
    "transfusion": "intraop_rbc",
}


def read(path: Path) -> People:
    """Read VitalDB's table, or the folder that it lies in; or a table with columns named as in `frailty.COLUMNS`.

    VitalDB's has three outcomes: death in hospital, a day or more in intensive care, red cells given during surgery.

    Raises:
        ValueError: a folder without the table; see `experiments.risk.reading.read_people`.
        OSError: where the file cannot be opened.
    """
    path = _inside(path) if path.is_dir() else path
    if HAPPENED[DEATH] not in columns_of(path):
        return read_people(path, COLUMNS, (DEATH,))
    return _vitaldb(path)


def _inside(folder: Path) -> Path:
    for path in (folder / TABLE, folder / "vitaldb" / TABLE):
        if path.is_file():
            return path
    there = ", ".join(sorted(one.name for one in folder.iterdir())[:5]) or "nothing"
    raise ValueError(f"data: {folder} holds no {TABLE}; there is {there}")


def _vitaldb(path: Path) -> People:
    values = {theirs: Number(optional=True) for theirs in NAMES.values()}
    events = {theirs: Number(0.0) for theirs in HAPPENED.values()}
    table = checked(path.name, read_cells(path), {PERSON: TEXT, SEX: TEXT, **values, **events})
    found = {name: table[NAMES[name]].to_numpy(float) for name in COLUMNS if name in NAMES}
    refuse(
        path.name,
        {NAMES[name]: COLUMNS[name] for name in found},
        {NAMES[name]: one for name, one in found.items()},
    )
    found["female"] = _female(path.name, table[SEX])
    return People(
        subject=np.unique(table[PERSON], return_inverse=True)[1],
        columns={name: found[name] for name in COLUMNS},
        outcomes={name: (table[theirs] > 0.0).to_numpy(float) for name, theirs in HAPPENED.items()},
    )


def _female(source: str, sex: pd.Series) -> np.ndarray:
    known = sex.isin(SEXES).to_numpy()
    if not known.all():
        row = int(known.argmin())
        raise ValueError(
            f"{source}: {SEX} {sex.iloc[row]!r} (row {row + 1}) is not allowed; {', '.join(SEXES)}"
        )
    return (sex == SEXES[1]).to_numpy(float)
