"""A system from first to last: phantoms, learners, what they say, scores, report and plates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import torch
from rich.console import Console
from rich.progress import Progress, TaskID
from torch import nn

from experiments.imaging import IMAGE_SYSTEMS, compared, page, shifting
from experiments.imaging.contract import HOME, OWN, SHIFTED, Answer, Lessons, Said, System, phantoms
from experiments.imaging.judging import judged
from experiments.imaging.measures import pooled
from experiments.imaging.own import folder
from experiments.recorded.tables import require_known
from experiments.running.results import write_csv, write_figure, write_json, write_run, write_text
from experiments.sites.purposes import seed_for
from predictors.imaging import shipped
from sim.arrays import map_arrays
from sim.imaging.phantoms import Phantoms

EXAMPLES, FILMS = 10, 2  # phantoms that are written as own images are read: of stills, and of films
SMALLEST, STRIDE = 16, 8  # pixels; networks halve images up to three times


@dataclass(frozen=True)
class Imaging:
    """Learn what images show from phantoms whose answer is known, and judge it on others.

    Attributes:
        system: which, by name.
        learners: who learns, by name; everybody by default, with weights the system's main learner alone.
        steps: of learning; the system's number by default.
        test: images that are judged; the system's number by default.
        size: pixels of height and width, a multiple of 8; the system's number by default.
        trainings: of everybody, each from other phantoms.
        shifts: sets of phantoms on the way from home to another machine that are judged and drawn, too.
        weights: what the system's main learner answers with instead of learning: shipped, or a file; it learns by
            default.
        images: folder of own images, png and json, or of own films, that are judged, too; none by default.
        seed: of phantoms, learners and resampling.
        device: where to compute: cpu or cuda.
        out: folder of the results.
    """

    system: str
    learners: tuple[str, ...] = ()
    steps: int = 0
    test: int = 0
    size: int = 0
    trainings: int = 3
    shifts: int = 0
    weights: str = ""
    images: Path | None = None
    seed: int = 0
    device: str = "cpu"
    out: Path = Path("results/imaging")

    def check(self, system: System) -> None:
        """Raise ValueError on the first bad option."""
        for name in self.learners:
            if name not in system.learners:
                raise ValueError(f"learners: {name!r} is not allowed; {', '.join(system.learners)}")
        for field, value, lowest in (
            ("steps", self.steps or 1, 1),
            ("test", self.test or 10, 10),
            ("trainings", self.trainings, 1),
            ("shifts", self.shifts, 0),
        ):
            if value < lowest:
                raise ValueError(f"{field}: {value} is not allowed; {lowest} or more")
        size = self.size or system.size
        if size < SMALLEST or size % STRIDE:
            raise ValueError(
                f"size: {size} is not allowed; a multiple of {STRIDE}, {SMALLEST} or more, in pixels"
            )
        if self.weights:
            shipped.located(self.weights, system.name)
            if self.learners and system.shown not in self.learners:
                raise ValueError(f"weights: they are of {system.shown}, which is not among learners")
        seed_for("test", self.seed)
        try:
            torch.zeros(1, device=self.device)
        except (RuntimeError, AssertionError):
            raise ValueError(
                f"device: {self.device!r} is not allowed; cpu, or one that torch finds here"
            ) from None

    def again(self, system: System) -> str:
        """Return the options by which the system's main learner learns the same again."""
        size, steps, test = (
            getattr(self, name) or getattr(system, name) for name in ("size", "steps", "test")
        )
        own = f"--learners {system.shown} --trainings {self.trainings}"
        return f"{own} --size {size} --steps {steps} --test {test} --seed {self.seed}"


