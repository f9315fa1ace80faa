"""How the published benchmarks score a closed loop, and how our figures compare with the published ones."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from sim.metrics.depth import bands, global_score, varvel
from sim.units import SECONDS_PER_MINUTE

TARGET = 50.0
SETTLING_IN = 300  # s from the start that Varvel's measures and the bands leave out
INDUCTION_SAMPLES = 599  # of P3, the rest of its samples are maintenance
VARVEL = (
    "mdpe_percent",
    "mdape_percent",
    "wobble_percent",
    "time_in_40_60_percent",
    "time_below_40_percent",
    "time_above_60_percent",
)
STATISTICS = {
    "mean": lambda values: values.mean(),
    "sd": lambda values: values.std(ddof=0),
    "median": lambda values: values.median(),
    "min": lambda values: values.min(),
    "max": lambda values: values.max(),
}
CHANCE = 2.0  # standard errors
QUARTILES_APART = 1.349  # standard deviations, in a normal distribution
Scores = dict[str, np.ndarray]


def varvel_scores(index: np.ndarray, period: float = 1.0) -> Scores:
    """Return Varvel's measures, bands and Global Score over all samples, (patients,) each.

    A case never in 40-60 counts as in range for one sample, so that its Global Score is huge and not missing.

    Args:
        index: (samples, patients).
        period: s between samples.
    """
    values = varvel(index, period * np.arange(len(index)), TARGET) | bands(index, TARGET)
    fraction = np.maximum(values["time_in_40_60_percent"] / 100.0, 1.0 / len(index))
    score = global_score(values["mdape_percent"], values["wobble_percent"], fraction)
    return {name: values[name] for name in VARVEL} | {"global_score": score}


def absolute_error(index: np.ndarray) -> np.ndarray:
    """Return the integrated absolute error of samples a second apart, BIS·s."""
    return np.abs(index - TARGET).sum(axis=0)


def induction_scores(index: np.ndarray) -> Scores:
    """Return how the index came down, (patients,) each; minutes, NaN where it never does or never stays.

    Args:
        index: (samples, patients), one a second, the first at 0 s.
    """
    return {
        "to_bis_55_min": first_below(index, 55.0),
        "st10_min": _settled(index, 5.0),
        "st20_min": _settled(index, 10.0),
        "nadir_bis": index.min(axis=0),
    }


def first_below(index: np.ndarray, level: float, period: float = 1.0) -> np.ndarray:
    """Return minutes to the first sample below a level, NaN where there is none."""
    below = index < level
    return np.where(below.any(axis=0), below.argmax(axis=0) * period / SECONDS_PER_MINUTE, np.nan)


def _settled(index: np.ndarray, tolerance: float) -> np.ndarray:
    """Return minutes to the last entry into target ± tolerance, NaN where the last sample is outside."""
    outside = np.abs(index - TARGET) > tolerance
    entry = len(index) - outside[::-1].argmax(axis=0)
    entry = np.where(outside.any(axis=0), entry, 0)
    return np.where(outside[-1], np.nan, entry / SECONDS_PER_MINUTE)


def step_scores(index: np.ndarray) -> Scores:
    """Return P3's scores, (patients,) each. Induction and maintenance part at INDUCTION_SAMPLES."""
    induction, maintenance = index[:INDUCTION_SAMPLES], index[INDUCTION_SAMPLES:]
    below = np.count_nonzero(induction < 40.0, axis=0)
    return {
        "induction_iae_bis_s": absolute_error(induction),
        "induction_below_40_s": below,
        "case_below_40_percent": np.where(below > 0, 100.0, 0.0),
        **induction_scores(induction),
        "maintenance_iae_bis_s": absolute_error(maintenance),
        "outside_40_60_s": np.count_nonzero(np.abs(maintenance - TARGET) > 10.0, axis=0),
        "lowest_bis": maintenance.min(axis=0),
        "highest_bis": maintenance.max(axis=0),
        **varvel_scores(index[SETTLING_IN:]),
    }


