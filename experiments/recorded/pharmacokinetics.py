"""Every kinetic model against measured plasma concentrations and against what infusion pumps displayed.

    python -m experiments.recorded.pharmacokinetics --data ../shared/data

writes records.csv (one row a model and record), summary.csv, spread.csv (how far people lie apart, measured and drawn
under each reading of the published spreads), summary.md and errors.png into --out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.judging.prediction_errors import median_errors
from experiments.recorded.plasma_samples import (
    PlasmaSamples,
    plasma_at_samples,
    read_minto,
    read_pool,
    read_schnider,
    select,
)
from experiments.recorded.pumps.displays import display_errors
from experiments.recorded.recordings import data_folder, read_pump_displays
from experiments.recorded.refitting import refit
from experiments.recorded.spread import Build, Reading, compare, log_error, successive_sd
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_figure, write_run, write_text
from predictors.learning.measures import performance_error
from sim.arrays import put, take
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.compartments import Compartments
from sim.published import Deviates
from sim.registry import Registry

ADULT = 18.0  # years
MATCHED = "eleveld_matched"  # sampling site and opioid flag of each record
ELEVELD = {  # (arterial, opioid) -> model
    (True, True): "eleveld",
    (True, False): "eleveld_no_opioid",
    (False, True): "eleveld_venous",
    (False, False): "eleveld_no_opioid_venous",
}
PRINTED = {  # the columns of spreads as the papers have them
    "propofol": {"v1": 0.610, "v2": 0.565, "v3": 0.597, "cl": 0.265, "q2": 0.346, "q3": 0.209},
    "remifentanil": {"v1": 0.104, "v2": 0.115, "v3": 0.810, "cl": 0.0197, "q2": 0.0547, "q3": 0.285},
}
TITLES = {
    "schnider_1998": "Propofol, 24 volunteers without opioid, arterial",
    "pool": "Propofol, pool with known height",
    "pool_arterial": "Propofol, pool, arterial samples",
    "pool_venous": "Propofol, pool, venous samples",
    "pool_patients": "Propofol, pool, patients (opioid)",
    "pool_volunteers": "Propofol, pool, volunteers (no opioid)",
    "adults_arterial": "Propofol, pool, adults, arterial samples",
    "adults_venous": "Propofol, pool, adults, venous samples",
    "minto_1997": "Remifentanil, 65 volunteers, arterial",
    "pump_ce_propofol": "Propofol, effect site shown by 13 pumps (Marsh)",
    "pump_cp_propofol": "Propofol, plasma shown by 13 pumps (Marsh)",
    "pump_ce_remifentanil": "Remifentanil, effect site shown by 13 pumps (Minto)",
}
# An independent computation of the same medians (MDPE, MDAPE, %) on the same tables.
REFERENCE = {
    ("schnider_1998", "schnider"): (-0.9, 15.3),
    ("schnider_1998", "eleveld_no_opioid"): (-0.4, 18.2),
    ("schnider_1998", "marsh"): (-22.7, 34.8),
    ("schnider_1998", "eleveld"): (-27.6, 29.9),
    ("pool", MATCHED): (-0.4, 22.3),
    ("adults_arterial", "schnider"): (2.7, 25.8),
    ("adults_arterial", "eleveld"): (-12.5, 26.2),
    ("adults_arterial", "marsh"): (5.5, 39.2),
    ("adults_arterial", "schuttler"): (-18.7, 33.2),
    ("minto_1997", "minto"): (-2.8, 15.4),
    ("minto_1997", "eleveld"): (2.9, 16.8),
    ("minto_1997", "kim"): (3.5, 17.1),
    ("pump_ce_propofol", "marsh_modified"): (np.nan, 1.5),
    ("pump_ce_propofol", "marsh_pump"): (np.nan, 1.9),
    ("pump_ce_propofol", "marsh"): (np.nan, 3.8),
    ("pump_ce_propofol", "schnider"): (np.nan, 12.5),
}


@dataclass(frozen=True)
class Config:
    """Validate the kinetic models on measured concentrations and pump displays."""

    data: Path | None = None
    """folder of the real recordings; default: the variable ANESTHESIA_DATA, else ../shared/data"""
    out: Path = Path("results/validate_pharmacokinetics")
    """folder for the results"""
    refit: bool = False
    """also refit the spreads to the measured concentrations (minutes)"""


def main(config: Config) -> None:
    """Score, write, summarise, plot."""
    folder = data_folder(config.data)
    plasma = [*propofol_errors(folder / "pk"), *remifentanil_errors(folder / "pk")]
    records = pd.concat([*plasma, *pump_errors(folder / "vitaldb")])
    summary = summarise(records)
    spread = pd.concat(spreads(folder / "pk", config.refit))
    write_run(config.out, config)
    write_csv(config.out / "records.csv", records)
    write_csv(config.out / "summary.csv", summary)
    write_csv(config.out / "spread.csv", spread)
    text = markdown(summary) + spread_markdown(spread)
    write_text(config.out / "summary.md", text)
    write_figure(config.out / "errors.png", draw(config.out))
    print(text)


def propofol_errors(folder: Path) -> Iterator[pd.DataFrame]:
    """Yield the errors, record by record, of every propofol model on every set of samples."""
    yield from _all_models("schnider_1998", read_schnider(folder / "propofol_schnider1998.csv"), PROPOFOL)
    pool = read_pool(folder / "propofol_pool.csv")
    yield from _matched_eleveld(pool)
    adult = pool.person.age >= ADULT
    yield from _all_models("adults_arterial", select(pool, adult & pool.arterial), PROPOFOL)
    yield from _all_models("adults_venous", select(pool, adult & ~pool.arterial), PROPOFOL)


def remifentanil_errors(folder: Path) -> Iterator[pd.DataFrame]:
    """Yield the errors, record by record, of every remifentanil model."""
    yield from _all_models("minto_1997", read_minto(folder / "remifentanil_minto1997.csv"), REMIFENTANIL)


def pump_errors(folder: Path) -> Iterator[pd.DataFrame]:
    """Yield how far every model lies from the pumps' displays, case by case."""
    recordings = read_pump_displays(folder)
    sites = (("propofol", PROPOFOL, "ce"), ("propofol", PROPOFOL, "cp"), ("remifentanil", REMIFENTANIL, "ce"))
    for drug, registry, site in sites:
        for name in registry:
            errors = display_errors(recordings, drug, name, site)
            yield errors.assign(dataset=f"pump_{site}_{drug}", model=name)


