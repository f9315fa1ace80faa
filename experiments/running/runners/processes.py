"""Parts side by side in processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from experiments.running.runners import ATTEMPTS, REFRESH, Part, Progress, Result, Work
from experiments.running.runners.workers import ONE_THREAD, Caught, enter, environment, heard, say

STOP = -1  # the place that tells workers to drop what they do

_shares: Any = None  # in a worker: of every part, and whether to stop; shared with the parent


@dataclass(frozen=True)
class Processes:
    """Parts side by side in processes of one thread each, which know the plug-ins that are loaded here.

    A killed process takes the others' unfinished parts along: they are begun again. A warning of the workers is given
    once, here. Whoever is dropped learns it at the next `report`.

    Attributes:
        workers: processes.
    """

    workers: int

    def map(self, work: Work[Part, Result], parts: Sequence[Part], progress: Progress) -> list[Result]:
        """See `Runner.map`."""
        results: dict[int, Result] = {}
        said = set[tuple[type[Warning], str]]()
        losses = 0
        while len(results) < len(parts):
            before = len(results)
            try:
                self._in_a_pool(work, parts, progress, results, said)
            except BrokenProcessPool:
                losses = 1 if len(results) > before else losses + 1
                if losses == ATTEMPTS:
                    raise ChildProcessError(
                        f"workers: {ATTEMPTS} processes in a row were killed before one part was finished; "
                        "is there enough memory? Fewer workers need less"
                    ) from None
        return [results[number] for number in range(len(parts))]

    def _in_a_pool(
        self,
        work: Work[Part, Result],
        parts: Sequence[Part],
        progress: Progress,
        results: dict[int, Result],
        said: set[tuple[type[Warning], str]],
    ) -> None:
        """Add the results that are missing. Raises BrokenProcessPool when a process is lost."""
        missing = [number for number in range(len(parts)) if number not in results][::-1]
        context = multiprocessing.get_context("spawn")
        shares = context.Array("d", len(parts) + 1, lock=False)
        running: dict[Future[tuple[Result, Caught]], int] = {}
        with environment(ONE_THREAD):
            pool = ProcessPoolExecutor(min(self.workers, len(missing)), context, _enter, (shares,))
            try:
                while missing or running:
                    while missing and len(running) < 2 * self.workers:  # nobody waits for the parent
                        number = missing.pop()
                        running[pool.submit(_work, work, parts[number], number)] = number
                        progress(number, 0.0)
                    ended, _ = wait(running, REFRESH, FIRST_COMPLETED)
                    for future in sorted(ended, key=lambda future: future.exception() is not None):
                        number = running.pop(
                            future
                        )  # what was finished counts, before another's error is raised
                        results[number], caught = future.result()
                        say(caught, said)
                        progress(number, 1.0)
                    for number in running.values():
                        progress(number, shares[number])
            finally:
                shares[STOP] = 1.0
                pool.shutdown(cancel_futures=True)


def _enter(shares: Any) -> None:
    """Prepare a worker; the parent decides about Ctrl-C, and nobody goes on without it."""
    global _shares
    _shares = shares
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    enter()


def _leave_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(work: Work[Part, Result], part: Part, number: int) -> tuple[Result, Caught]:
    def report(share: float) -> None:
        _shares[number] = share
        if _shares[STOP]:
            raise InterruptedError("dropped")

    return heard(work, part, report)
