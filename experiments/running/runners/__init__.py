"""Where the parts of an experiment are worked through: in this process, in several, or on a cluster.

A part must not depend on another of the same `map`. Work that leaves files behind need not return anything. Whoever
runs the parts, and however often a worker is lost, the results are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sim.registry import Registry

Part = TypeVar("Part")
Result = TypeVar("Result")
Report = Callable[[float], None]  # takes the share of a part that is done, 0 to 1
Work = Callable[[Part, Report], Result]
Progress = Callable[[int, float], None]  # takes the number of a part and its share

HERE, PROCESSES = "here", "processes"
RUNNERS = Registry(
    "runner",
    here="experiments.running.runners:Here",
    processes="experiments.running.runners.processes:Processes",
    ray="experiments.running.runners.cluster:Cluster",
)

REFRESH = 0.25  # s, between looks at the workers' progress
ATTEMPTS = 4  # at a part whose worker is lost each time


class Runner(Protocol):
    """Works through the parts of an experiment. An entry of `RUNNERS` is called with how many at a time."""

    def map(self, work: Work[Part, Result], parts: Sequence[Part], progress: Progress) -> list[Result]:
        """Return what `work(part, report)` returns for every part, in their order.

        Args:
            work: calls `report` now and then with the share of the part that is done, 0 to 1. It, the parts and the
                results can be pickled: a function of a module, or `functools.partial` of one.
            parts: what there is to do. One whose worker is lost (killed, or its machine gone) is worked through again.
            progress: called here, in the parent, with the number of a part and its share; with 1 when it is done.

        Raises:
            Exception: what `work` raises; parts that are not finished are dropped then, and on Ctrl-C.
            ChildProcessError: workers are lost again and again.
        """


@dataclass(frozen=True)
class Here:
    """One part after the other, in this process.

    Attributes:
        workers: how many parts at a time are allowed; it is one whatever this says.
    """

    workers: int = 1

    def map(self, work: Work[Part, Result], parts: Sequence[Part], progress: Progress) -> list[Result]:
        """See `Runner.map`."""
        results = []
        for number, part in enumerate(parts):

            def report(share: float, number: int = number) -> None:
                progress(number, share)

            results.append(work(part, report))
            progress(number, 1.0)
        return results


def runner(name: str, workers: int) -> Runner:
    """Return who works through the parts, so many at a time. One process alone is this process.

    Raises:
        ValueError: an unknown name, one that cannot run here, or no workers.
    """
    if workers < 1:
        raise ValueError(f"workers: {workers} is not allowed; 1 or more")
    return RUNNERS.get(HERE if name == PROCESSES and workers == 1 else name)(workers)
