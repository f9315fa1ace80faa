"""Parts on a cluster, with Ray (Moritz, OSDI 2018)."""

from __future__ import annotations

import importlib.util
import os
import pickle
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from experiments.running import plugins
from experiments.running.runners import ATTEMPTS, REFRESH, Part, Progress, Result, Work
from experiments.running.runners.workers import ONE_THREAD, Caught, enter, environment, heard, say

ADDRESS, ANSWER = "RAY_ADDRESS", 5.0  # s, to wait for one; Ray itself waits for minutes
QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
NO_STATISTICS = {"RAY_USAGE_STATS_ENABLED": "0"}  # Ray would tell its makers


@dataclass(frozen=True)
class Cluster:
    """Parts side by side on the cluster that RAY_ADDRESS names, else on this machine, where Ray starts by itself.

    All machines need the same environment, and share the file system with the checkout, plug-ins and results. A part
    whose worker or machine is lost is begun again elsewhere.

    Attributes:
        workers: parts at a time.

    Raises:
        ValueError: Ray is not installed, or nobody answers at the address.
    """

    workers: int

    def __post_init__(self) -> None:
        if importlib.util.find_spec("ray") is None:
            raise ValueError("runner: ray is not installed; pip install 'anesthesia-testbed[ray]'")
        host, _, port = os.environ.get(ADDRESS, "").rpartition(":")
        if port.isdigit():  # else it is "auto" or "local", which Ray resolves
            try:
                socket.create_connection((host.removeprefix("ray://"), int(port)), ANSWER).close()
            except OSError as error:
                raise ValueError(f"{ADDRESS}: nobody answers at {host}:{port} ({error})") from None

    def map(self, work: Work[Part, Result], parts: Sequence[Part], progress: Progress) -> list[Result]:
        """See `Runner.map`."""
        if not parts:
            return []
        with joined(self.workers) as ray:
            board = _board(ray)
            ready = ray.put(pickle.dumps(work))
            given = {**ONE_THREAD, plugins.VARIABLE: os.environ.get(plugins.VARIABLE, "")}
            task = ray.remote(_work).options(max_retries=ATTEMPTS - 1)
            results: dict[int, Result] = {}
            said = set[tuple[type[Warning], str]]()
            missing, running = list(range(len(parts)))[::-1], dict[Any, int]()
            try:
                while missing or running:
                    while missing and len(running) < self.workers:
                        number = missing.pop()
                        running[task.remote(ready, pickle.dumps(parts[number]), number, board, given)] = (
                            number
                        )
                    ended, _ = ray.wait(list(running), timeout=REFRESH)
                    for reference in ended:
                        number = running.pop(reference)
                        results[number], caught = _result(ray, reference)
                        say(caught, said)
                        progress(number, 1.0)
                    for number, share in ray.get(board.shares.remote()).items():
                        if number in running.values():
                            progress(number, share)
            finally:
                for reference in running:
                    ray.cancel(reference)
                ray.kill(board)
        return [results[number] for number in range(len(parts))]


class Board:
    """Where workers write how far they are; an actor beside the parent."""

    def __init__(self) -> None:
        self._shares: dict[int, float] = {}

    def put(self, number: int, share: float) -> None:
        """Note the share of a part."""
        self._shares[number] = share

    def shares(self) -> dict[int, float]:
        """Return what is new since the last call."""
        new, self._shares = self._shares, {}
        return new


@contextmanager
def joined(workers: int) -> Iterator[Any]:
    """Yield Ray, connected: as it is here already, to the cluster that is named, or to one of our own."""
    import ray

    if ray.is_initialized():
        yield ray
        return
    with environment({**ONE_THREAD, **NO_STATISTICS}):
        if os.environ.get(ADDRESS):
            ray.init(**QUIET)
        else:
            ray.init("local", num_cpus=workers, include_dashboard=False, **QUIET)
    try:
        yield ray
    finally:
        ray.shutdown()


def _board(ray: Any) -> Any:
    """Return a board on this machine: it is lost only where the parent is lost, too."""
    place = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        ray.get_runtime_context().get_node_id(), soft=False
    )
    return ray.remote(Board).options(num_cpus=0, scheduling_strategy=place).remote()


def _result(ray: Any, reference: Any) -> tuple[Any, Caught]:
    """Return what a part gave, or raise what it raised."""
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        raise ChildProcessError(
            f"workers: one part was begun {ATTEMPTS} times, and its worker was lost each time "
            f"({type(error).__name__})"
        ) from None


def _work(ready: bytes, part: bytes, number: int, board: Any, given: Mapping[str, str]) -> tuple[Any, Caught]:
    """Work through a part, in a worker: plug-ins come first, what is unpickled may need them."""
    import ray

    os.environ.update(given)
    enter()
    told = 0.0

    def report(share: float) -> None:
        nonlocal told
        if time.monotonic() > told + REFRESH:
            told = time.monotonic()
            try:
                ray.get(board.put.remote(number, share))
            except ray.exceptions.RayActorError:  # the run is over, and with it the board
                raise InterruptedError("dropped") from None

    return heard(pickle.loads(ready), pickle.loads(part), report)
