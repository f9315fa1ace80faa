"""Pain seen in a face, and treated: awake patients after surgery get fentanyl from who watches, asks, or does neither.

    python -m experiments.guided.recovery
    python -m experiments.guided.recovery --block 0.8

An assumption, not a measurement: how much patients hurt, what of it their faces show, what fentanyl leaves of it and
from where on it depresses breathing are declared (`sim.recovery`, `sim.imaging.faces`). A learner of
`experiments.imaging --system faces` is trained in the run, and sees a drawn picture of every patient each minute; who
seems to hurt gets 50 µg, ten minutes apart at least. Each watcher's threshold is chosen on other people. Beside them
stand who asks the patients, who reads every face as it was drawn, fixed times, nobody; and beside each who gives
everybody alike what it gave on average. Results: cases.csv, effects.csv, courses.csv, watchers.csv, report.md and
recovery.png.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rich.console import Console
from rich.progress import track
from sklearn.metrics import roc_auc_score

from experiments.guided import relief, relief_page
from experiments.guided.relief import ASKED, CODER, NOBODY
from experiments.guided.watching import (
    LOOKS,
    alike,
    coded,
    every,
    nothing,
    read,
    ruled,
    says,
    scores,
    seen,
    threshold,
    watched,
)
from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.contract import HOME, SHIFTED
from experiments.imaging.study import Imaging, taught
from experiments.loop.evaluation import Evaluation, admitted
from experiments.running.command_line import run, show_report
from experiments.running.results import write_csv, write_figure, write_run, write_text
from experiments.sites.purposes import seed_for
from sim.recovery.course import Awake, Course, awake, recover
from sim.recovery.pain import MODERATE

FIXED = 10, 20, 30, 60  # min
PLACES = {HOME: False, SHIFTED: True}
OTHERS = "others"  # on whom thresholds are chosen
Arms = Mapping[str, list[Course]]  # arm -> training


@dataclass(frozen=True)
class Recovery:
    """Compare who treats the pain of awake patients.

    Attributes:
        learners: of faces, by name.
        patients: how many.
        minutes: from emergence on.
        trainings: of each learner; a patient's result is the mean over them.
        steps: of learning; the system's number by default.
        block: quality of everybody's regional block, 0 to 1, which still works.
        seed: of patients, pain, pictures, learners and resampling.
        out: folder of the results.
    """

    learners: tuple[str, ...] = ("gradients_svm", "cdbn_svm", "network")
    patients: int = 100
    minutes: int = 120
    trainings: int = 3
    steps: int = 0
    block: float = 0.0
    seed: int = 0
    out: Path = Path("results/recovery")

    def __post_init__(self) -> None:
        for name, least in (("patients", 2), ("minutes", 10)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; {least} or more")

    def imaging(self) -> Imaging:
        """Return how the learners learn. Raises ValueError on a bad option."""
        asked = Imaging("faces", self.learners, self.steps, trainings=self.trainings, seed=self.seed)
        asked.check(IMAGE_SYSTEMS.get("faces"))
        return asked

    def people(self, seed: int) -> Awake:
        """Return patients after emergence."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
            case = admitted(Evaluation(seed=seed, block=self.block), np.arange(self.patients))
        return awake(case, self.minutes)


def main(config: Recovery, console: Console | None = None) -> None:
    """Learn, watch, treat, save, print. Raises ValueError naming an option that is not allowed."""
    imaging = config.imaging()
    patients, others = config.people(config.seed), config.people(seed_for("validation", config.seed))
    arms: dict[str, list[Course]] = {NOBODY: [recover(patients, nothing)]}
    arms |= {f"every {minutes} min": [recover(patients, every(minutes))] for minutes in FIXED}
    arms[ASKED] = [recover(patients, ruled(says, MODERATE))]
    learned = recover(others, ruled(says, MODERATE))
    pictures = {OTHERS: seen(others, learned, False)}
    pictures |= {where: seen(patients, arms[ASKED][0], shifted) for where, shifted in PLACES.items()}
    pain = {OTHERS: learned.pain, **dict.fromkeys(PLACES, arms[ASKED][0].pain)}
    torch.set_num_threads(1)
    work = [
        (CODER, 0),
        *((name, training) for training in range(config.trainings) for name in config.learners),
    ]
    watchers = []
    for name, training in track(work, "watching", console=Console(stderr=True), transient=True):
        reader = (
            coded
            if name == CODER
            else read(taught(IMAGE_SYSTEMS.get("faces"), name, imaging, training, lambda share: None))
        )
        said = {where: scores([reader(one) for one in shown]) for where, shown in pictures.items()}
        chosen = threshold(said[OTHERS], pain[OTHERS])
        areas = {f"auc_{where}": area(said[where], pain[where]) for where in pictures}
        watchers.append({"watcher": name, "training": training, "threshold": chosen, **areas})
        for where, shifted in PLACES.items() if name != CODER else [(HOME, False)]:
            dose = ruled(watched(reader, patients, shifted), chosen, LOOKS)
            arms.setdefault(name if name == CODER else f"{name}, {where}", []).append(recover(patients, dose))
    out = write_run(config.out, config)
    cases = relief.cases(
        arms, {arm: [recover(patients, alike(one)) for one in own] for arm, own in arms.items()}
    )
    write_csv(out / "watchers.csv", pd.DataFrame(watchers))
    write_csv(out / "cases.csv", cases)
    write_csv(out / "effects.csv", relief.effects(cases, ASKED, config.seed))
    write_csv(out / "courses.csv", relief.over_time(arms))
    write_text(out / "report.md", relief_page.report(out))
    write_figure(out / "recovery.png", relief_page.draw(out, patients))
    show_report(out, console or Console())


def area(said: np.ndarray, hurts: np.ndarray) -> float:
    """Return the area under the curve of telling pain to be treated from less, (minutes, patients) each."""
    return float(roc_auc_score((hurts >= MODERATE).ravel(), said.ravel()))


if __name__ == "__main__":
    run(main, Recovery)
