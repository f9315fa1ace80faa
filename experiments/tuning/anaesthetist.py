"""Fit the rule-based anaesthetist to how real cases went: settings for `anaesthetist_as_recorded`.

The recorded people, with drawn sensitivities and surgeries, are anaesthetised by the rules; a derivative-free
optimiser moves the settings until quantiles over cases of depth, pressure and doses lie close to the recorded
ones. Everybody meets the same patients, surgery and noise in every evaluation. The fit sees half of the recorded
subjects; the distances reported are on the other half, with other draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import Progress, TaskID
from scipy.optimize import minimize

from agents.human.anaesthetist import AS_RECORDED, Anaesthetist
from agents.human.rules import Settings
from experiments.recorded.practice import (
    PROBABILITIES,
    QUANTITIES,
    Record,
    distance,
    practice,
    quantiles,
    recorded,
    simulated,
)
from experiments.recorded.recordings import data_folder, read_vitaldb
from experiments.recorded.tables import TEXT, Number, read_table
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_json, write_run, write_text
from experiments.tuning import cards
from sim.theatre import Case, Theatre
from sim.theatre.rollout import cases, simulate

# Settings fitted and their bounds, in groups that move largely different quantities.
GROUPS = {
    "induction": {"propofol_start": (2.0, 8.0), "propofol_start_elderly": (1.5, 8.0)},
    "depth": {
        "bis_aim": (35.0, 55.0),
        "bis_aim_sd": (0.0, 8.0),
        "bis_band": (3.0, 15.0),
        "light_patience": (30.0, 600.0),
        "deep_patience": (30.0, 1800.0),
        "propofol_lowest": (0.5, 3.0),
        "propofol_highest": (3.0, 10.0),
        "propofol_step": (0.1, 1.0),
        "propofol_step_elderly": (0.1, 1.0),
    },
    "opioid": {
        "remifentanil_start": (1.0, 8.0),
        "remifentanil_log_sd": (0.0, 0.8),
        "remifentanil_lowest": (0.5, 4.0),
        "slack_below": (0.5, 0.9),
        "strained_above": (0.9, 1.6),
    },
    "pressure": {
        "hypotension": (50.0, 75.0),
        "hypotension_sd": (0.0, 15.0),
        "pressure_patience": (30.0, 900.0),
        "rescue_step": (0.005, 0.06),
    },
}
DECIDING = ("seed", "report_seed", "evaluations", "patients", "report_patients")  # options
FITTED = sum(len(bounds) for bounds in GROUPS.values())
ROUNDS = 2  # through the groups
DIGITS = 4  # significant, of a fitted setting
FIRST_STEP, LAST_STEP = 0.2, 0.01  # of the optimiser, shares of the bounds

Quantiles = dict[str, np.ndarray]
Values = dict[str, float]
Bounds = Mapping[str, tuple[float, float]]


@dataclass
class Calibration:
    """Calibrate the rule-based anaesthetist to recorded cases and write settings and quantiles.

    Attributes:
        data: folder of the real recordings; default: ANESTHESIA_DATA, or shared/data beside the checkout.
        out: folder that anaesthetist_as_recorded.json, .csv and .md (a card) are written to.
        evaluations: of the simulated cohort, at most.
        patients: simulated in an evaluation.
        report_patients: simulated for the distances reported.
        seed: of the patients that the fit sees.
        report_seed: of those it does not see.
    """

    data: Path | None = None
    out: Path = Path("results/anaesthetist")
    evaluations: int = 320
    patients: int = 480
    report_patients: int = 1000
    seed: int = 101
    report_seed: int = 202

    def __post_init__(self) -> None:
        fewest = {"evaluations": 6 * ROUNDS * FITTED, "patients": 20, "report_patients": 20}
        for name, least in fewest.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; {least} or more")
        if self.seed == self.report_seed:
            raise ValueError(f"report_seed: {self.report_seed} is not allowed; another than seed")


@dataclass(frozen=True)
class Half:
    """One half of the recorded subjects: their quantiles, and simulated cases of the same people."""

    recorded: Quantiles
    room: Theatre
    cases: Case

    def simulated(self, settings: Values) -> Quantiles:
        """Return the quantiles that these settings lead to; settings left out are textbook."""
        trace = simulate(self.room, self.cases, Anaesthetist(Settings(**settings)))
        return summary(simulated(trace, self.cases.patient.covariates.weight))

    def mean_distance(self, settings: Values) -> float:
        """Return the mean distance between what these settings lead to and the recorded."""
        return distances_to(self.recorded, self.simulated(settings))["mean"]


def calibrate(config: Calibration) -> None:
    """Fit, report on the other half, write the settings file and the table of quantiles."""
    folder = data_folder(config.data)
    if (folder / "vitaldb").is_dir():
        folder = data_folder(folder / "vitaldb")
    even, odd = subjects(folder)
    training = half(folder, even, config.patients, config.seed)
    with progress(config.evaluations) as done:
        settings = fit(training, config.evaluations, done)
    unseen = half(folder, odd, config.report_patients, config.report_seed)
    shown = {
        "recorded": unseen.recorded,
        "as_recorded": unseen.simulated(settings),
        "textbook": unseen.simulated({}),
        "recorded_others": training.recorded,
    }
    table = side_by_side(shown)
    distances = {
        name: distances_to(unseen.recorded, values) for name, values in shown.items() if name != "recorded"
    }
    content = {
        "settings": settings,
        "distances": distances,
        **{name: getattr(config, name) for name in DECIDING},
        **cards.made("experiments.tuning.anaesthetist"),
    }
    path = write_run(config.out, config) / AS_RECORDED.name
    write_csv(path.with_suffix(".csv"), table)
    write_json(path, content)
    write_text(path.with_suffix(".md"), card(content))
    print(table.round(2).to_string(index=False))
    print(pd.DataFrame(distances).round(3).to_string())


def subjects(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of `cases.csv` of subjects with even and with odd numbers: nobody is in both."""
    table = read_table(folder / "cases.csv", {"caseid": TEXT, "subjectid": Number(0.0)})
    odd = table["subjectid"].to_numpy() % 2 == 1
    return np.flatnonzero(~odd), np.flatnonzero(odd)


