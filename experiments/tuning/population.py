"""Fit the patients of the simulator to recorded cases: what makes their index, how people differ, who they are.

    python -m experiments.tuning.population --data DIR

writes population_recorded.json, .md (a card) and .csv (recorded and replayed figures of cases not seen by the fit) into
--out; `python -m experiments.publish --agent population --results results/population` ships them. Kinetics are those
of `sim.pharmacokinetics`. Fitted on the train part of the subjects, judged on the validation part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import Progress

from experiments.patients import demographics
from experiments.patients.courses import groups
from experiments.patients.figures import PROBABILITIES, by_case, sensitivity_spread
from experiments.patients.matching import evaluations, match
from experiments.patients.mixed_effects import fit
from experiments.patients.replays import chances, replayed, typical_correlation
from experiments.patients.whitening import Noise
from experiments.population.recorded import read
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_json, write_run, write_text
from experiments.tuning import cards
from predictors.learning.cases import Cases
from sim.arrays import take
from sim.cohort.individuals import RESPONSE_LOG_SD
from sim.cohort.population import TABLE, Depth
from sim.covariates import Covariates
from sim.published import Drift

START = Depth(
    ke0=0.2,
    c50_propofol=3.5,
    c50_age=-0.005,
    c50_remifentanil=20.0,
    gamma_light=1.9,
    gamma_deep=1.5,
    e0=95.0,
    emax=82.0,
    arousability=0.5,
    drift=Drift(0.15, 900.0, start=0.3),
    log_sd={
        "ke0": 0.4,
        "c50_propofol": 0.24,
        "c50_remifentanil": 0.3,
        "gamma_light": 0.25,
        "gamma_deep": 0.25,
        "e0": 0.02,
        "emax": 0.05,
    },
)
NOISE = Noise(drift=0.15, drift_seconds=1000.0, quick=4.0, quick_seconds=45.0, sample=2.0)
DRIFT = Drift(0.14, 850.0, start=0.5)  # from which replays go on, instead of the individuals' (choice)
DIGITS = 4
NOT_FITTED = {"arousability": f"{RESPONSE_LOG_SD:g} (choice)", "c50_remifentanil": "0.3 (held)"}
DECIDING = ("seed", "rounds", "matching")  # options
FIGURES = {
    "start + 2": "Index 2 min after the first propofol",
    "start + 5": "Index 5 min after it",
    "start + 10": "Index 10 min after it",
    "start + 20": "Index 20 min after it",
    "stop + 0": "Index when propofol stops",
    "stop + 8": "Index 8 min later",
    "asleep": "First propofol to index < 60, min",
    "awake": "Last propofol to index > 80, min",
    "median": "Median index in maintenance",
    "sd": "SD of the index in maintenance, within a case",
    "memory 1": "Its autocorrelation at 10 s",
    "memory 6": "Its autocorrelation at 1 min",
    "memory 30": "Its autocorrelation at 5 min",
    "sensitivity": "Log apparent sensitivity (Eleveld)",
}


@dataclass(frozen=True)
class Config:
    """Fit the population of the simulated patients to recorded cases."""

    data: Path | None = None
    """folder of the real recordings; default: the variable ANESTHESIA_DATA, else ../shared/data"""
    out: Path = Path("results/population")
    """folder for the results"""
    rounds: int = 12
    """of expectation-maximisation"""
    matching: int = 7
    """rounds of matching replays to records"""
    seed: int = 1
    """of the chance in replays; the parts of the subjects are those of seed 0"""

    def __post_init__(self) -> None:
        for name in ("rounds", "matching"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; 1 or more")
        if self.seed < 0:
            raise ValueError(f"seed: {self.seed} is not allowed; 0 or more")


def main(config: Config) -> None:
    """Fit, judge on cases not seen, write."""
    folder = vitaldb_folder(config.data)
    everybody = read(folder, "train")
    training, unseen = known(everybody), known(read(folder, "validation"))
    depth = fit_depth(training, config)
    table, scores = judged(unseen, depth, config.seed + 1)
    content = {
        "depth": rounded(asdict(depth)),
        "people": asdict(demographics.fit(persons(everybody))),
        "scores": rounded(scores),
        "cases": {"train": training.count, "validation": unseen.count},
        **{name: getattr(config, name) for name in DECIDING},
        **cards.made("experiments.tuning.population"),
    }
    path = write_run(config.out, config) / TABLE
    write_json(path, content)
    write_csv(path.with_suffix(".csv"), table)
    write_text(path.with_suffix(".md"), card(content, table))
    print(card(content, table))


def known(cases: Cases) -> Cases:
    """Return the cases whose first propofol was seen."""
    return cases.select(cases["known_start"][0] > 0.5)


def persons(cases: Cases) -> Covariates:
    """Return everybody once, as they were at their first case."""
    _, first = np.unique(cases.subject, return_index=True)
    return take(cases.person, first)


def fit_depth(cases: Cases, config: Config) -> Depth:
    """Return what makes the index: from individuals first, then so that replays are like records."""
    material = groups(cases)
    with Progress() as bar:
        people = bar.add_task("individuals", total=config.rounds)
        found = fit(material, START, NOISE, config.rounds, lambda: bar.advance(people))
        replays = bar.add_task("replays", total=evaluations(config.matching))
        start = replace(found.depth, drift=DRIFT)
        chance = chances(cases, material, config.seed)
        return match(material, chance, start, config.matching, lambda: bar.advance(replays))


def judged(cases: Cases, depth: Depth, seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return quantiles over cases of recorded and replayed figures, and how well typical and drawn people do."""
    material = groups(cases)
    shown = {
        "recorded": [group.bis for group in material],
        "replayed": replayed(material, chances(cases, material, seed), depth),
    }
    figures = {source: by_case(material, bis) for source, bis in shown.items()}
    scores = {"correlation": float(np.median(typical_correlation(material, depth)))}
    for source, values in figures.items():
        scores[f"sensitivity_{source}"], scores[f"ageing_{source}"] = sensitivity_spread(values)
    return quantiles(figures), scores