def study(config: Imaging) -> None:
    """Do it all. Raises ValueError on a bad option; nothing has been written then."""
    require_known("system", config.system, IMAGE_SYSTEMS)
    system: System = IMAGE_SYSTEMS.get(config.system)
    config.check(system)
    count, seed = config.test or system.test, seed_for("test", config.seed)
    size = config.size or system.size
    between = shifting.ways(config.shifts)

    def made(share: float) -> Phantoms:
        return phantoms(system.generate, seed, np.arange(count), size, share, config.device)

    given = {OWN: _own(system, config)} if config.images else {}  # before phantoms are made: it may be wrong
    tests = {HOME: made(0.0), SHIFTED: made(1.0), **given}
    way = {**tests, **{where: made(share) for where, share in between.items()}}
    networks: list[nn.Module] = []
    spent: list[dict[str, Any]] = []
    said = learned(system, config, way, networks, spent)
    rows = [
        row
        for where, test in tests.items()
        for judge in (judged, pooled.scores)
        for row in judge(known(system) if where == OWN else system, where, test, said, config.seed)
    ]
    write_run(config.out, config)
    write_csv(config.out / "scores.csv", pd.DataFrame(rows))
    compared.write(config.out, system, tests, said, spent, config.seed)
    shares = {HOME: 0.0, **between, SHIFTED: 1.0}
    curve = shifting.shifted(system, way, shares, said, config.seed)
    write_csv(config.out / "shift.csv", curve)
    write_figure(config.out / "shift.png", shifting.drawn(system, curve))
    if len(networks) == 1 and not config.weights:
        shipped.save(networks[0], system.name, config.out / f"{system.name}.safetensors")
        write_text(
            config.out / f"{system.name}.md", page.card(system, config.out, config.again(system), networks[0])
        )
    write_json(config.out / "phantoms.json", {where: digest(test) for where, test in tests.items()})
    write_text(config.out / "report.md", page.report(system, config.out, compared.report(system, config.out)))
    if (form := system.own) is not None:
        few = EXAMPLES if form.frames is None else FILMS
        folder.write(
            config.out / "images" / system.name, form, map_arrays(lambda one: one[:few], tests[HOME])
        )
    if system.shown in said:
        for name, picture in (system.pictures or {"plate": page.plate}).items():
            write_figure(config.out / f"{name}.png", picture(system, tests, said))


def _own(system: System, config: Imaging) -> Phantoms:
    """Return somebody's own images. Raises ValueError on what is not as it should be."""
    if system.own is None or config.images is None:
        raise ValueError(
            f"images: {system.name} is not allowed; a system that says how own images are described"
        )
    found = folder.read(config.images, system.own, config.size or system.size)
    return map_arrays(lambda one: one.to(config.device), found)


def known(system: System) -> System:
    """Return a system with what can be judged on images of which no more is known than their form asks."""
    unknown = system.own.unknown if system.own else ()
    return replace(
        system,
        measures={name: one for name, one in system.measures.items() if name not in unknown},
        pooled={name: one for name, one in system.pooled.items() if name not in unknown},
    )


def learned(
    system: System,
    config: Imaging,
    tests: Mapping[str, Phantoms],
    networks: list[nn.Module] | None = None,
    spent: list[dict[str, Any]] | None = None,
) -> dict[str, list[dict[str, Said]]]:
    """Return what each learner says after each training: learner -> training -> where -> said.

    The networks of the main learner's first training are put into `networks`, and into `spent` which learner
    answered of how many images in how many seconds of a processor, lessons left out.
    """
    wanted = config.learners or ((system.shown,) if config.weights else (*system.learners,))
    names = [name for name in system.learners if name in (*wanted, system.naive)]
    marking = system.own.marking if system.own else ()
    found: dict[str, list[dict[str, Said]]] = {name: [] for name in names}
    torch.set_num_threads(1)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("learning", total=len(names) * config.trainings)
        for training in range(config.trainings):
            for name in names:
                begun = bar.tasks[line].completed
                bar.update(line, description=name)
                kept = networks if name == system.shown and training == 0 else None
                answer = taught(system, name, config, training, partial(_show, bar, line, begun), kept)
                clock = process_time()
                with torch.no_grad():
                    seen = {
                        where: test for where, test in tests.items() if where != OWN or name not in marking
                    }
                    found[name].append({where: answer(test) for where, test in seen.items()})
                if spent is not None:
                    count = sum(test.images.shape[:-2].numel() for test in seen.values())
                    spent.append({"learner": name, "images": count, "seconds": process_time() - clock})
                bar.update(line, completed=begun + 1)
    return found


def taught(
    system: System,
    learner: str,
    config: Imaging,
    training: int,
    report: Callable[[float], None],
    networks: list[nn.Module] | None = None,
) -> Answer:
    """Return what a learner says of images once it has learned; `report` is told how far it is, 0 to 1."""
    known = (
        shipped.located(config.weights, system.name) if config.weights and learner == system.shown else None
    )
    lessons = Lessons(
        system.taught or system.generate,
        config.size or system.size,
        config.steps or system.steps,
        system.batch,
        seed_for("training", config.seed) + training,
        config.device,
        report,
        known,
        [] if networks is None else networks,
    )
    torch.manual_seed(lessons.seed)
    return system.learners[learner](lessons)


def _show(bar: Progress, line: TaskID, begun: float, share: float) -> None:
    bar.update(line, completed=begun + share)


def digest(test: Phantoms) -> str:
    """Return a hash of images as grey of 8 bits: the same generator, seed and count have the same."""
    grey = (255.0 * test.images).round().to(torch.uint8).cpu().numpy()
    return hashlib.sha256(grey.tobytes()).hexdigest()[:16]
