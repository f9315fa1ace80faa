"""Recordings as EDF+ files (Kemp & Olivan, Clin Neurophysiol 2003;114:1755): waves, trends once a second, events.

EDF knows no gaps: a trend that shows nothing is at its lowest value, which lies below every real one.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np

from experiments.running.results import atomic
from experiments.waves.writing.tracks import LARGEST, Recording, Trend, Wave

DATE, TIME = datetime.date(2000, 1, 1), datetime.time(8, 0, 0)
NOTHING = -1.0  # where a trend shows nothing; none is negative
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
        limits = tuple(_short(step * wave.resolution) for step in (-LARGEST - 1, LARGEST))
        signals.append(
            EdfSignal.from_digital(
                wave.steps,
                wave.rate,
                label=wave.channel,
                physical_dimension=_ascii(wave.unit),
                physical_range=(limits[0], limits[1]),
                digital_range=(-LARGEST - 1, LARGEST),
            )
        )
    for name, trend in recording.trends.items():
        whole = np.repeat(trend.values, round(trend.interval))[: recording.seconds]
        highest = _highest(trend)
        values = np.clip(np.where(np.isfinite(whole), whole, NOTHING), NOTHING, highest)
        signals.append(
            EdfSignal(
                values,
                1.0,
                label=name.partition("/")[2] or name,
                physical_dimension=_ascii(trend.unit),
                physical_range=(NOTHING, highest),
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
    return track.resolution if isinstance(track, Wave) else (_highest(track) - NOTHING) / STEPS


def _highest(trend: Trend) -> float:
    """Return a round upper end above all there is: EDF headers have eight letters for it."""
    top = float(np.nanmax(trend.values, initial=trend.shown[1]))
    return float(np.ceil(max(top, trend.shown[1])))


def _ascii(unit: str) -> str:
    return unit.replace("µ", "u").replace("·", ".")


def _short(value: float) -> float:
    """Return a value of at most eight letters, as EDF headers hold."""
    return float(f"{value:.8g}"[:8])