def half(folder: Path, rows: np.ndarray, patients: int, seed: int) -> Half:
    """Return one half: recorded cases of these rows, and as many simulated patients as wanted of their people."""
    recordings = read_vitaldb(folder)
    everyone = recorded(recordings)
    kept = Record(
        everyone.interval,
        everyone.weight[rows],
        *(
            signal[:, rows]
            for signal in (everyone.bis, everyone.pressure, everyone.propofol, everyone.remifentanil)
        ),
    )
    again, within = np.divmod(np.arange(patients), len(rows))
    numbers = rows[within] + again * len(everyone.weight)
    room = Theatre(orders="targets", cohort=str(folder / "cases.csv"))
    return Half(summary(kept), room, cases(room, seed=seed, numbers=numbers))


def summary(record: Record) -> Quantiles:
    """Return the quantiles over cases of every quantity."""
    return {name: quantiles(values) for name, values in practice(record).items()}


def distances_to(recorded: Quantiles, other: Quantiles) -> dict[str, float]:
    """Return the distance of every quantity and, first, their mean."""
    single = {name: distance(other[name], recorded[name]) for name in QUANTITIES}
    return {"mean": float(np.mean(list(single.values()))), **single}


def fit(training: Half, evaluations: int, done: Progress) -> Values:
    """Return the settings of least mean distance, from the textbook's on, group by group and around again.

    COBYQA (Ragonneau & Zhang, 2024, in SciPy) models the distance by quadratics in a trust region, within
    bounds and without derivatives; a handful of settings at a time keeps it to few evaluations.
    """
    best: tuple[float, Values] = (training.mean_distance({}), {})
    for turn in range(ROUNDS):
        for group, bounds in GROUPS.items():
            share = evaluations * len(bounds) // (ROUNDS * FITTED)
            tried = search(training, best[1], bounds, share, done)
            best = min([best, *tried], key=itemgetter(0))
            done.console.print(f"round {turn + 1}, {group}: mean distance {best[0]:.4f}")
    return best[1]


def search(
    training: Half, fixed: Values, bounds: Bounds, evaluations: int, done: Progress
) -> list[tuple[float, Values]]:
    """Move one group of settings, the others `fixed` or textbook; return every distance and settings tried."""
    low, high = np.array(list(bounds.values())).T
    tried: list[tuple[float, Values]] = []

    def objective(unit: np.ndarray) -> float:
        values = low + np.clip(unit, 0.0, 1.0) * (high - low)
        named = {name: float(f"{value:.{DIGITS}g}") for name, value in zip(bounds, values, strict=True)}
        tried.append((training.mean_distance(fixed | named), fixed | named))
        done.advance(TaskID(0))
        return tried[-1][0]

    now = Settings(**fixed)
    minimize(
        objective,
        (np.array([getattr(now, name) for name in bounds]) - low) / (high - low),
        method="COBYQA",
        bounds=[(0.0, 1.0)] * len(bounds),
        options={"maxfev": evaluations, "initial_tr_radius": FIRST_STEP, "final_tr_radius": LAST_STEP},
    )
    return tried


def side_by_side(shown: dict[str, Quantiles]) -> pd.DataFrame:
    """Return one row per quantity and probability, one column per source."""
    rows = []
    for name, label in QUANTITIES.items():
        for i, probability in enumerate(PROBABILITIES):
            values = {source: quantities[name][i] for source, quantities in shown.items()}
            rows.append({"quantity": name, "label": label, "probability": probability, **values})
    return pd.DataFrame(rows)


def card(content: Mapping[str, Any]) -> str:
    """Return the card of a settings file, from its content."""
    options = " ".join(f"--{name.replace('_', '-')} {content[name]}" for name in DECIDING)
    distances = content["distances"]
    return cards.card(
        "anaesthetist_as_recorded",
        "Habits of the rule-based anaesthetist, fitted to how recorded cases went; settings left out are textbook.",
        content,
        f"python -m experiments.tuning.anaesthetist --data DIR {options}",
        f"VitalDB (Lee HC, Sci Data 2022;9:279; not to be redistributed): fitted with {content['patients']} simulated "
        f"cases to subjects of even number, scored with {content['report_patients']} others on those of odd number",
        "distance of quantiles over cases to those recorded of subjects that the fit has not seen; 0 is alike, and "
        "recorded_others is what the recorded subjects of the fit come to",
        [
            f"| quantity | {' | '.join(distances)} |",
            "|---|" + "---|" * len(distances),
            *(
                f"| {quantity} | {' | '.join(f'{values[quantity]:.3f}' for values in distances.values())} |"
                for quantity in ("mean", *QUANTITIES)
            ),
        ],
    )


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """Show how far the fit has come."""
    with Progress() as bar:
        bar.add_task("calibrating", total=total)
        yield bar


if __name__ == "__main__":
    run(calibrate, Calibration)
