"""Another simulator beside ours, where it is installed: Python Anesthesia Simulator (`python-anesthesia-simulator`).

Aubouin-Pairault, Fiacchini & Dang, J Open Source Softw 2023;8:5480. One patient, steps of a second; it is not part of
this package and under another licence (GPL), and its libraries want an older NumPy: it is timed by the interpreter of
an environment of its own. This file is what that interpreter runs, so it imports nothing of ours.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PERSON = [50.0, 170.0, 70.0, 1]  # age, height, weight, male
BATCH = 20  # steps between looks at the clock


def peer(interpreter: Path, seconds: float) -> list[dict[str, Any]]:
    """Return the median time of a simulated second, without and with recording, as rows.

    Args:
        interpreter: Python of an environment that has the package.
        seconds: wall-clock time for each measurement.

    Raises:
        ValueError: it cannot be run there, with what it says.
    """
    try:
        answer = subprocess.run(
            [interpreter, __file__, str(seconds)], capture_output=True, text=True, check=True
        )
    except OSError as error:
        raise ValueError(f"peer: {interpreter} is not allowed; a Python interpreter ({error})") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise ValueError(
            f"peer: {interpreter} is not allowed; one that has python-anesthesia-simulator ({said})"
        ) from None
    return json.loads(answer.stdout.splitlines()[-1])


def measure(seconds: float) -> list[dict[str, Any]]:
    """Time the package in this interpreter, see `peer`."""
    from python_anesthesia_simulator import Patient

    rows = []
    for recording in (False, True):
        patient = Patient(PERSON, ts=1, save_data_bool=recording)
        times: list[float] = []
        while sum(times) < seconds or len(times) < 3:
            begun = time.perf_counter()
            for _ in range(BATCH):
                patient.one_step(u_propo=0.12, u_remi=0.17, noise=True)
            times.append(time.perf_counter() - begun)
        each = 1e6 * statistics.median(times) / BATCH
        name = f"python-anesthesia-simulator, {'with' if recording else 'without'} recording"
        rows.append({"simulator": name, "microseconds_per_simulated_second": each})
    return rows


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]))))