def spreads(folder: Path, refitted: bool) -> Iterator[pd.DataFrame]:
    """Yield, drug by drug and model by model, the spread between people: measured, and drawn under each reading."""
    pool = read_pool(folder / "propofol_pool.csv")
    adults = select(pool, (pool.person.age >= ADULT) & pool.arterial)
    volunteers = read_minto(folder / "remifentanil_minto1997.csv")
    for drug, samples, registry, names in (
        ("propofol", adults, PROPOFOL, (MATCHED, "schnider", "schuttler")),
        ("remifentanil", volunteers, REMIFENTANIL, tuple(REMIFENTANIL)),
    ):
        for name in names:
            build: Build = partial(matched_eleveld, samples)
            if name != MATCHED:
                build = partial(registry.get(name), samples.person)
            model = registry.get("eleveld" if name == MATCHED else name)
            shipped = {key: sd for key, sd in model.log_sd.items() if key != "ke0"}
            readings = {"shipped": Reading(shipped, model.correlation)}
            if model.name == "eleveld":
                printed = PRINTED[drug]
                readings["as log-SDs"] = Reading(printed, {})
                readings["as variances"] = Reading({key: value**0.5 for key, value in printed.items()}, {})
            if refitted:
                start = successive_sd(log_error(samples.measured, plasma_at_samples(build({}), samples)))
                readings["refitted"], _ = refit(samples, build, shipped, start)
            table = compare(samples, build, readings)
            said = [_said(readings[source]) if source in readings else "" for source in table["source"]]
            yield table.assign(drug=drug, model=name, spread=said)


def matched_eleveld(samples: PlasmaSamples, eta: Deviates | None = None) -> Compartments:
    """Return Eleveld's propofol model with the sampling site and the opioid flag of each session."""
    eta = eta or {}
    model = PROPOFOL.get("eleveld")(samples.person, eta)
    for (arterial, opioid), name in ELEVELD.items():
        rows = np.flatnonzero((samples.arterial == arterial) & (samples.patient == opioid))
        if len(rows):
            own = {key: values[rows] for key, values in eta.items()}
            model = put(model, rows, PROPOFOL.get(name)(take(samples.person, rows), own))
    return model


def summarise(records: pd.DataFrame) -> pd.DataFrame:
    """Return the median and the 10-90 % range over records, with the reference values beside."""
    groups = records.groupby(["dataset", "model"], sort=False)
    summary = pd.DataFrame({"records": groups.size()})
    for measure in ("MDPE", "MDAPE"):
        summary[measure] = groups[measure].median()
        summary[f"{measure}_10"] = groups[measure].quantile(0.1)
        summary[f"{measure}_90"] = groups[measure].quantile(0.9)
    reference = [REFERENCE.get(key, (np.nan, np.nan)) for key in summary.index]
    summary["reference_MDPE"], summary["reference_MDAPE"] = np.array(reference).T
    return summary.reset_index()


