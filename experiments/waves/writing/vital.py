"""Recordings as .vital files, through the package that VitalDB publishes: waves as 16-bit samples, gaps as gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.running.results import atomic
from experiments.waves.writing.tracks import Recording, Trend, Wave

BEGINNING = 946_713_600.0  # 2000-01-01 08:00 UTC, as good as any
SHORT = 5  # the file's code for 16-bit samples with a sign
EVENTS = "EVENT"
COMPRESSION = 4  # of gzip: the last percent would take most of the time


def write_vital(path: Path, recording: Recording) -> None:
    """Write a recording, whole or not at all.

    Raises:
        ValueError: the package vitaldb is missing.
        OSError: the disk.
    """
    try:
        from vitaldb import VitalFile
    except ImportError:
        raise ValueError(
            "format: vital needs the package vitaldb, which is not installed; pip install 'anesthesia-testbed[data]'"
        ) from None
    file = VitalFile()
    file.dtstart, file.dtend = BEGINNING, BEGINNING + recording.seconds
    for name, wave in recording.waves.items():
        _add_wave(file, name, wave)
    for name, trend in recording.trends.items():
        if records := _records(trend):
            file.add_track(name, records, 0, trend.unit, *trend.shown)
    if recording.events:
        events = [{"dt": BEGINNING + event.time, "val": event.text} for event in recording.events]
        file.add_track(EVENTS, events)
    with atomic(path) as partial:
        if not file.to_vital(str(partial), COMPRESSION):
            raise OSError(f"{path}: could not be written")


def _add_wave(file: object, name: str, wave: Wave) -> None:
    """Add samples of 16 bits: the package's own `add_track` knows single precision only."""
    track = file.add_track(name, [{"dt": BEGINNING, "val": wave.steps}], wave.rate, wave.unit, *wave.shown)  # type: ignore[attr-defined]
    track.fmt, track.gain, track.offset = SHORT, wave.resolution, 0.0


def _records(trend: Trend) -> list[dict[str, float]]:
    known = np.flatnonzero(np.isfinite(trend.values))
    return [{"dt": BEGINNING + trend.interval * row, "val": float(trend.values[row])} for row in known]
