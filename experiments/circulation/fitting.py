"""Fit the circulation to recorded cases: `sim/data/circulation_recorded.json` and its card.

Recorded people with drawn individualities get the doses they were given, through the theatre with its monitors and a
surgery whose incision and end are the recorded ones; somebody treats low pressure. A damped Gauss-Newton search, if
asked for, moves the parameters of the population until pressure and heart rate look as recorded: by minute, by case,
over time, by age. Everybody is the same person in every evaluation. Only the subjects that train are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import Progress, TaskID

from experiments.circulation.gauss_newton import search
from experiments.circulation.replaying import population, prepared
from experiments.circulation.vital_signs import PROBABILITIES, Summary
from experiments.population import recorded
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_json, write_run, write_text
from experiments.tuning import cards
from sim.pharmacodynamics.recorded_circulation import TABLE, parameters_of

# Where the search begins, and the step that counts as one: from searches and trials on earlier versions of the
# simulation, the same subjects and draws.
START: dict[str, tuple[float, float]] = {
    "awake_pressure": (110.0, 4.0),
    "awake_rate": (74.3, 4.0),
    "pressure_log_sd": (0.0607, 0.03),
    "rate_log_sd": (0.172, 0.03),
    "rate_compensated": (1.2, 0.4),
    "hr_ageing": (1.93e-05, 0.0015),
    "tpr_ageing": (-0.00528, 0.0015),
    "sv_ageing": (-0.015, 0.01),
    "feedback": (-0.346, 0.1),
    "tpr_emax_propofol": (0.0404, 0.2),
    "hr_interaction": (-0.113, 0.02),
    "effect_spread": (0.171, 0.25),
    "arousal_sv": (0.0621, 0.03),
    "arousal_hr": (0.126, 0.04),
    "log_turnover": (np.log(0.468), 0.3),
    "log_arousal_decay": (np.log(3.69), 0.5),
    "log_tpr_response": (np.log(0.0339), 0.3),
    "log_hr_response": (np.log(0.0165), 0.3),
    "response_log_sd": (0.575, 0.15),
    "resistance_log_size": (np.log(0.207), 0.2),
    "resistance_log_seconds": (np.log(1.11e03), 0.4),
    "resistance_size_log_sd": (0.283, 0.15),
    "resistance_seconds_log_sd": (0.503, 0.25),
    "rate_log_size": (np.log(0.0797), 0.2),
    "rate_log_seconds": (np.log(1.02e03), 0.4),
    "rate_size_log_sd": (0.636, 0.15),
    "rate_seconds_log_sd": (0.01, 0.25),
    "drift_together": (-0.00403, 0.1),
    "threshold": (62.7, 3.0),
}
HAND = "; the search was not run: the parameters come from searches on earlier versions and trials by hand"
SPREADS = [name for name in START if name.endswith("log_sd") or name == "effect_spread"]
# How far a quantity may be off to count as one (choice), at the quantiles 5, 25, 50, 75, 95 % (or lags, or alone).
TOLERANCE: dict[str, Any] = {
    "pressure_by_minute": (12.5, 7.5, 5.0, 7.5, 12.5),
    "heart_rate_by_minute": (8.5, 5.0, 4.0, 5.0, 10.0),
    "pressure_median": (3.0, 2.0, 1.5, 2.0, 3.0),
    "heart_rate_median": (2.5, 2.0, 1.5, 2.0, 3.0),
    "pressure_sd": (0.9, 0.8, 0.6, 1.2, 2.2),
    "heart_rate_sd": (0.5, 0.5, 0.4, 0.8, 2.0),
    "pressure_autocorrelation": (0.012, 0.025, 0.04, 0.05),
    "heart_rate_autocorrelation": (0.010, 0.025, 0.04, 0.05),
    "pressure_below_65_percent": (1.0, 1.5, 1.5, 3.0, 6.0),
    "pressure_by_age": (0.0006,),
    "heart_rate_by_age": (0.0008,),
    "heart_rate_awake": (4.0, 3.0, 2.0, 3.0, 4.0),
    "heart_rate_awake_by_age": (0.0008,),
    "heart_rate_risen_by": (9.0, 7.0, 5.0, 7.0, 11.0),
    "pressure_moves": (0.15, 0.10, 0.07, 0.10, 0.15),
    "heart_rate_moves": (0.20, 0.15, 0.10, 0.15, 0.20),
    "together": (0.10, 0.08, 0.06, 0.08, 0.10),
    "moving_together": (0.10, 0.06, 0.05, 0.06, 0.10),
    "treated_percent": (4.0,),
}
DECIDING = ("iterations", "minutes", "seed")  # options


@dataclass
class CirculationFit:
    """Fit the circulation to recorded cases and write its table and card.

    Attributes:
        data: folder of the real recordings; default: ANESTHESIA_DATA, or shared/data beside the checkout.
        out: folder that circulation_recorded.json, .csv (recorded and simulated quantities) and .md (a card) go to.
        iterations: of the search, at most; each simulates the recorded people once a parameter, and three times more;
            none leaves the parameters where the search would begin.
        minutes: after the first propofol that are looked at.
        seed: of the people's individualities, surgeries and monitors.
    """

    data: Path | None = None
    out: Path = Path("results/circulation")
    iterations: int = 4
    minutes: float = 90.0
    seed: int = 7

    def __post_init__(self) -> None:
        if self.iterations < 0:
            raise ValueError(f"iterations: {self.iterations} is not allowed; 0 or more")
        if not 30.0 <= self.minutes <= 600.0:
            raise ValueError(f"minutes: {self.minutes:g} is not allowed; 30 to 600")


def fit(config: CirculationFit) -> None:
    """Fit, and write the table, what was compared, and the card."""
    folder = vitaldb_folder(config.data)
    wanted, replayed = prepared(recorded.read(folder, "train"), config.minutes, config.seed)
    start, steps = np.array(list(START.values())).T
    evaluations = config.iterations * (len(START) + 3) + 1
    with Progress() as bar:
        bar.add_task("fitting the circulation", total=evaluations)

        def misfit(moved: np.ndarray) -> np.ndarray:
            found = replayed.summary(named(start + steps * moved))
            bar.advance(TaskID(0))
            return residuals(wanted, found)

        best = search(misfit, len(START), config.iterations, bar.console.print)
    values = named(start + steps * best)
    table = side_by_side(wanted, replayed.summary(values))
    content = {
        "parameters": parameters_of(population(values)),
        "threshold": values["threshold"],
        "cases": len(replayed.last),
        **{name: getattr(config, name) for name in DECIDING},
        **cards.made("experiments.circulation.fitting"),
    }
    path = write_run(config.out, config) / TABLE.name
    write_csv(path.with_suffix(".csv"), table)
    write_json(path, content)
    write_text(path.with_suffix(".md"), card(content, table))
    print(table.round(3).to_string(index=False))


def named(values: np.ndarray) -> dict[str, float]:
    """Return parameters by name; a spread below nothing is nothing."""
    by_name = dict(zip(START, map(float, values), strict=True))
    return by_name | {name: max(by_name[name], 0.01) for name in SPREADS}


def residuals(wanted: Summary, found: Summary) -> np.ndarray:
    """Return how far each quantity is off, in tolerances, tables of several minutes counting as three rows."""
    parts = []
    for name, tolerance in TOLERANCE.items():
        off = (found[name] - wanted[name]) / np.array(tolerance)
        parts.append(off.ravel() * (np.sqrt(3.0 / len(off)) if off.ndim == 2 else 1.0))
    return np.concatenate(parts)


def side_by_side(wanted: Summary, found: Summary) -> pd.DataFrame:
    """Return one row per number: quantity, which of its rows and columns, recorded, simulated."""
    rows = []
    for name, values in wanted.items():
        for place in np.ndindex(values.shape):
            row = place[0] if values.ndim == 2 else ""
            rows.append(
                {
                    "quantity": name,
                    "row": row,
                    "column": place[-1],
                    "recorded": values[place],
                    "simulated": found[name][place],
                }
            )
    return pd.DataFrame(rows)


def card(content: Mapping[str, Any], table: pd.DataFrame) -> str:
    """Return the card of a table."""
    options = " ".join(f"--{name.replace('_', '-')} {content[name]:g}" for name in DECIDING)
    shown = table[table["row"] == ""]
    rows = ["| quantity | recorded | simulated |", "|---|---|---|"]
    for name, part in shown.groupby("quantity", sort=False):
        cells = (" ".join(f"{value:.3g}" for value in part[column]) for column in ("recorded", "simulated"))
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return cards.card(
        "circulation_recorded",
        "Baselines, drug effects, answers to stimuli and drift of pressure and heart rate, and how people differ.",
        content,
        f"python -m experiments.circulation.fitting --data DIR {options}",
        f"{content['cases']} VitalDB cases (Lee HC, Sci Data 2022;9:279) of the subjects that train, seed 0",
        f"quantiles over cases at {', '.join(f'{p:g}' for p in PROBABILITIES)}, or at lags, recorded, and simulated "
        "under the same doses, on the cases and the draws that were tuned on"
        f"{'' if content['iterations'] else HAND}",
        rows,
    )


if __name__ == "__main__":
    run(fit, CirculationFit)
