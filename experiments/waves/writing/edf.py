"""Recordings as EDF+ files (Kemp & Olivan, Clin Neurophysiol 2003;114:1755): waves, trends once a second, events.

EDF knows no gaps: where a trend shows nothing it is at its physical minimum, which lies below every real value.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np

from experiments.running.results import atomic
from experiments.waves.writing.tracks import LARGEST, Recording, Trend, Wave

DATE, TIME = datetime.date(2000, 1, 1), datetime.time(8, 0, 0)
STEPS = 32000  # of a trend's range


def write_edf(path: Path, recording: Recording) -> None:
    """Write a recording, whole or not at all.

    Raises:
        ValueError: the package edfio is missing.
        OSError: the disk.
    """
    try:
        from edfio import Edf, EdfAnnotation, EdfSignal, Patient
        from edfio import Recording as Header
    except ImportError:
        raise ValueError(
            "format: edf needs the package edfio, which is not installed; pip install 'anesthesia-testbed[data]'"
        ) from None
    signals = []
    for wave in recording.waves.values():
        signals.append(
            EdfSignal.from_digital(
                wave.steps,
                wave.rate,
                label=wave.channel,
                physical_dimension=_ascii(wave.unit),
                physical_range=(_short(-(LARGEST + 1) * wave.resolution), _short(LARGEST * wave.resolution)),
                digital_range=(-LARGEST - 1, LARGEST),
            )
        )
    for name, trend in recording.trends.items():
        whole = np.repeat(trend.values, round(trend.interval))[: recording.seconds]
        nothing, highest = limits(trend)
        values = np.clip(np.where(np.isfinite(whole), whole, nothing), nothing, highest)
        signals.append(
            EdfSignal(
                values,
                1.0,
                label=name.partition("/")[2] or name,
                physical_dimension=_ascii(trend.unit),
                physical_range=(nothing, highest),
                digital_range=(0, STEPS),
            )
        )
    file = Edf(
        signals,
        patient=Patient(
            code=recording.name.replace(" ", "_"),
            sex=recording.sex,  # type: ignore[arg-type]
            additional=[f"{recording.age:.0f}_years", "simulated"],
        ),
        recording=Header(startdate=DATE, equipment_code="anesthesia_testbed"),
        starttime=TIME,
        data_record_duration=1.0,
        annotations=[EdfAnnotation(event.time, None, event.text) for event in recording.events],
    )
    with atomic(path) as partial:
        file.write(partial)


def resolution(track: Wave | Trend) -> float:
    """Return the step of a track in an EDF file."""
    if isinstance(track, Wave):
        return track.resolution
    nothing, highest = limits(track)
    return (highest - nothing) / STEPS


def limits(trend: Trend) -> tuple[float, float]:
    """Return round ends around all there is, the lower one below it: EDF headers have eight letters for each."""
    lowest, highest = trend.shown
    known = trend.values[np.isfinite(trend.values)]
    return float(np.floor(known.min(initial=min(lowest, 0.0))) - 1.0), float(
        np.ceil(known.max(initial=highest))
    )


def _ascii(unit: str) -> str:
    return unit.replace("µ", "u").replace("·", ".")


def _short(value: float) -> float:
    """Return a value of at most eight letters, as EDF headers hold."""
    return float(f"{value:.8g}"[:8])
