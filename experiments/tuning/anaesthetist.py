"""Fit the anaesthetist as recorded: habits from recorded decisions, then a few rounds in closed loop.

Targets that clinicians set are read off the pumps' rates, and the habits under which those decisions are most likely
are found directly (`experiments.clinicians.habits`). What simulated people show moves the dials, too; so a few rounds
of simulated cases of the same people then shift preferred targets and their spread until the doses' quantiles are the
recorded ones. Fitted on training subjects, reported on validation subjects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import Progress, TaskID

from agents.human.anaesthetist import textbook
from agents.human.as_recorded import TABLE, AsRecorded
from agents.human.habits import Habits
from experiments.clinicians import habits, rescues
from experiments.judging import splits
from experiments.population.recorded import read
from experiments.population.simulated import World, closed_loop, repeated
from experiments.recorded.practice import (
    PROBABILITIES,
    QUANTITIES,
    Record,
    distance,
    practice,
    quantiles,
)
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_json, write_run, write_text
from experiments.sites.recorded import read_cases
from experiments.tuning import cards
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim.interfaces import Agent

DECIDING = ("seed", "rounds", "patients", "report_patients")  # options
DOSES = ("propofol_mg_per_kg_h", "remifentanil_ug_per_kg_min")
FIT_SEED, REPORT_SEED = 101, 202  # of simulated patients
DAMPED = 0.7  # share of a difference in spread that one round takes away

Quantiles = dict[str, np.ndarray]


@dataclass
class Calibration:
    """Fit the anaesthetist as recorded to recorded cases and write habits, quantiles and a card.

    Attributes:
        data: folder of the real recordings; default: ANESTHESIA_DATA, or shared/data beside the checkout.
        out: folder that anaesthetist_as_recorded.json, .csv and .md (a card) are written to.
        rounds: of simulated cases that shift preferred targets.
        patients: simulated in a round.
        report_patients: simulated for the distances reported.
        seed: that decides whose cases are fitted, and whose the distances are for.
    """

    data: Path | None = None
    out: Path = Path("results/anaesthetist")
    rounds: int = 2
    patients: int = 200
    report_patients: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in {"rounds": 0, "patients": 20, "report_patients": 20, "seed": 0}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; {least} or more")


@dataclass(frozen=True)
class Part:
    """Recorded cases of some subjects: their quantiles, and cases to simulate that are like them.

    Attributes:
        recorded: quantiles.
        cases: as many as are to be simulated: same people, lengths and times of surgery.
        seed: of what is drawn.
    """

    recorded: Quantiles
    cases: Cases
    seed: int

    def simulated(self, agent: Agent) -> Quantiles:
        """Return the quantiles that an agent leads to."""
        return summary(closed_loop(self.cases, World(), self.seed, dosed_by=agent))


def calibrate(config: Calibration) -> None:
    """Fit, report on other subjects, write the table of habits and that of quantiles."""
    folder = vitaldb_folder(config.data)
    everyone, _ = read_cases(folder)
    training = everyone.select(splits.split(everyone, splits.SEED)["train"])
    lived = habits.practice(training)
    rescue = rescues.fitted(lived.cases, lived.seen, rescues.injected(folder, lived.cases.who))
    fitted = habits.fitted(lived, rescue)
    seen = part(folder, "train", config.seed, config.patients, FIT_SEED)
    with progress(config.rounds + 2) as done:
        fitted = settled(fitted, seen, config.rounds, done)
        unseen = part(folder, "validation", config.seed, config.report_patients, REPORT_SEED)
        shown = {"recorded": unseen.recorded}
        agents: dict[str, Agent] = {"as_recorded": AsRecorded(fitted), "textbook": textbook()}
        for name, agent in agents.items():
            shown[name] = unseen.simulated(agent)
            done.advance(TaskID(0))
    shown["recorded_others"] = seen.recorded
    distances = {
        name: distances_to(unseen.recorded, values) for name, values in shown.items() if name != "recorded"
    }
    content = {
        **fitted.table(),
        "distances": distances,
        **{name: getattr(config, name) for name in DECIDING},
        **cards.made("experiments.tuning.anaesthetist"),
    }
    table, path = side_by_side(shown), write_run(config.out, config) / TABLE.name
    write_csv(path.with_suffix(".csv"), table)
    write_json(path, content)
    write_text(path.with_suffix(".md"), card(content))
    print(table.round(2).to_string(index=False))
    print(pd.DataFrame(distances).round(3).to_string())


def part(folder: Path, name: str, split_seed: int, patients: int, seed: int) -> Part:
    """Return the recorded cases of a part of the subjects, with as many simulated ones as wanted of the same people.

    Args:
        folder: of the records.
        name: train, validation or test.
        split_seed: of the split.
        patients: to be simulated.
        seed: of what is drawn for them.
    """
    own = read(folder, name, split_seed)
    return Part(summary(own), repeated(own, patients, seed), seed)


def settled(fitted: Habits, seen: Part, rounds: int, done: Progress) -> Habits:
    """Return habits whose preferred targets have been shifted until simulated doses are spread as recorded ones."""
    rise, spread = np.zeros(2), np.ones(2)
    wanted = np.log([seen.recorded[name] for name in DOSES])
    for number in range(rounds):
        got = np.log(
            [seen.simulated(AsRecorded(habits.pushed(fitted, rise, spread)))[name] for name in DOSES]
        )
        off, width = wanted[:, 2] - got[:, 2], (wanted[:, -1] - wanted[:, 0]) / (got[:, -1] - got[:, 0])
        done.console.print(
            f"round {number + 1}: medians of doses off by {off.round(3)}, width {width.round(3)}"
        )
        rise, spread = rise + off, np.clip(spread * width**DAMPED, 0.1, 3.0)
        done.advance(TaskID(0))
    return habits.pushed(fitted, rise, spread)


def summary(cases: Cases) -> Quantiles:
    """Return the quantiles over cases of every quantity."""
    signals = (cases[name] for name in ("bis", "pressure", "propofol", "remifentanil"))
    record = Record(INTERVAL, cases.person.weight, *signals)
    return {name: quantiles(values) for name, values in practice(record).items()}


def distances_to(recorded: Quantiles, other: Quantiles) -> dict[str, float]:
    """Return the distance of every quantity and, first, their mean."""
    single = {name: distance(other[name], recorded[name]) for name in QUANTITIES}
    return {"mean": float(np.mean(list(single.values()))), **single}


def side_by_side(shown: dict[str, Quantiles]) -> pd.DataFrame:
    """Return one row per quantity and probability, one column per source."""
    rows = []
    for name, label in QUANTITIES.items():
        for i, probability in enumerate(PROBABILITIES):
            values = {source: quantities[name][i] for source, quantities in shown.items()}
            rows.append({"quantity": name, "label": label, "probability": probability, **values})
    return pd.DataFrame(rows)


def card(content: Mapping[str, Any]) -> str:
    """Return the card of a table of habits, from its content."""
    options = " ".join(f"--{name.replace('_', '-')} {content[name]}" for name in DECIDING)
    distances = content["distances"]
    return cards.card(
        "anaesthetist_as_recorded",
        "Habits of clinicians: rates of turning a dial, sizes of steps, temperaments, times of starting and stopping.",
        content,
        f"python -m experiments.tuning.anaesthetist --data DIR {options}",
        "VitalDB (Lee HC, Sci Data 2022;9:279; not to be redistributed): decisions of training subjects, preferred "
        f"targets shifted in {content['rounds']} rounds of {content['patients']} simulated cases of theirs, scored "
        f"with {content['report_patients']} of validation subjects",
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
