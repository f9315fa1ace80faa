"""Does the ward know recorded people? Their classes by age, and how many of them died beside how many it expects.

    python -m experiments.risk.ward.recorded --data DIR

Counts the classes of the American Society of Anesthesiologists by age, which `sim/outcomes/ward/people.py` has, and
holds the risk of death that follows from age, class and blood lost against those who died in hospital: the ward was
told nothing of them. How low their pressure was is not asked. Results: classes.csv, deaths.csv.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.judging.bootstrap import resampled
from experiments.judging.scores import SCORES
from experiments.recorded.tables import TEXT, Number, read_table
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run
from sim.outcomes.ward.links import shipped
from sim.outcomes.ward.people import CLASSES, YOUNGER_THAN, as_exposures
from sim.outcomes.ward.risk import risk

LITRE = 1000.0  # mL
COLUMNS = {
    "subjectid": TEXT,
    "age": Number(0.0, 120.0, "years"),
    "asa": Number(1.0, 6.0, optional=True),
    "intraop_ebl": Number(0.0, 1e5, "mL", optional=True),
    "death_inhosp": Number(0.0, 1.0),
}


@dataclass(frozen=True)
class Recorded:
    """Hold the ward against recorded people.

    Attributes:
        data: folder of recordings, whose `vitaldb/clinical.csv` is read.
        seed: of resampling.
        out: folder of the results.
    """

    data: Path
    seed: int = 0
    out: Path = Path("results/ward_recorded")


def main(config: Recorded) -> None:
    """Count, compare, save and print. Raises ValueError and OSError on a bad or missing table."""
    table = read_table(config.data / "vitaldb" / "clinical.csv", COLUMNS)
    known = table[table["asa"].isin(CLASSES) & (table["age"] >= 18.0)].reset_index(drop=True)
    out = write_run(config.out, config)
    write_csv(out / "classes.csv", classes(known))
    write_csv(out / "deaths.csv", deaths(known, config.seed))
    print(pd.read_csv(out / "classes.csv").round(3).to_string(index=False))
    print(pd.read_csv(out / "deaths.csv").round(3).to_string(index=False))


def classes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share of every class by age: younger_than, people, asa_1, ..., asa_4."""
    row = np.searchsorted(YOUNGER_THAN, table["age"], side="right")
    rows = []
    for place, limit in enumerate(YOUNGER_THAN):
        own = table["asa"][row == place]
        shares = {f"asa_{number}": float((own == number).mean()) for number in CLASSES}
        rows.append({"younger_than": limit, "people": len(own), **shares})
    return pd.DataFrame(rows)


def deaths(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return one row a class, and all: people, died, expected, ratio of both, AUROC; 95 % intervals over subjects."""
    lost = table["intraop_ebl"].fillna(table["intraop_ebl"].median()).to_numpy() / LITRE
    asa = table["asa"].to_numpy().astype(int)
    usual = {link.exposure: np.full(len(table), link.usual) for link in shipped() if link.done}
    people = {"age": table["age"].to_numpy(), "blood_loss": lost, **as_exposures(asa), **usual}
    expected, died = risk(shipped(), "death", people), table["death_inhosp"].to_numpy()
    subjects = np.unique(table["subjectid"], return_inverse=True)[1]
    rows = []
    for name, chosen in {"all": asa > 0, **{f"asa_{number}": asa == number for number in CLASSES}}.items():
        rows.append({"people": name, **_compared(died, expected, chosen, subjects, seed)})
    return pd.DataFrame(rows)


def _compared(
    died: np.ndarray, expected: np.ndarray, chosen: np.ndarray, subjects: np.ndarray, seed: int
) -> dict[str, float]:
    _, owner = np.unique(subjects[chosen], return_inverse=True)
    dead, awaited = (np.bincount(owner, weights=values[chosen]) for values in (died, expected))
    low, high = resampled(lambda counts: (counts @ dead) / (counts @ awaited), len(dead), seed)
    score = SCORES.get("AUROC")
    own = score.reduce(died[None], expected[None], chosen[None], subjects)
    area = score.interval(own, None, subjects, seed)
    return {
        "number": int(chosen.sum()), "died": float(dead.sum()), "expected": float(awaited.sum()),
        "ratio": float(dead.sum() / awaited.sum()), "ratio_low": low, "ratio_high": high,
        "auroc": area.estimate, "auroc_low": area.low, "auroc_high": area.high,
    }  # fmt: skip


if __name__ == "__main__":
    run(main, Recorded)
