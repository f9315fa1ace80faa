"""How fast: simulated patient-seconds per second of wall clock, for every engine, one thread and all; and how alike."""

from __future__ import annotations

import json
import os
import statistics
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track

from experiments.benchmarking.agreement import agreement
from experiments.benchmarking.peer import peer
from experiments.benchmarking.training import training
from experiments.benchmarking.workloads import Step, workloads
from experiments.running.command_line import run
from experiments.running.results import write_json, write_run
from predictors import OBSERVERS
from sim import theatre
from sim.theatre import Theatre
from sim.theatre.engines import ENGINES
from sim.theatre.rollout import cases
from sim.waves import WAVES

UPDATES = 25  # of an observer at least


@dataclass
class Benchmark:
    """Measure the speed of the physiology alone, of the whole theatre, of environment steps and of observers.

    Compiling takes a minute or two for every batch size, the first time on a machine. On a GPU, torch's engines use it.

    Attributes:
        patients: batch sizes.
        engines: numpy, torch and compiled, or some of them.
        seconds: wall-clock time for each measurement.
        control_period: s, of the theatre and the environment.
        watched: patients that every observer is timed with.
        threads: numbers of threads; none are one and all.
        peer: the Python of an environment in which `python-anesthesia-simulator` is installed, to be timed beside.
        trained: patients with whom PPO is trained for some seconds by every engine; 0 leaves it out.
        compared: patients over whose cases, three hours long, the engines are compared with NumPy; 0 leaves it out.
        out: results folder.
    """

    patients: tuple[int, ...] = (1, 64, 256, 4096, 65536)
    engines: tuple[str, ...] = tuple(ENGINES)
    seconds: float = 2.0
    control_period: float = 10.0
    watched: int = 256
    threads: tuple[int, ...] = ()
    peer: Path | None = None
    trained: int = 256
    compared: int = 64
    out: Path = Path("results/benchmark")


def main(config: Benchmark) -> None:
    """Measure, print and save benchmark.json.

    Raises:
        ValueError: a batch size or a duration that is not positive.
    """
    if not config.patients or min(config.patients) < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; batch sizes of 1 or more")
    for name in config.engines:
        ENGINES.get(name)
    if config.watched < 1:
        raise ValueError(f"watched: {config.watched} is not allowed; 1 or more")
    for name in ("trained", "compared"):
        if getattr(config, name) < 0:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; 0 or more")
    if min(config.threads, default=1) < 1:
        raise ValueError(f"threads: {config.threads} is not allowed; 1 or more")
    if not config.seconds > 0.0:
        raise ValueError(f"seconds: {config.seconds} is not allowed; a positive number")
    room = Theatre(control_period=config.control_period)
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    others = peer(config.peer, config.seconds) if config.peer else []
    write_run(config.out, config)
    rows = []
    for count in track(config.patients, description="measuring"):
        for threads in config.threads or sorted({1, os.cpu_count() or 1}):
            for name, layer, simulated, steps in workloads(room, config.engines, count, threads):
                torch.set_num_threads(1 if name == "numpy" else threads)
                seconds = median_time(steps, config.seconds)
                rows.append(
                    {
                        "patients": count,
                        "engine": name,
                        "layer": layer,
                        "threads": threads,
                        "patient_seconds_per_second": count * simulated / seconds,
                        "microseconds_per_simulated_second": 1e6 * seconds / simulated,
                    }
                )
    torch.set_num_threads(1)
    found = {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "unit": "simulated patient-seconds per second; milliseconds per update of an observer; largest differences",
        "rows": rows,
        "peer": others,
        "observers": [*observers(config.watched, config.seconds)],
        "training": [*training(config.engines, config.trained)] if config.trained else [],
        "agreement": [*agreement(room, config.engines, config.compared)] if config.compared else [],
    }
    write_json(config.out / "benchmark.json", found)
    print(json.dumps(found, indent=1))
    print(f"saved: {config.out / 'benchmark.json'}")


def median_time(steps: list[Step], seconds: float) -> float:
    """Return the median time of doing all steps once, side by side if there are several."""
    with ThreadPoolExecutor(len(steps)) as pool:

        def once() -> float:
            begun = time.perf_counter()
            if len(steps) == 1:
                steps[0]()
            else:
                list(pool.map(lambda step: step(), steps))
            return time.perf_counter() - begun

        once()
        times: list[float] = []
        while sum(times) < seconds or len(times) < 3:
            times.append(once())
    return statistics.median(times)


def observers(count: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield every observer's processor time of a streaming update for `count` patients, ms; one thread.

    Memory is carried on: beside the median stands the 95th percentile, as some do more at every whole minute.
    """
    room = Theatre(waves=tuple(WAVES))
    case = cases(room, numbers=count)
    _, seen = theatre.begin(room, case)
    for name in OBSERVERS:
        observer = OBSERVERS.get(name)()
        mind = observer.initial(case.patient.covariates)

        times: list[float] = []
        while sum(times) < seconds or len(times) < UPDATES:
            begun = time.process_time()
            mind, _ = observer.update(mind, seen.readings)
            times.append(time.process_time() - begun)
        median, slow = 1e3 * np.quantile(times[1:], [0.5, 0.95])
        yield {"observer": name, "patients": count, "milliseconds": median, "p95_milliseconds": slow}


if __name__ == "__main__":
    run(main, Benchmark)
