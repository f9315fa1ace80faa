"""What a needle's error costs: a block guided by an image sets how much of the surgery reaches the patient.

    python -m experiments.guided.block
    python -m experiments.guided.block --agents mpc --half 4

An assumption, not a measurement: how much a block keeps away falls with the needle's distance from its target by a
declared curve (`sim.surgery.block`). The distances are not assumed: a learner of `experiments.imaging` is trained in
the run, reads an image or a film for each patient, of its own machine and of another, and is as far off as it is. All
arms meet the same patients, surgery and noise: no block, an exact one, and each learner's. Results: needles.csv (mm,
every training), cases.csv (patients, means over trainings), effects.csv (means, paired differences), courses.csv
(around the incision), report.md and block.png.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from experiments.guided import needles, page
from experiments.guided.effects import course, effects, felt, mean_of
from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.study import Imaging
from experiments.loop.evaluation import Evaluation, admitted, agent_named, equipped, label, observers
from experiments.recorded.tables import require_known
from experiments.running.command_line import run, show_report
from experiments.running.results import write_csv, write_figure, write_run, write_text
from sim.surgery.block import HALF, quality, with_block
from sim.theatre import Theatre
from sim.theatre.rollout import simulate


@dataclass(frozen=True)
class Block:
    """Compare patients whose block an image guided.

    Attributes:
        agents: who dose, as in experiments.closed_loop.
        system: who reads images: one of experiments.imaging by which a needle is guided.
        learners: its learners, by name; everybody by default.
        patients: how many.
        trainings: of each learner; a patient's result is the mean over them.
        steps: of learning; the system's number by default.
        half: mm from the target at which half of the stimulation is blocked.
        seed: of patients, surgery, noise, images, learners and resampling.
        device: where learners compute: cpu or cuda.
        out: folder of the results.
    """

    agents: tuple[str, ...] = ("anaesthetist_wide+pressure", "mpc")
    system: str = "epidural"
    learners: tuple[str, ...] = ()
    patients: int = 200
    trainings: int = 3
    steps: int = 0
    half: float = HALF
    seed: int = 0
    device: str = "cpu"
    out: Path = Path("results/block")

    def __post_init__(self) -> None:
        if self.patients < 2:
            raise ValueError(f"patients: {self.patients} is not allowed; 2 or more")
        if not 0.0 < self.half < float("inf"):
            raise ValueError(f"half: {self.half} is not allowed; a positive number of mm")
        if not self.agents:
            raise ValueError("agents: none is not allowed; at least one")

    def imaging(self) -> Imaging:
        """Return how the learners learn and whom they read. Raises ValueError on a bad option."""
        require_known("system", self.system, IMAGE_SYSTEMS)
        system = IMAGE_SYSTEMS.get(self.system)
        needles.guided(system)
        asked = Imaging(
            self.system,
            self.learners,
            self.steps,
            trainings=self.trainings,
            seed=self.seed,
            device=self.device,
        )
        asked.check(system)
        return replace(asked, test=self.patients)


def main(config: Block, console: Console | None = None) -> None:
    """Learn, place needles, simulate, save, print. Raises ValueError naming an option that is not allowed."""
    imaging = config.imaging()
    room = Evaluation(seed=config.seed)
    given = {agent: equipped(room, (agent,)) for agent in config.agents}
    ends = needles.ends(IMAGE_SYSTEMS.get(config.system), imaging)
    parts = [(agent, arm) for agent in config.agents for arm in ends]
    cases, courses = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
        for agent, arm in track(parts, "simulating", console=Console(stderr=True), transient=True):
            case, over_time = lived(given[agent], agent, ends[arm], config.half)
            named = {"agent": label(agent), "arm": arm}
            cases.append(case.assign(**named))
            courses.append(over_time.assign(**named))
    out = write_run(config.out, config)
    table = pd.concat(cases, ignore_index=True)
    write_csv(out / "needles.csv", page.long(ends))
    write_csv(out / "cases.csv", table)
    write_csv(out / "effects.csv", effects(table, config.seed))
    write_csv(out / "courses.csv", pd.concat(courses, ignore_index=True))
    write_text(out / "report.md", page.report(out))
    write_figure(out / "block.png", page.draw(out, config.half))
    show_report(out, console or Console())


def lived(given: Evaluation, agent: str, off: np.ndarray, half: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row a patient, means over trainings, and the mean course around the incision.

    Args:
        given: the room with what the agent needs.
        agent: by name.
        off: where needles ended, mm, (trainings, patients).
        half: mm at which half is blocked.
    """
    doses = agent_named(agent, given)
    trainings, patients = off.shape
    case = admitted(given, np.tile(np.arange(patients), trainings))
    case = replace(case, surgery=with_block(case.surgery, quality(off, half).ravel()))
    trace = simulate(Theatre.of(given, doses.orders), case, doses, observers(given))
    weight = case.patient.covariates.weight
    rows = felt(trace, weight, off.ravel(), half)
    mean = {name: mean_of(values.reshape(trainings, patients)) for name, values in rows.items()}
    return pd.DataFrame({"patient": np.arange(patients), **mean}), course(trace)


if __name__ == "__main__":
    run(main, Block)
