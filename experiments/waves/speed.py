"""How fast patients are heard: waveforms, and the monitors that listen, on one core.

python -m experiments.waves.speed
python -m experiments.waves.speed --patients 64 --seconds 5
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run
from experiments.waves.listening import ADULTS, body, people
from sim.monitors.eeg.listener import Listener
from sim.randomness import case_keys
from sim.waves import WAVES
from sim.waves.drive import steady

PIECE = 10  # s, of a case that is heard at a time: a control period
DEPTH = 45.0  # index, as in maintenance
TABLE = "speed.csv"


@dataclass(frozen=True)
class Speed:
    """Time waveforms and listening monitors in pieces of ten seconds. Set OMP_NUM_THREADS=1 for one core.

    Attributes:
        patients: batch sizes.
        seconds: of processor time for each measurement.
        out: folder of the results.
    """

    patients: tuple[int, ...] = (1, 256)
    seconds: float = 3.0
    out: Path = Path("results/waves_speed")


def main(config: Speed) -> None:
    """Measure, save and print. Raises ValueError on numbers that are not positive."""
    if not config.patients or min(config.patients) < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; batch sizes of 1 or more")
    if not config.seconds > 0.0:
        raise ValueError(f"seconds: {config.seconds} is not allowed; a positive number")
    out = write_run(config.out, config)
    rows = [
        {
            "what": what,
            "patients": count,
            "patient_seconds_per_second": count * PIECE / median_time(step, config.seconds),
        }
        for count in config.patients
        for what, step in workloads(count)
    ]
    table = pd.DataFrame(rows)
    write_csv(out / TABLE, table)
    Console().print(table.round(0).to_string(index=False), highlight=False)


def workloads(count: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is timed for so many patients: a name, and a function that hears ten seconds more."""
    yield "EEG", heard(count, ("eeg",))
    yield "EEG and its index", heard(count, ("eeg",), listening=True)
    yield "EEG, ECG, pulse and pressure", heard(count, tuple(WAVES))


def heard(count: int, names: tuple[str, ...], listening: bool = False) -> Callable[[], object]:
    """Return a function that plays waves of so many people for ten seconds more, and may let a monitor listen."""
    keys = case_keys(0, np.arange(count))
    waves = {name: WAVES.get(name)(True) for name in names}
    states = {name: wave.begin(people(keys, ADULTS), keys) for name, wave in waves.items()}
    drive, ear = steady(body(np.full(count, DEPTH)), PIECE), Listener().begin(count)

    def more() -> None:
        nonlocal ear
        for name, wave in waves.items():
            states[name], samples = wave.play(states[name], drive)
            if listening:
                ear, _ = Listener().listen(ear, samples)

    return more


def median_time(step: Callable[[], object], seconds: float) -> float:
    """Return the median processor time of a step, which a busy machine does not lengthen as it does the clock's."""
    step()
    times: list[float] = []
    while sum(times) < seconds or len(times) < 3:
        begun = time.process_time()
        step()
        times.append(time.process_time() - begun)
    return statistics.median(times)


if __name__ == "__main__":
    run(main, Speed)
