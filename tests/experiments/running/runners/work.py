"""What workers do in the tests; they import nothing else of them, which would take longer."""

from __future__ import annotations

import os
import signal
import time
import warnings

from experiments.running.runners.workers import THREADS

LONG = 6000  # tenths of a second: on a busy machine, Ray alone may take half a minute to begin


def square(part, report):
    for done in (0.25, 0.5):
        report(done)
    return part * part


def fail_or_last(part, report):
    if part == "fails":
        raise ValueError("patients: 0 is not allowed")
    for tenth in range(1, LONG):
        time.sleep(0.1)
        report(tenth / LONG)


def complain(part, report):
    warnings.warn("age: outside the range of the model", UserWarning, stacklevel=1)


def surroundings(part, report):
    return {os.environ[name] for name in THREADS}, signal.getsignal(signal.SIGINT)


def die(part, report):
    os.kill(os.getpid(), signal.SIGKILL)


def take_two_seconds(part, report):
    for tenth in range(20):
        time.sleep(0.1)
        report(tenth / 20)
    return part
