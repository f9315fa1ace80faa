"""Files that EEG is kept in: .vital, EDF and BDF, MATLAB, and columns of text."""

from __future__ import annotations

import csv
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.waves.reading.channel import Channel, agreed, chosen, in_microvolts, required

WAVE = 1  # type of a track of samples
TIMES = ("time", "time_s", "seconds", "t")  # columns that are no channel


def read(path: Path, channel: str = "", rate: float | None = None, unit: str | None = None) -> Channel:
    """Return a channel of a recording.

    Args:
        path: .vital, .edf, .bdf, .mat or .csv.
        channel: name, or number from 1; empty where there is one only.
        rate: samples a second; needed where the file does not say.
        unit: of the samples; default what the file says, else µV.

    Raises:
        ValueError: where the file cannot be read, has no such channel, or it cannot be an EEG; see
            `experiments.waves.reading.channel`.
        OSError: where there is no such file.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"recording: {path.name} is not allowed; {', '.join(READERS)}")
    if rate is not None and not rate > 0.0:
        raise ValueError(f"rate: {rate:g} is not allowed; samples a second")
    with path.open("rb") as file:
        if not file.read(1):
            raise ValueError(f"recording: {path.name} is empty")
    name, samples, found, its_unit = reader(path, channel, rate)
    return in_microvolts(name, samples, found, unit or its_unit)


def _vital(path: Path, channel: str, rate: float | None) -> tuple[str, Any, float, str]:
    vital_file = _library("vitaldb").VitalFile
    tracks = _whole(path, lambda: vital_file(str(path), header_only=True)).trks
    waves = [name for name, track in tracks.items() if track.type == WAVE]
    if channel in tracks and channel not in waves:
        raise ValueError(f"channel: {channel} is no waveform; there are {', '.join(waves)}")
    name = waves[chosen(waves, channel, "waveform")]
    file = _whole(path, lambda: vital_file(str(path), track_names=[name]))
    track = file.find_track(name)
    found = agreed(track.srate, rate)
    samples = file.get_track_samples(name, 1.0 / found)
    return name, samples, found, track.unit or "µV"


def _edf(path: Path, channel: str, rate: float | None) -> tuple[str, Any, float, str]:
    library = _library("edfio")
    reader = library.read_bdf if path.suffix.lower() == ".bdf" else library.read_edf
    file = _whole(path, lambda: reader(path))
    signals = [signal for signal in file.signals if "Annotations" not in signal.label]
    signal = signals[chosen([one.label for one in signals], channel)]
    samples = _whole(path, lambda: np.array(signal.data))
    return signal.label, samples, agreed(signal.sampling_frequency, rate), signal.physical_dimension


def _matlab(path: Path, channel: str, rate: float | None) -> tuple[str, Any, float, str]:
    content = _whole(path, lambda: _library("scipy.io").loadmat(path))
    columns: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and value.ndim == 2 and value.size > 1:
            rows = value if value.shape[0] <= value.shape[1] else value.T  # the longer way is time
            many = len(rows) > 1
            columns |= {f"{name}.{i + 1}" if many else name: row for i, row in enumerate(rows)}
    names = [name for name in columns if name not in TIMES]
    name = names[chosen(names, channel)]
    return name, columns[name], required(rate, "a .mat file"), "µV"


def _columns(path: Path, channel: str, rate: float | None) -> tuple[str, Any, float, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = [name.strip() for name in next(csv.reader(file), [])]
    if any(_number(name) for name in header):
        raise ValueError(
            f"recording: {path.name} begins with {header[0]!r}; its first line must name the channels"
        )
    names = [name for name in header if name.lower() not in TIMES]
    name = names[chosen(names, channel)]
    table = _whole(
        path, lambda: pd.read_csv(path, usecols=[header.index(name)], skipinitialspace=True, dtype=str)
    )
    samples = pd.to_numeric(table.iloc[:, 0], errors="coerce").to_numpy(dtype=float)
    return name, samples, required(rate, "a .csv file"), "µV"


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _whole(path: Path, reading: Callable[[], Any]) -> Any:
    """Return what is read; whatever a library says of a file that is not whole becomes one line."""
    try:
        return reading()
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # no permission, a broken disk
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"recording: {path.name} cannot be read ({reason}); is it whole?") from error


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ValueError(
            f"recording: {name} is not installed; pip install 'anesthesia-testbed[data]'"
        ) from error


READERS: dict[str, Callable[[Path, str, float | None], tuple[str, Any, float, str]]] = {
    ".vital": _vital,
    ".edf": _edf,
    ".bdf": _edf,
    ".mat": _matlab,
    ".csv": _columns,
}
