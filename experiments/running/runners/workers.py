"""What a worker of any kind does: it computes on one thread, knows the plug-ins, and brings its warnings home."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from experiments.running import plugins
from experiments.running.runners import Part, Report, Result, Work

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ONE_THREAD = dict.fromkeys(THREADS, "1")

Caught = list[tuple[type[Warning], str]]


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Give environment variables to the processes that are started in this block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def enter() -> None:
    """Prepare a worker: plug-ins are known, a loaded torch keeps to one thread."""
    plugins.load_named()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def heard(work: Work[Part, Result], part: Part, report: Report) -> tuple[Result, Caught]:
    """Return the result of a part, and the warnings it gave."""
    with warnings.catch_warnings(record=True) as caught:
        result = work(part, report)
    return result, [(warning.category, str(warning.message)) for warning in caught]


def say(caught: Caught, said: set[tuple[type[Warning], str]]) -> None:
    """Give the warnings of a worker that have not been given yet."""
    for category, text in caught:
        if (category, text) not in said:
            said.add((category, text))
            warnings.warn(text, category, stacklevel=3)
