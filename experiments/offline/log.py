"""Log cases as a data set in the Minari format: simulated anaesthetists' cases, or, with --data, recorded ones.

Every minute from the third to the closing: what was shown, which of 15 moves of two targets was made, how probable that
was (simulated clinicians explore with known odds), and a reward of what was shown next. Data sets of recorded cases are
yours, under the terms of your records; nothing of them belongs into the package. Minari finds a data set by its name:

    MINARI_DATASETS_PATH=results/offline/logs python -c "import minari; print(minari.load_dataset('cases-v0').spec)"
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.progress import Progress

from experiments.judging import splits
from experiments.offline import datasets
from experiments.offline.clinicians import DIALS, Policy, logged
from experiments.offline.logs import Log, join
from experiments.offline.recorded import recorded_log
from experiments.offline.simulated import Played, play
from experiments.recorded.recordings import vitaldb_folder
from experiments.running import folders, freshness
from experiments.running.command_line import run
from experiments.running.results import atomic
from experiments.sites.recorded import read_cases
from sim.plants import for_training
from sim.settings import Scenario

NAME = "cases-v0"
BATCH = 300  # cases simulated at once
PARTS = "parts"


@dataclass(frozen=True)
class Setting(Scenario):
    """Cases as they are logged.

    Attributes:
        clinicians: who doses, in turn.
        plants: whose patients, in turn, by name in `sim.plants.PLANTS`.
    """

    clinicians: tuple[str, ...] = tuple(DIALS)
    plants: tuple[str, ...] = ("recorded",)
    horizon: float = 5400.0


@dataclass(frozen=True)
class Logging(Setting):
    """Log cases as a data set in the Minari format.

    Attributes:
        patients: simulated.
        exploring: probability that a dial is turned by lot at a decision; the odds of every move are logged.
        seed: of patients, surgery, noise and chance; below 1000 is for tests.
        data: folder of real recordings, which are logged instead.
        part: of their subjects.
        out: folder of the data set `cases-v0`.
    """

    patients: int = 1000
    exploring: float = 0.1
    seed: int = 1200
    data: Path | None = None
    part: Literal["train", "validation", "test"] = "train"
    out: Path = Path("results/offline/logs")


def main(config: Logging) -> None:
    """Log, and write the data set. Raises ValueError on a bad option, or where Minari is not installed."""
    datasets.needed()
    check(config)
    files = freshness.files("experiments.offline.log", config)
    with folders.begin(config.out, config, files, results=(NAME, PARTS)):
        place = config.out / NAME
        if place.exists():
            print(f"{place}: is complete")
            return
        if config.data:
            write(config, recorded(config), "recorded clinicians, odds unknown")
            return
        played = simulated(config, config.exploring, config.patients, config.seed, config.out / PARTS)
        who = f"{', '.join(config.clinicians)}; exploring {config.exploring:g}; plants {', '.join(config.plants)}"
        write(config, played.log, who)


def check(config: Logging) -> None:
    """Raise ValueError on the first bad option."""
    if config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    if not config.clinicians:
        raise ValueError(f"clinicians: none is not allowed; {', '.join(DIALS)}")
    for name in config.clinicians:
        logged(name, config.exploring)
    for_training(config.plants)


def write(config: Logging, log: Log, who: str) -> None:
    """Write the data set and say what it holds."""
    decisions = log.there
    about = (
        "Moves of the targets of propofol and remifentanil once a minute during surgery, from what monitors and pumps "
        f"show; reward from what is shown next. {log.count} cases, {who}. Research only."
    )
    place = datasets.write(log, config.out / NAME, about, who)
    reward = log.reward[decisions].mean()
    print(f"{place}: {log.count} cases, {decisions.sum()} decisions, mean reward {reward:.3f}")


def recorded(config: Logging) -> Log:
    """Return the log of a part of recorded cases."""
    everyone, _ = read_cases(vitaldb_folder(config.data))
    return recorded_log(everyone.select(splits.split(everyone, splits.SEED)[config.part]))


def simulated(
    setting: Setting,
    exploring: float,
    patients: int,
    seed: int,
    parts: Path,
    policy: Policy | None = None,
    title: str = "logging",
) -> Played:
    """Return simulated cases, each clinician's a share of them; finished parts are kept in a folder, and used again.

    Args:
        setting: of the cases.
        exploring: probability that a dial is turned by lot.
        patients: how many, the same in each share whoever decides.
        seed: of the cases.
        parts: folder.
        policy: who decides in the place of the clinicians.
        title: of the progress bar.
    """
    parts.mkdir(parents=True, exist_ok=True)
    shares = np.array_split(np.arange(patients), len(setting.clinicians))
    work = [
        (name, numbers[first : first + BATCH])
        for name, numbers in zip(setting.clinicians, shares, strict=True)
        for first in range(0, len(numbers), BATCH)
    ]
    turns = round(setting.horizon / setting.control_period)
    found = []
    with warnings.catch_warnings(), Progress() as bar:
        warnings.simplefilter("ignore", UserWarning)  # models outside the people they were built on
        task = bar.add_task(title, total=turns * len(work))
        for number, (name, some) in enumerate(work):
            file = parts / f"{name}-{some[0]:05d}.npz"
            if not file.exists():
                agent = logged(name, exploring, policy)
                one = play(
                    setting, agent, seed, some, setting.plants, lambda turn: bar.update(task, advance=1)
                )
                with atomic(file) as partial:
                    np.savez_compressed(partial, in_range=one.in_range, **vars(one.log))
            bar.update(task, completed=(number + 1) * turns)  # also of a part that was kept
            found.append(_kept(file))
    return Played(join([one.log for one in found]), np.concatenate([one.in_range for one in found]))


def _kept(file: Path) -> Played:
    with np.load(file) as held:
        return Played(Log(*(held[name] for name in Log.__dataclass_fields__)), held["in_range"])


if __name__ == "__main__":
    run(main, Logging)