def quantiles(figures: Mapping[str, Mapping[str, np.ndarray]]) -> pd.DataFrame:
    """Return one row a figure and probability, one column a source."""
    rows = []
    for name, label in FIGURES.items():
        for probability in PROBABILITIES:
            values = {source: np.nanquantile(found[name], probability) for source, found in figures.items()}
            rows.append({"figure": name, "label": label, "probability": probability, **values})
    return pd.DataFrame(rows)


def rounded(values: Any) -> Any:
    """Return numbers to `DIGITS` significant digits."""
    if isinstance(values, Mapping):
        return {name: rounded(value) for name, value in values.items()}
    return float(f"{values:.{DIGITS}g}")


def card(content: Mapping[str, Any], table: pd.DataFrame) -> str:
    """Return the card of a population, from its content and the figures of cases it has not seen."""
    depth, scores, count = content["depth"], content["scores"], content["cases"]
    options = " ".join(f"--{name} {content[name]}" for name in DECIDING)
    lines = ["| parameter | typical | log-SD between people |", "|---|--:|--:|"]
    for name, value in depth.items():
        if isinstance(value, float):
            spread = NOT_FITTED.get(name) or f"{depth['log_sd'].get(name, 0.0):g}"
            lines.append(f"| {name} | {value:g} | {spread} |")
    drift = depth["drift"]
    lines += [
        f"\nLog C50 drifts with an SD of {drift['size']:g} (log-SD {drift['size_log_sd']:g} between people) and a time "
        f"constant of {drift['seconds']:g} s, from {drift['start']:g} above its mean at the start of a case.\n",
        f"Correlations: {', '.join(f'{pair} {value:.2f}' for pair, value in depth['correlation'].items())}. Kinetics: "
        "Eleveld 2018 (propofol, log-SDs as printed) and 2017 (remifentanil, covariance refitted to Minto's "
        "volunteers). Delay of the index by age as published.\n",
        f"Typical people, recorded doses: correlation with the recorded index {scores['correlation']:.3f} (median of "
        f"cases). Apparent sensitivity, age-corrected log-SD: {scores['sensitivity_recorded']:.3f} recorded, "
        f"{scores['sensitivity_replayed']:.3f} replayed.\n",
        f"| 5 / 25 / 50 / 75 / 95 % of {count['validation']} cases | recorded | replayed |",
        "|---|---|---|",
    ]
    for label, rows in table.groupby("label", sort=False):
        cells = [" / ".join(f"{value:.3g}" for value in rows[source]) for source in ("recorded", "replayed")]
        lines.append(f"| {label} | {cells[0]} | {cells[1]} |")
    return cards.card(
        "population_recorded",
        "What makes the index of patients like recorded ones, and who they are: typical values and spreads.",
        content,
        f"python -m experiments.tuning.population --data DIR {options}",
        f"VitalDB (Lee HC, Sci Data 2022;9:279; not to be redistributed): fitted to {count['train']} cases of the "
        f"train part of the subjects (seed 0), judged on {count['validation']} of the validation part",
        "figures of cases that the fit has not seen; replayed: the recorded doses given to people drawn from it, with "
        "the quick noise that the fit assumes; `experiments.validate_population` has the monitors'",
        lines,
    )


if __name__ == "__main__":
    run(main, Config)
