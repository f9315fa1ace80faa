"""What is asked of a run, and the cases it is asked of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from experiments.judging.splits import SEED, split
from experiments.recorded.recordings import SIGNALS, vitaldb_folder
from experiments.running.runners import PROCESSES, runner
from experiments.sites import SITES
from experiments.sites.purposes import seed_for
from experiments.sites.recorded import read_cases
from predictors.depth.phases import first_propofol, last_propofol
from predictors.learning.cases import Cases
from predictors.twins.deviates import Deviates
from predictors.twins.posterior import Model
from predictors.twins.wander import read_wander
from sim.settings import Models

SITE = "recorded"  # of simulated cases
FEWEST = 60  # readings of the index (10 min) that a twin needs: told, and to be judged on


@dataclass(frozen=True)
class Twin:
    """Fit a patient to the first part of each case, foretell the rest, and let an agent treat the patient.

    Writes tables, report.md and pictures. A twin is a fitted model, no proof of what would have happened, and not for
    care. Running it again with the same options continues an interrupted run.

    Attributes:
        data: folder of recorded cases, or one with `vitaldb` in it; default: ANESTHESIA_DATA, else ../shared/data.
        simulated: this many simulated cases instead.
        case: ids of the cases, whatever their part; all of the part if none is named.
        part: whose recorded cases: train, validation, or test, which is sealed: once, at the end.
        told: share of the time from the first propofol to the last that a twin is fitted to.
        agent: who treats the twins: a name (python -m experiments.list --kind agent), or NAME@PATH.
        shown: cases that are drawn and treated, at even steps of the error; all that are named.
        models: what is believed of people before anything is seen of them.
        seed: of chance.
        runner: who fits: here, processes, or ray (a cluster).
        workers: parts at a time.
        json: file for every figure.
        out: folder of the results.
    """

    data: Path | None = None
    simulated: int = 0
    case: tuple[str, ...] = ()
    part: Literal["train", "validation", "test"] = "validation"
    told: float = 0.5
    agent: str = "anaesthetist_textbook"
    shown: int = 4
    models: Models = field(default_factory=Models)
    seed: int = 0
    runner: str = PROCESSES
    workers: int = 2
    json: Path | None = None
    out: Path = Path("results/twin")

    def __post_init__(self) -> None:
        if not 0.1 <= self.told <= 0.9:
            raise ValueError(f"told: {self.told:g} is not allowed; 0.1 to 0.9")
        for name in ("simulated", "shown"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; 0 or more")
        runner(self.runner, self.workers)
        if self.simulated and (self.data or self.case):
            raise ValueError("simulated: not allowed together with data or case; one or the other")

    @property
    def model(self) -> Model:
        """What is believed of everybody."""
        return Model(Deviates(self.models), read_wander()["bis"])


def read(config: Twin) -> Cases:
    """Return the cases that were asked for.

    Raises:
        ValueError: no such case, too few subjects to part, or a folder that cannot be used.
        OSError: a missing file.
    """
    if config.simulated:
        return SITES.get(SITE).cases(config.simulated, seed_for("test", config.seed))
    cases, _ = read_cases(vitaldb_folder(config.data))
    if not config.case:
        return cases.select(split(cases, SEED)[config.part])
    rows = []
    for name in dict.fromkeys(config.case):
        found = np.flatnonzero(cases.who.astype(str) == name)
        if len(found) == 0:
            some = ", ".join(map(str, cases.who[:3]))
            raise ValueError(f"case: {name!r} is not among the {cases.count} usable cases ({some}, ...)")
        rows.append(int(found[0]))
    return cases.select(np.array(rows))


def sources(config: Twin) -> list[Path]:
    """Return the files that the cases come from."""
    if config.simulated:
        return []
    folder = vitaldb_folder(config.data)
    named = ("cases.csv", *SIGNALS)
    return [path for path in sorted(folder.iterdir()) if path.name in named or path.suffix == ".vital"]


def told_until(cases: Cases, share: float) -> np.ndarray:
    """Return the sample from which on nothing is told, (cases,)."""
    first, last = first_propofol(cases), last_propofol(cases)
    return np.round(first + share * (last + 1 - first)).astype(int)


def usable(cases: Cases, until: np.ndarray, named: bool) -> np.ndarray:
    """Return which cases have an index on both sides, bool.

    Raises:
        ValueError: one that was named has not, or nobody has.
    """
    shown = np.isfinite(cases["bis"])
    sample = np.arange(len(shown))[:, None]
    counts = {
        "before": (shown & (sample < until) & (sample >= first_propofol(cases))).sum(axis=0),
        "after": (shown & (sample >= until)).sum(axis=0),
    }
    good = np.all([count >= FEWEST for count in counts.values()], axis=0)
    for side, count in counts.items():
        if named and (count < FEWEST).any():
            row = int((count < FEWEST).argmax())
            raise ValueError(
                f"case: {cases.who[row]} has {count[row]} readings of the index {side} minute "
                f"{until[row] / 6:.0f}, where its twin stops being told; {FEWEST} or more are needed"
            )
    if not good.any():
        raise ValueError(
            f"data: no case has {FEWEST} readings of the index in its first part and in the rest"
        )
    return good
