"""How fast: simulated patient-seconds per second of wall clock, for NumPy and torch, one thread and all."""

from __future__ import annotations

import json
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from rich.progress import track

from experiments.running.command_line import run
from experiments.running.results import write_json, write_run
from predictors import OBSERVERS
from sim import patient as physiology
from sim import theatre
from sim.arrays import Array, map_arrays
from sim.interfaces import Observer, Orders
from sim.patient import Surroundings
from sim.pharmacokinetics.pace import prepare
from sim.theatre import Case, Theatre
from sim.theatre.rollout import cases
from sim.truth import true_bis

Step = Callable[[], None]


@dataclass
class Benchmark:
    """Measure the speed of the physiology alone, of the whole theatre, of environment steps and of observers.

    Attributes:
        patients: batch sizes.
        seconds: wall-clock time for each measurement.
        control_period: s, of the theatre and the environment.
        watched: patients that every observer is timed with.
        out: results folder.
    """

    patients: tuple[int, ...] = (1, 64, 4096, 65536)
    seconds: float = 2.0
    control_period: float = 10.0
    watched: int = 256
    out: Path = Path("results/benchmark")


def main(config: Benchmark) -> None:
    """Measure, print and save benchmark.json.

    Raises:
        ValueError: a batch size or a duration that is not positive.
    """
    if not config.patients or min(config.patients) < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; batch sizes of 1 or more")
    if config.watched < 1:
        raise ValueError(f"watched: {config.watched} is not allowed; 1 or more")
    if not config.seconds > 0.0:
        raise ValueError(f"seconds: {config.seconds} is not allowed; a positive number")
    room = Theatre(control_period=config.control_period)
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    write_run(config.out, config)
    all_threads = os.cpu_count() or 1
    rows = []
    for count in track(config.patients, description="measuring"):
        for threads in sorted({1, all_threads}):
            for library, layer, simulated, steps in workloads(room, count, threads):
                torch.set_num_threads(threads if library == "torch" else 1)
                seconds = median_time(steps, config.seconds)
                rows.append(
                    {
                        "patients": count,
                        "library": library,
                        "layer": layer,
                        "threads": threads,
                        "patient_seconds_per_second": count * simulated / seconds,
                        "microseconds_per_simulated_second": 1e6 * seconds / simulated,
                    }
                )
    torch.set_num_threads(1)
    watching = [
        {"observer": name, "patients": config.watched, "milliseconds": 1e3 * seconds}
        for name, seconds in observers(config.watched, config.seconds)
    ]
    unit = "simulated patient-seconds per second; milliseconds per update of an observer"
    write_json(config.out / "benchmark.json", {"unit": unit, "rows": rows, "observers": watching})
    print(json.dumps([*rows, *watching], indent=1))
    print(f"saved: {config.out / 'benchmark.json'}")


def workloads(room: Theatre, count: int, threads: int) -> Iterator[tuple[str, str, float, list[Step]]]:
    """Yield library, layer, simulated seconds of one step, and steps that together make the batch.

    NumPy works on one thread: on more, the batch is split, one part a thread. Torch splits its own loops.
    """
    parts = [len(part) for part in np.array_split(np.arange(count), min(threads, count))]
    sliced = [cases(room, numbers=part) for part in parts]
    whole = [_to_torch(cases(room, numbers=count))]
    for library, batches in (("numpy", sliced), ("torch", whole)):
        yield library, "physiology", room.physiology_step, [_physiology(room, case) for case in batches]
        yield library, "theatre", room.control_period, [_theatre(room, case) for case in batches]
    yield "numpy", "environment", room.control_period, [_environment(room, part) for part in parts]


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


def observers(count: int, seconds: float) -> Iterator[tuple[str, float]]:
    """Yield every observer's name and the median time of one streaming update for `count` patients, s; one thread."""
    room = Theatre()
    case = cases(room, numbers=count)
    _, seen = theatre.begin(room, case)
    for name in OBSERVERS:
        observer = OBSERVERS.get(name)()
        mind = observer.initial(case.patient.covariates)

        def step(observer: Observer = observer, mind: Any = mind) -> None:
            observer.update(mind, seen.readings)

        yield name, median_time([step], seconds)


def _physiology(room: Theatre, case: Case) -> Step:
    state = physiology.start(case.patient, room.physiology_step)
    pace = prepare(case.patient.kinetics, room.physiology_step, state.volume)
    around = Surroundings(_rates(case), 10.0 + 0.0 * state.volume, case.surgery.blunted, 0.0 * state.volume)

    def step() -> None:
        nonlocal state
        state = physiology.advance(case.patient, pace, state, around)
        true_bis(case.patient, state)

    return step


def _theatre(room: Theatre, case: Case) -> Step:
    state, _ = theatre.begin(room, case)
    rates = _rates(case)
    orders = Orders(rates, 0.0 * rates)

    def step() -> None:
        nonlocal state
        state, _ = theatre.turn(room, case, state, orders)

    return step


def _environment(room: Theatre, count: int) -> Step:
    options: dict[str, Any] = {"control_period": room.control_period, "horizon": 36000.0}
    action = np.array([6.0, 0.15], dtype=np.float32)
    if count == 1:
        env = gymnasium.make("Anesthesia-v0", **options)
        env.reset(seed=0)
        return lambda: _forget(env.step(action))
    batch = gymnasium.make_vec("Anesthesia-v0", num_envs=count, **options)
    batch.reset(seed=0)
    actions = np.tile(action, (count, 1))
    return lambda: _forget(batch.step(actions))


def _forget(answer: object) -> None:
    """Drop what a step returned."""


def _rates(case: Case) -> Array:
    weight = case.patient.covariates.weight
    zero = 0.0 * weight
    rows = [zero + 6.0 / 3600.0 * weight, zero + 0.15 / 60.0 * weight, zero]
    return np.stack(rows) if isinstance(weight, np.ndarray) else torch.stack(rows)


def _to_torch(case: Case) -> Case:
    """Move a case to torch; keys stay with NumPy, which makes the chance."""
    return map_arrays(lambda array: array if array.dtype == np.uint64 else torch.as_tensor(array), case)


if __name__ == "__main__":
    run(main, Benchmark)
