"""What is timed: a layer of the simulator, by an engine, for so many patients on so many threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch

from sim import patient as physiology
from sim import theatre
from sim.arrays import Array, stack
from sim.interfaces import Orders
from sim.patient import Surroundings
from sim.pharmacokinetics.pace import prepare
from sim.theatre import Case, Theatre
from sim.theatre.engines import Engine, engine
from sim.theatre.rollout import cases
from sim.truth import true_bis

Step = Callable[[], None]
LARGEST_EAGER = 4096  # patients, beyond which torch operation by operation tells nothing new


class Workload(NamedTuple):
    """Steps that together make a batch, side by side if there are several, and the seconds that one simulates."""

    engine: str
    layer: str
    simulated: float
    steps: list[Step]


def workloads(room: Theatre, engines: Sequence[str], count: int, threads: int) -> Iterator[Workload]:
    """Yield everything that is timed for a batch by these engines.

    NumPy works on one thread: on more, the batch is split, one part a thread. Torch splits its own loops.
    """
    parts = [len(part) for part in np.array_split(np.arange(count), min(threads, count))]
    for name in engines:
        by, sizes = engine(name), parts if name == "numpy" else [count]
        if name == "torch" and count > LARGEST_EAGER:
            continue
        every = [cases(room, numbers=size) for size in sizes]
        if name != "compiled":
            yield Workload(
                name, "physiology", room.physiology_step, [_physiology(room, by, case) for case in every]
            )
        yield Workload(name, "theatre", room.control_period, [_theatre(room, by, case) for case in every])
        yield Workload(name, "environment", room.control_period, [_environment(room, name, n) for n in sizes])


def _physiology(room: Theatre, by: Engine, case: Case) -> Step:
    case = by.moved(case)
    state = physiology.start(case.patient, room.physiology_step)
    pace = prepare(case.patient.kinetics, room.physiology_step, state.volume)
    stimulus = 10.0 + 0.0 * state.volume
    around = Surroundings(rates(case), stimulus, case.surgery.blunted, 0.0 * state.volume)

    def step() -> None:
        nonlocal state
        state = physiology.advance(case.patient, pace, state, around)
        true_bis(case.patient, state)
        _settle()

    return step


def _theatre(room: Theatre, by: Engine, case: Case) -> Step:
    play = by.play(room, case, *theatre.begin(room, case))
    given = rates(play.case)
    orders = Orders(given, 0.0 * given)

    def step() -> None:
        play.turn(orders)
        _settle()

    return step


def _settle() -> None:
    """Wait for a GPU, which answers before it has computed."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _environment(room: Theatre, name: str, count: int) -> Step:
    options: dict[str, Any] = {"control_period": room.control_period, "horizon": 36000.0, "engine": name}
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


def rates(case: Case) -> Array:
    """Return orders that are usual in maintenance, (3, patients): 6 mg/kg/h and 0.15 µg/kg/min."""
    weight = case.patient.covariates.weight
    return stack([6.0 / 3600.0 * weight, 0.15 / 60.0 * weight, 0.0 * weight])