def markdown(summary: pd.DataFrame) -> str:
    """Return the summary as one table a data set."""
    lines = [
        "# Kinetic models against measurements",
        "",
        "Median over records of each record's MDPE (bias) and MDAPE (inaccuracy), % of the prediction.",
        "",
    ]
    for dataset, rows in summary.groupby("dataset", sort=False):
        lines += [f"## {TITLES[str(dataset)]}", ""]
        lines += ["| model | records | MDPE | 10–90 % | MDAPE | 10–90 % | reference MDPE | reference MDAPE |"]
        lines += ["|---|--:|--:|--:|--:|--:|--:|--:|"]
        for row in rows.to_dict("records"):
            cells = [
                row["model"],
                str(row["records"]),
                f"{row['MDPE']:.1f}",
                f"{row['MDPE_10']:.0f} to {row['MDPE_90']:.0f}",
                f"{row['MDAPE']:.1f}",
                f"{row['MDAPE_10']:.0f} to {row['MDAPE_90']:.0f}",
                _or_dash(row["reference_MDPE"]),
                _or_dash(row["reference_MDAPE"]),
            ]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def spread_markdown(spread: pd.DataFrame) -> str:
    """Return how far people lie apart as a table."""
    lines = [
        "## Spread between people",
        "",
        "Log-SD between records of the median log(measured / typical), and median MDAPE; drawn records carry a",
        "residual of the size that successive measured samples show. Spread: log-SDs, then correlations, of deviates.",
        "",
        "| drug | model | source | records | log-SD | MDAPE % | residual | spread |",
        "|---|---|---|--:|--:|--:|--:|---|",
    ]
    for row in spread.to_dict("records"):
        cells = [row["drug"], row["model"], row["source"], f"{row['records']:.0f}", f"{row['log_sd']:.3f}"]
        cells += [f"{row['MDAPE']:.1f}", f"{row['residual']:.3f}", row["spread"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def draw(folder: Path) -> Figure:
    """Draw the bias of the records (10, 25, 50, 75, 90 %) from the saved records.csv: a panel a data set."""
    records = pd.read_csv(folder / "records.csv")
    names = [name for name in TITLES if name in set(records["dataset"]) and not name.startswith("pool_")]
    figure = Figure(figsize=(11, 3.2 * ((len(names) + 1) // 2)), layout="constrained")
    panels = figure.subplots((len(names) + 1) // 2, 2).flat
    for panel, name in zip(panels, names, strict=False):
        rows = records[records["dataset"] == name]
        models = list(dict.fromkeys(rows["model"]))
        values = [rows.loc[rows["model"] == model, "MDPE"] for model in models]
        panel.axvline(0.0, color="0.6", linewidth=1)
        panel.boxplot(values, orientation="horizontal", tick_labels=models, whis=(10, 90), showfliers=False)
        panel.set_title(TITLES[name], fontsize=9)
        panel.set_xlabel("median performance error of a record, %", fontsize=8)
        panel.tick_params(labelsize=8)
    for panel in list(panels):
        panel.set_visible(False)
    return figure


def _all_models(dataset: str, samples: PlasmaSamples, registry: Registry) -> Iterator[pd.DataFrame]:
    for name in registry:
        yield _errors(samples, registry.get(name)(samples.person)).assign(dataset=dataset, model=name)


def _matched_eleveld(pool: PlasmaSamples) -> Iterator[pd.DataFrame]:
    everybody = np.ones_like(pool.arterial)
    parts = {
        "pool": everybody,
        "pool_arterial": pool.arterial,
        "pool_venous": ~pool.arterial,
        "pool_patients": pool.patient,
        "pool_volunteers": ~pool.patient,
    }
    error = performance_error(pool.measured, plasma_at_samples(matched_eleveld(pool), pool))
    for dataset, part in parts.items():
        errors = median_errors(error[:, part], pool.record[part])
        yield errors.assign(dataset=dataset, model=MATCHED)


def _errors(samples: PlasmaSamples, model: Compartments) -> pd.DataFrame:
    return median_errors(
        performance_error(samples.measured, plasma_at_samples(model, samples)), samples.record
    )


def _said(reading: Reading) -> str:
    """Return log-SDs and correlations in a line."""
    sds = " ".join(f"{name} {value:.3f}" for name, value in reading.log_sd.items())
    pairs = " ".join(f"{one}-{other} {value:.2f}" for (one, other), value in reading.correlation.items())
    return f"{sds}; {pairs}" if pairs else sds


def _or_dash(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1f}"


if __name__ == "__main__":
    run(main, Config)
