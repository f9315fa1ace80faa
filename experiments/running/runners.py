"""Where the parts of an experiment are worked through: in this process, or side by side in processes.

A part must not depend on another of the same `map`. Work that leaves files behind need not return anything.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from experiments.running import plugins
from sim.registry import Registry

Part = TypeVar("Part")
Result = TypeVar("Result")
Report = Callable[[float], None]  # takes the share of a part that is done, 0 to 1
Work = Callable[[Part, Report], Result]
Progress = Callable[[int, float], None]  # takes the number of a part and its share

REFRESH = 0.25  # s, between looks at the workers' progress
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

RUNNERS = Registry(
    "runner", here="experiments.running.runners:Here", processes="experiments.running.runners:Processes"
)

_shares: Any = None  # in a worker: shared with the parent, see `Processes`


class Runner(Protocol):
    """Works through the parts of an experiment."""

    def map(self, work: Work[Part, Result], parts: Sequence[Part], progress: Progress) -> list[Result]:
        """Return what `work(part, report)` returns for every part, in their order.

        Args:
            work: calls `report` now and then with the share of the part that is done, 0 to 1. It, the parts and the
                results can be pickled: a function of a module, or `functools.partial` of one.
            parts: what there is to do.
            progress: called here, in the parent, with the number of a part and its share; with 1 when it is done.

        Raises:
            Exception: what `work` raises; parts that are not finished are dropped then, and on Ctrl-C.
        """


@dataclass(frozen=True)
class Here:
    """One part after the other, in this process."""

    def map(self, work: Work[Part, Result], parts: Sequence[Part], progress: Progress) -> list[Result]:
        """See `Runner.map`."""
        results = []
        for number, part in enumerate(parts):

            def report(share: float, number: int = number) -> None:
                progress(number, share)

            results.append(work(part, report))
            progress(number, 1.0)
        return results


@dataclass(frozen=True)
class Processes:
    """Parts side by side in processes of one thread each, which know the plug-ins that are loaded here.

    A warning of the workers is given once, here. Whoever is dropped learns it at the next `report`.
    """

    workers: int

    def map(self, work: Work[Part, Result], parts: Sequence[Part], progress: Progress) -> list[Result]:
        """See `Runner.map`."""
        if not parts:
            return []
        context = multiprocessing.get_context("spawn")
        shares = context.Array("d", len(parts) + 1, lock=False)  # of every part, and whether to stop
        with _one_thread():
            pool = ProcessPoolExecutor(min(self.workers, len(parts)), context, _enter, (shares,))
            try:
                futures = [pool.submit(_work, work, part, number) for number, part in enumerate(parts)]
                waiting, shown, said = set(futures), [0.0] * len(parts), set[tuple[type[Warning], str]]()
                while waiting:
                    ended, waiting = wait(waiting, REFRESH, FIRST_EXCEPTION)
                    for future in ended:
                        _say(future.result()[1], said)
                    for number, share in enumerate(shares[: len(parts)]):
                        if share != shown[number]:
                            progress(number, share)
                            shown[number] = share
                return [future.result()[0] for future in futures]
            finally:
                shares[-1] = 1.0
                pool.shutdown(cancel_futures=True)


def runner(workers: int) -> Runner:
    """Return who works through the parts with so many workers. Raises ValueError if there is none."""
    if workers < 1:
        raise ValueError(f"workers: {workers} is not allowed; 1 or more")
    return RUNNERS.get("here")() if workers == 1 else RUNNERS.get("processes")(workers)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes started in this block compute on one thread each, whatever library they load later."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _enter(shares: Any) -> None:
    """Prepare a worker: the parent decides about Ctrl-C, plug-ins are known, a loaded torch keeps to one thread."""
    global _shares
    _shares = shares
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    plugins.load_named()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _work(
    work: Work[Part, Result], part: Part, number: int
) -> tuple[Result, list[tuple[type[Warning], str]]]:
    """Return the result of a part, and the warnings it gave."""

    def report(share: float) -> None:
        _shares[number] = share
        if _shares[-1]:
            raise InterruptedError("dropped")

    with warnings.catch_warnings(record=True) as caught:
        result = work(part, report)
    _shares[number] = 1.0
    return result, [(warning.category, str(warning.message)) for warning in caught]


def _say(caught: list[tuple[type[Warning], str]], said: set[tuple[type[Warning], str]]) -> None:
    """Give the warnings of a worker that have not been given yet."""
    for category, text in caught:
        if (category, text) not in said:
            said.add((category, text))
            warnings.warn(text, category, stacklevel=3)
