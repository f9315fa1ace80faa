"""Simulated cases as files that the field's own tools open: .vital (VitalDB's) and EDF+.

    python -m experiments.record --patients 3 --agent anaesthetist_textbook --horizon 7200 --out results/recorded
    python -m experiments.record --patients 1 --format edf --picture

A file a case: EEG, electrocardiogram, plethysmogram and arterial pressure; what monitors make of the EEG; pressure,
heart rate, pump rates and the concentrations that pumps show, named as VitalDB names them (BIS/EEG1_WAV, BIS/BIS,
SNUADC/ART, Orchestra/PPF20_RATE ...). Tracks of the device Testbed are what no recording has: true index, true
concentrations, stimulation, and both indices of nociception. Phases of the surgery are events. `--picture` draws each
case as a clinician sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.progress import Progress

from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from experiments.running.command_line import run
from experiments.running.results import write_figure, write_run
from experiments.waves.writing.cases import TOGETHER, Tape, recordings
from experiments.waves.writing.edf import write_edf
from experiments.waves.writing.vital import write_vital
from sim.theatre import Theatre

WRITERS = {"vital": write_vital, "edf": write_edf}
MOST = 24.0 * 3600.0  # s of a case


@dataclass(frozen=True)
class Config:
    """Simulate cases under one agent and write each as the recording that a theatre would have kept.

    Attributes:
        patients: how many cases.
        agent: who doses, by name (python -m experiments.list --kind agent).
        horizon: s of a case, in whole control periods.
        bis_source: what the agent's index is made of: eeg, computed from the EEG that is recorded; or surface.
        seed: of patients, surgery and noise.
        format: of the files.
        picture: whether each case is drawn as well.
        out: folder of the files.
    """

    patients: int = 1
    agent: str = "anaesthetist_textbook"
    horizon: float = 7200.0
    bis_source: str = "eeg"
    seed: int = 0
    format: Literal["vital", "edf", "both"] = "vital"
    picture: bool = False
    out: Path = Path("results/recorded")


def main(config: Config, console: Console | None = None) -> None:
    """Simulate and write, a few cases at a time.

    Raises:
        ValueError: an option that is not allowed, or a package that is missing.
        OSError: the disk.
    """
    console = console or Console()
    room = checked(config)
    formats = [name for name in WRITERS if config.format in (name, "both")]
    write_run(config.out, config)
    turns = round(config.horizon / room.control_period)
    groups = np.array_split(np.arange(config.patients), -(-config.patients // TOGETHER))
    with Progress(console=console) as progress:
        task = progress.add_task("cases", total=turns * len(groups))
        for numbers in groups:
            for case in recordings(room, config.agent, numbers, lambda _: progress.advance(task)):
                for name in formats:
                    WRITERS[name](config.out / f"{case.name}.{name}", case)
                if config.picture:
                    from experiments.waves.writing.picture import clinicians_view

                    write_figure(config.out / f"{case.name}.png", clinicians_view(case))
    console.print(f"{config.patients} cases in {config.out}", soft_wrap=True)


def checked(config: Config) -> Evaluation:
    """Return the room and the cohort. Raises ValueError, or OSError for an agent whose weights are missing."""
    if config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    if not 0.0 < config.horizon <= MOST:
        raise ValueError(f"horizon: {config.horizon:g} is not allowed; above 0 and at most {MOST:g} s")
    room = Evaluation(
        horizon=config.horizon, bis_source=config.bis_source, seed=config.seed, waves=Tape.waves
    )
    Theatre.of(room, evaluation.agent_named(config.agent, room).orders)
    evaluation.admitted(room, np.arange(1))
    return room


if __name__ == "__main__":
    run(main, Config)
