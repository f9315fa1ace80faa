"""Published closed-loop benchmarks, ours beside theirs.

    python -m experiments.protocols --protocol all --out results/protocols

P1: 13 patients, Schnider and Minto kinetics, surgical disturbance, G1 alone and G1 then G2.
P2: 44 patients, Eleveld kinetics, the AReS controller and monitor, no surgery.
P3: a random population, +10 BIS from 10 to 15 min, noise; G1 then G2, and the PID of experiments.tuning.pid.

Writes patients_P1.csv, patients_P2.csv, patients_P3.csv (one row a run and patient), summary.csv,
comparison.csv and comparison.md into --out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from agents.control import pid
from experiments.published.loops import (
    RATE_INTERVAL,
    Controller,
    MonitoredRecording,
    Progress,
    Recording,
    disturbance,
    monitored_loop,
    pressure_under,
    step_loop,
    step_noise,
    surgical_loop,
)
from experiments.published.plants import (
    FIRST_TRAINING_CASE,
    AresPlant,
    Plant,
    ares_plant,
    ionescu_plant,
    random_plant,
)
from experiments.published.scores import (
    SETTLING_IN,
    Scores,
    absolute_error,
    compare,
    first_below,
    induction_scores,
    patient_table,
    step_scores,
    summarise,
    varvel_scores,
)
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run, write_text
from sim.randomness import case_keys

G1 = Controller(pid.G1_ALONE, interval=1)
G1_THEN_G2 = Controller(pid.G1_THEN_G2, interval=1)
INDUCTION_SECONDS, FULL_SECONDS, ARES_SECONDS = 600, 3600, 1800
TITLES = {
    "P1": "P1: 13 patients, surgical profile (Schnider, Minto; scored from 300 s)",
    "P2": "P2: 44 patients, AReS PID and monitor, no surgery (scored from 5 to 30 min)",
    "P3": "P3: random population, +10 BIS from 600 to 900 s (scored on measured BIS)",
}


@dataclass(frozen=True)
class Config:
    """Run published closed-loop benchmarks and put our figures beside the published ones."""

    protocol: Literal["P1", "P2", "P3", "all"] = "all"
    """which benchmark"""
    out: Path = Path("results/protocols")
    """folder for the results"""
    cases: int = 1000
    """patients of P3"""
    seed: int = 0
    """number of P3's first case; a case's number is its seed"""


def main(config: Config) -> None:
    """Simulate, score, compare, write and print. Raises ValueError naming an option that cannot be run."""
    numbers = step_cases(config)
    runs: dict[str, Callable[[], dict[str, Scores]]] = {
        "P1": run_surgical,
        "P2": run_ares,
        "P3": partial(run_step, numbers),
    }
    tables = []
    write_run(config.out, config)
    for protocol in runs if config.protocol == "all" else (config.protocol,):
        tables.append(patient_table(protocol, runs[protocol]()))
        write_csv(config.out / f"patients_{protocol}.csv", tables[-1])
    patients = pd.concat(tables, ignore_index=True)
    comparison = compare(patients)
    write_csv(config.out / "summary.csv", summarise(patients))
    write_csv(config.out / "comparison.csv", comparison)
    write_text(config.out / "comparison.md", markdown(comparison))
    print(markdown(comparison))


def step_cases(config: Config) -> np.ndarray:
    """Return the case numbers of P3. Raises ValueError naming an option that is not allowed."""
    for name, lowest in (("cases", 1), ("seed", 0)):
        if getattr(config, name) < lowest:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; {lowest} or more")
    if config.seed + config.cases > FIRST_TRAINING_CASE:
        last = config.seed + config.cases - 1
        raise ValueError(
            f"seed: a last case {last} is not allowed; cases from {FIRST_TRAINING_CASE} on train the tuned PID"
        )
    return np.arange(config.seed, config.seed + config.cases)


def run_surgical() -> dict[str, Scores]:
    """Run P1; return the scores of each run."""
    plant = ionescu_plant()
    surgery = disturbance("struys", FULL_SECONDS)
    induction = surgical_loop(plant, G1, np.zeros(INDUCTION_SECONDS), progress=_bar("P1 induction"))
    return {
        "g1_induction": {
            "iae_bis_s": absolute_error(induction.true),
            "below_40_s": np.count_nonzero(induction.true < 40.0, axis=0),
            **induction_scores(induction.true),
        },
        "g1": _surgical_scores(plant, surgical_loop(plant, G1, surgery, progress=_bar("P1 G1"))),
        "g1_g2": _surgical_scores(
            plant, surgical_loop(plant, G1_THEN_G2, surgery, progress=_bar("P1 G1-G2"))
        ),
    }


def _surgical_scores(plant: Plant, recording: Recording) -> Scores:
    return {
        "iae_bis_s": absolute_error(recording.true),
        **varvel_scores(recording.true[SETTLING_IN:]),
        "propofol_mg_per_kg": recording.given[0] / plant.person.weight,
        "remifentanil_ug_per_kg": recording.given[1] / plant.person.weight,
    }


def run_ares() -> dict[str, Scores]:
    """Run P2; return its scores."""
    plant = ares_plant()
    return {"ares_pid": _ares_scores(plant, monitored_loop(plant, ARES_SECONDS, _bar("P2")))}


def _ares_scores(plant: AresPlant, recording: MonitoredRecording) -> Scores:
    index = recording.index[::RATE_INTERVAL]
    pressure = pressure_under(plant.circulation, recording.plasma, seconds=1.0)
    return {
        **varvel_scores(index[SETTLING_IN // RATE_INTERVAL : ARES_SECONDS // RATE_INTERVAL], RATE_INTERVAL),
        "to_bis_60_min": first_below(index, 60.0, RATE_INTERVAL),
        "nadir_bis": index.min(axis=0),
        "propofol_mg": recording.given[0],
        "lowest_map_mmhg": pressure.min(axis=0),
        "map_below_65_percent": 100.0 * (pressure < 65.0).mean(axis=0),
    }


def run_step(numbers: np.ndarray) -> dict[str, Scores]:
    """Run P3 on the cases with these numbers; return the scores of each run, on measured and on true BIS."""
    keys = case_keys(0, numbers)
    plant, noise = random_plant(keys), step_noise(keys)
    tuned = Controller(pid.read_settings(pid.TUNED_SETTINGS), interval=RATE_INTERVAL)
    published = step_loop(plant, G1_THEN_G2, noise, _bar("P3 G1-G2"))
    noiseless = step_loop(plant, G1_THEN_G2, None, _bar("P3 G1-G2 without noise"))
    retuned = step_loop(plant, tuned, noise, _bar("P3 tuned"))
    return {
        "g1_g2": step_scores(published.measured),
        "g1_g2_true": step_scores(published.true),
        "g1_g2_noiseless": step_scores(noiseless.true),
        "tuned": step_scores(retuned.measured),
        "tuned_true": step_scores(retuned.true),
    }


def markdown(comparison: pd.DataFrame) -> str:
    """Return the comparison as tables: a protocol a heading, a run and source a table."""
    lines = []
    for protocol, figures in comparison.groupby("protocol"):
        lines += [f"# {TITLES[str(protocol)]}", ""]
        for (name, source), rows in figures.groupby(["run", "source"], sort=False):
            lines += [
                f"## {name} ({source})",
                "",
                "| | published | ours | standard error | deviation % | agrees |",
                "|---|--:|--:|--:|--:|---|",
            ]
            lines += [_markdown_row(row) for row in rows.itertuples()]
            lines.append("")
    return "\n".join(lines)


def _markdown_row(row: Any) -> str:
    digits = max(len(row.published.partition(".")[2]), 1)
    verdict = {True: "yes", False: "no"}.get(row.agrees, "")
    other_people = np.isnan(row.tolerance) and not np.isnan(row.standard_error)
    error = f"{row.standard_error:.{digits}f}" if other_people else ""
    return (
        f"| {row.metric}, {row.statistic} | {row.published} | {row.ours:.{digits}f} | {error} "
        f"| {row.deviation_percent:.2f} | {verdict} |"
    )


def _bar(label: str) -> Progress:
    console = Console(stderr=True)
    return partial(track, description=label, console=console, transient=True, disable=not console.is_terminal)


if __name__ == "__main__":
    run(main, Config)
