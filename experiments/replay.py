"""Infusions in, the course of typical patients out: of a table of your own, or of recorded cases.

    python -m experiments.replay --patients patients.csv --infusions infusions.csv --out course.csv --every 30
    python -m experiments.replay --vitaldb ../shared/data --out results/replay

patients.csv has caseid, age, sex, height_cm, weight_kg, propofol_model, remifentanil_model; infusions.csv has
caseid, time_s, propofol_mg_per_s, remifentanil_ug_per_s: a rate holds until the case's next row, and is zero
before its first. Either drug may have targets of a pump instead, propofol_target_ug_per_ml or
remifentanil_target_ng_per_ml; the rates are then those that a pump would have run that looks at its target every 10 s.
The result has a row every `--every` seconds, rates in force from then on included, from 0 to the case's last row (an
hour after it if it is the only one) or to `--until`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.recorded.open_loop import SIGNALS, follow, typical_subjects
from experiments.recorded.pumps.targets import Pump, rates_for
from experiments.recorded.recordings import INTERVAL, vitaldb_folder
from experiments.recorded.replaying import Models, replay_recordings
from experiments.recorded.tables import (
    TEXT,
    Number,
    checked,
    read_cells,
    read_table,
    require_increasing,
    require_known,
    require_names,
    require_unique,
)
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run
from sim.covariates import ALLOWED, UNITS, Covariates
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.pumps import CONCENTRATIONS, LARGEST_ML_PER_H, MAX_RATE
from sim.settings import TargetSite

PATIENT_COLUMNS = {
    "caseid": TEXT,
    "age": Number(*ALLOWED["age"], UNITS["age"]),
    "sex": TEXT,
    "height_cm": Number(*ALLOWED["height"], UNITS["height"]),
    "weight_kg": Number(*ALLOWED["weight"], UNITS["weight"]),
    "propofol_model": TEXT,
    "remifentanil_model": TEXT,
}
RATES = {
    "propofol_mg_per_s": Number(0.0, unit="mg/s"),
    "remifentanil_ug_per_s": Number(0.0, unit="µg/s"),
}
TARGETS = {  # as far as pumps can be set
    "propofol_target_ug_per_ml": Number(0.0, 15.0, "µg/mL"),
    "remifentanil_target_ng_per_ml": Number(0.0, 20.0, "ng/mL"),
}
ALONE = 3600.0  # s that are shown after the only row of a case
LONGEST_STEP = 0.5  # s; pressure and heart rate then lie within 1e-6 of what shorter steps give


@dataclass(frozen=True)
class Config:
    """Replay infusions through population-typical, noise-free patients.

    Give --patients and --infusions for tables of your own; else recorded cases are replayed and compared.
    """

    patients: Path | None = None
    """CSV: caseid, age, sex, height_cm, weight_kg, propofol_model, remifentanil_model"""
    infusions: Path | None = None
    """CSV: caseid, time_s, propofol_mg_per_s (or propofol_target_ug_per_ml), remifentanil_ug_per_s (or
    remifentanil_target_ng_per_ml)"""
    vitaldb: Path | None = None
    """folder of recorded cases, or one with `vitaldb` in it; default: ANESTHESIA_DATA, else ../shared/data"""
    out: Path | None = None
    """result: a CSV file for tables (default results/replay.csv), a folder for recordings (results/replay)"""
    every: float = 30.0
    """s between rows of the result (tables)"""
    until: float | None = None
    """s, where the result ends; default: each case's last infusion row, or an hour after it if it is the only one
    (tables)"""
    assumed_propofol: str = "marsh_pump"
    """kinetics that pumps under targets believe (tables)"""
    assumed_remifentanil: str = "minto"
    """kinetics that pumps under targets believe (tables)"""
    target_site: TargetSite = "effect_site"
    """what targets are for (tables)"""
    bis_model: str = "bouillon"
    """model of BIS"""
    circulation: str = "vitaldb"
    """model of pressure and heart rate: vitaldb (surgical patients) or su2023 (volunteers)"""
    propofol_model: str = "eleveld"
    """kinetics of recorded cases"""
    remifentanil_model: str = "eleveld"
    """kinetics of recorded cases"""


def main(config: Config) -> None:
    """Check the configuration, then replay tables or recordings."""
    require_known("bis_model", config.bis_model, SURFACES)
    require_known("circulation", config.circulation, CIRCULATION)
    if config.patients is None and config.infusions is None:
        require_known("propofol_model", config.propofol_model, PROPOFOL)
        require_known("remifentanil_model", config.remifentanil_model, REMIFENTANIL)
        folder = vitaldb_folder(config.vitaldb)
        out = config.out or Path("results/replay")
        names = (config.propofol_model, config.remifentanil_model, config.bis_model, config.circulation)
        replay_recordings(folder, out, Models(*names))
        write_run(out, config)
        return
    if config.patients is None or config.infusions is None:
        raise ValueError("patients and infusions: one of the two tables is missing; give both")
    if config.vitaldb is not None:
        raise ValueError("vitaldb: not allowed together with patients and infusions; replay one or the other")
    if not 0.0 < config.every < np.inf:
        raise ValueError(f"every: {config.every:g} is not allowed; a number of seconds above 0")
    if config.until is not None and not 0.0 <= config.until < np.inf:
        raise ValueError(f"until: {config.until:g} is not allowed; a number of seconds of at least 0")
    require_known("assumed_propofol", config.assumed_propofol, PROPOFOL)
    require_known("assumed_remifentanil", config.assumed_remifentanil, REMIFENTANIL)
    patients, infusions = read_patients(config.patients), read_infusions(config.infusions)
    course = replay_tables(patients, infusions, config)
    write_csv(config.out or Path("results/replay.csv"), course)


def read_patients(path: Path) -> pd.DataFrame:
    """Read and check the table of patients. Raises ValueError as `experiments.recorded.tables` describes."""
    patients = read_table(path, PATIENT_COLUMNS)
    require_unique(path.name, patients["caseid"])
    require_names(path.name, patients["propofol_model"], PROPOFOL)
    require_names(path.name, patients["remifentanil_model"], REMIFENTANIL)
    return patients


def read_infusions(path: Path) -> pd.DataFrame:
    """Read and check the table of infusions: caseid, time_s, and of each drug its rate or its target.

    Raises:
        ValueError: as `experiments.recorded.tables` describes, or both of a drug, or a rate that no pump gives.
    """
    cells = read_cells(path)
    columns = {"caseid": TEXT, "time_s": Number(0.0, unit="s")}
    for rate, target in zip(RATES, TARGETS, strict=True):
        if rate in cells and target in cells:
            raise ValueError(
                f"{path.name}: columns {rate} and {target} are not allowed together; one of the two"
            )
        columns |= {target: TARGETS[target]} if target in cells else {rate: RATES[rate]}
    infusions = checked(path.name, cells, columns)
    require_increasing(path.name, infusions["caseid"], infusions["time_s"])
    for name, largest, concentration in zip(RATES, MAX_RATE[:, 0], CONCENTRATIONS[:, 0], strict=False):
        if name in infusions and infusions[name].max() > largest:
            row, unit = int(infusions[name].argmax()), RATES[name].unit
            raise ValueError(
                f"{path.name}: {name} {infusions[name].iloc[row]:g} (row {row + 1}) is not allowed; at most "
                f"{largest:.4g} {unit}, which is {LARGEST_ML_PER_H:g} mL/h of {concentration:g} {unit[:2]}/mL: "
                f"is it in mL/h, not in {unit}?"
            )
    return infusions


def replay_tables(patients: pd.DataFrame, infusions: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return the course of each patient: caseid, time_s, signals and rates, a row every `config.every` seconds.

    All patients share one time axis that holds every output and every change of rate, so nothing is rounded.

    Raises:
        ValueError: where infusions name an unknown patient, or a model cannot describe a patient.
    """
    caseid = patients["caseid"]
    strangers = ~infusions["caseid"].isin(caseid).to_numpy()
    if strangers.any():
        first = int(np.argmax(strangers))
        stranger = infusions["caseid"].iloc[first]
        raise ValueError(f"infusions: caseid {stranger!r} (row {first + 1}) is not in the table of patients")
    person = Covariates.of(patients["age"], patients["sex"], patients["height_cm"], patients["weight_kg"])
    models = (patients["propofol_model"].tolist(), patients["remifentanil_model"].tolist())
    subjects = typical_subjects(person, *models, bis_model=config.bis_model, circulation=config.circulation)

    rows = infusions.groupby("caseid")["time_s"]
    last = (rows.max() + ALONE * (rows.size() == 1)).reindex(caseid).fillna(0.0).to_numpy()
    if config.until is not None:
        last = np.full_like(last, config.until)
    samples = np.asarray(np.floor(last / config.every + 1e-9), dtype=int) + 1
    output = np.arange(samples.max()) * config.every
    changes = infusions["time_s"][infusions["time_s"] <= output[-1]]
    turns = np.arange(0.0, output[-1] + INTERVAL, INTERVAL)  # of pumps under targets
    steps = np.arange(0.0, output[-1], LONGEST_STEP)
    time = np.unique(np.concatenate([output, changes, steps, turns[turns <= output[-1]]]))
    pump = Pump(config.assumed_propofol, config.assumed_remifentanil, config.target_site)
    rates = np.stack([_in_force(infusions, name, caseid, time) for name in RATES], axis=1)
    if TARGETS.keys() & set(infusions.columns):
        targets = np.stack([_in_force(infusions, name, caseid, turns) for name in TARGETS], axis=1)
        now = np.searchsorted(turns, time, side="right") - 1
        rates += rates_for(person, targets, pump)[
            now
        ]  # a drug has rates or targets; those that it has not are zero
    course = follow(subjects, time, rates[:-1], np.isin(time, output))
    course |= dict(zip(RATES, rates[np.isin(time, output)].swapaxes(0, 1), strict=True))
    case, row = np.nonzero(np.arange(samples.max()) < samples[:, None])
    columns = {"caseid": caseid.to_numpy()[case], "time_s": output[row]}
    return pd.DataFrame(columns | {name: course[name][row, case] for name in (*SIGNALS, *RATES)})


def _in_force(infusions: pd.DataFrame, column: str, caseid: pd.Series, time: np.ndarray) -> np.ndarray:
    """Return what a column holds at each time, (times, patients); zero before a case's first row, or without it."""
    if column not in infusions:
        return np.zeros((len(time), len(caseid)))
    wide = infusions.pivot(index="time_s", columns="caseid", values=column)
    wide = wide.reindex(index=np.union1d(wide.index, time), columns=caseid).ffill().fillna(0.0)
    return wide.loc[time].to_numpy()


if __name__ == "__main__":
    run(main, Config)