def patient_table(protocol: str, runs: dict[str, Scores]) -> pd.DataFrame:
    """Return one row a run and patient (numbered from 1), one column a score."""
    tables = [
        pd.DataFrame({"protocol": protocol, "run": run, "patient": np.arange(1, len(rows) + 1)}).join(rows)
        for run, rows in ((run, pd.DataFrame(scores)) for run, scores in runs.items())
    ]
    return pd.concat(tables, ignore_index=True)


def published_figures() -> pd.DataFrame:
    """Return the published figures, one a row.

    Columns: protocol, run, metric, statistic, source, published (text, as printed), tolerance (the fraction of
    itself by which the same patients may differ) and cases (how many other patients were drawn from the same
    population); where both are empty the figure is shown for comparison alone.
    """
    with files("experiments").joinpath("settings", "published_protocols.csv").open() as file:
        return pd.read_csv(file, dtype={"published": str})


def compare(patients: pd.DataFrame) -> pd.DataFrame:
    """Return every published figure of the protocols and runs in a patient table, with ours beside.

    Added columns: ours, standard_error (of ours), deviation_percent, and agrees: whether a figure of the same
    patients lies within its tolerance or rounds to what was printed, and whether a mean or median over other
    patients differs by no more than CHANCE standard errors of the difference.
    """
    known = patients[["protocol", "run"]].drop_duplicates()
    table = published_figures().merge(known, on=["protocol", "run"])
    values = [_values(patients, row) for row in table.itertuples()]
    ours = np.array(
        [STATISTICS.get(s, STATISTICS["mean"])(v) for s, v in zip(table["statistic"], values, strict=True)]
    )
    error = np.array([_standard_error(s, v) for s, v in zip(table["statistic"], values, strict=True)])
    sizes = np.array([v.count() for v in values])
    published = table["published"].astype(float).to_numpy()
    half_digit = np.array([0.5 * 10.0 ** -len(text.partition(".")[2]) for text in table["published"]])
    difference = np.abs(ours - published)
    allowed = np.fmax(table["tolerance"] * np.abs(published), half_digit)
    by_chance = CHANCE * error * np.sqrt(1.0 + sizes / table["cases"]) + half_digit
    limit = np.where(table["tolerance"].notna(), allowed, by_chance)
    judged = pd.Series(difference <= limit, dtype="boolean").where(~np.isnan(limit))
    deviation = 100.0 * (ours - published) / np.abs(published)
    return table.assign(ours=ours, standard_error=error, deviation_percent=deviation, agrees=judged)


def _values(patients: pd.DataFrame, row: Any) -> pd.Series:
    """Return a metric over the patients of a run, or that of one patient where the statistic is "patient 7"."""
    chosen = (patients["protocol"] == row.protocol) & (patients["run"] == row.run)
    if row.statistic not in STATISTICS:
        chosen &= patients["patient"] == int(row.statistic.removeprefix("patient "))
    return patients.loc[chosen, row.metric].dropna()


def _standard_error(statistic: str, values: pd.Series) -> float:
    """Return the standard error of a mean, or of a median (as of a normal distribution with these quartiles)."""
    if statistic == "mean":
        return float(values.std() / np.sqrt(len(values)))
    if statistic == "median":
        quartiles = values.quantile([0.25, 0.75])
        return float(np.sqrt(0.5 * np.pi / len(values)) * np.diff(quartiles)[0] / QUARTILES_APART)
    return np.nan


def summarise(patients: pd.DataFrame) -> pd.DataFrame:
    """Return one row a protocol, run and metric, with every one of STATISTICS."""
    long = patients.melt(["protocol", "run", "patient"], var_name="metric").dropna()
    groups = long.groupby(["protocol", "run", "metric"], sort=False)["value"]
    return pd.DataFrame({name: groups.agg(f) for name, f in STATISTICS.items()}).reset_index()
