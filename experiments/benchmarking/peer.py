"""Another simulator beside ours, where it is installed: Python Anesthesia Simulator (`python-anesthesia-simulator`).

Aubouin-Pairault, Fiacchini & Dang, J Open Source Softw 2023;8:5480. One patient, steps of a second; it is not part of
this package and under another licence (GPL), so it is timed only if whoever runs the benchmark has installed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from experiments.benchmarking.workloads import Step

PACKAGE = "python_anesthesia_simulator"
PERSON = [50.0, 170.0, 70.0, 1]  # age, height, weight, male


def peer() -> Iterator[tuple[str, Step]]:
    """Yield what is timed: a simulated second of a patient without and with its recording; nothing if not installed."""
    try:
        patient = import_module(PACKAGE).Patient
    except ImportError:
        return
    for recording in (False, True):
        one = patient(PERSON, ts=1, save_data_bool=recording)

        def step(one=one) -> None:
            one.one_step(u_propo=0.12, u_remi=0.17, noise=True)

        yield f"python-anesthesia-simulator, {'with' if recording else 'without'} recording", step
