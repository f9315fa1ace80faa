"""How recorded monitors err: sizes of noise, gaps and artefacts, fitted by `experiments.tuning.monitors`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.monitors.noise import Sizes
from sim.published import Together

RECORDED = Path(__file__).parents[1] / "data" / "monitors_recorded.json"


@dataclass(frozen=True)
class Episodes:
    """How often something happens, and for how long: times an hour, s."""

    per_hour: float
    seconds: float

    @property
    def pace(self) -> tuple[float, float]:
        """Both."""
        return self.per_hour, self.seconds


@dataclass(frozen=True)
class Index:
    """Attributes: noise; scale, the size of noise at 0.25, 0.75, ... 99.75 as a share of the usual one; repeats, the
    share of readings at these levels that show the last one again; again, of those that follow such a one;
    repeats_log_sd, between cases of the log of these shares; gaps, short and long ones.
    """

    noise: Sizes
    scale: np.ndarray
    repeats: np.ndarray
    again: float
    repeats_log_sd: float
    gaps: tuple[Episodes, Episodes]


@dataclass(frozen=True)
class Pressure:
    """Attributes: noise at 80 mmHg; growth of its size, relative to that of the pressure; with_heart_rate, how its
    innovations and those of the heart rate go together; artefacts (flushing, zeroing, sampling), and what the line
    shows then: quantiles at evenly spaced probabilities, mmHg; line, median s from the start of the case to an arterial
    line, and its log-SD.
    """

    noise: Sizes
    growth: float
    with_heart_rate: Together
    artefacts: Episodes
    shown: np.ndarray
    line: tuple[float, float]


@dataclass(frozen=True)
class HeartRate:
    """Attributes: noise; gaps."""

    noise: Sizes
    gaps: Episodes


@dataclass(frozen=True)
class MonitorTable:
    """What is known of all three."""

    index: Index
    pressure: Pressure
    heart_rate: HeartRate


def table(content: Mapping[str, Any]) -> MonitorTable:
    """Return the table of a file's content. Raises KeyError or TypeError where it is none."""
    index, pressure, rate = content["index"], content["pressure"], content["heart_rate"]
    short, long = (Episodes(**gap) for gap in index["gaps"])
    median, log_sd = pressure["line"]
    return MonitorTable(
        Index(
            Sizes(**index["noise"]),
            np.array(index["scale"]),
            np.array(index["repeats"]),
            index["again"],
            index["repeats_log_sd"],
            (short, long),
        ),
        Pressure(
            Sizes(**pressure["noise"]),
            pressure["growth"],
            Together(**pressure["with_heart_rate"]),
            Episodes(**pressure["artefacts"]),
            np.array(pressure["shown"]),
            (median, log_sd),
        ),
        HeartRate(Sizes(**rate["noise"]), Episodes(**rate["gaps"])),
    )


@cache
def recorded() -> MonitorTable:
    """Return the table that comes with the package."""
    return read(RECORDED)


def read(path: Path) -> MonitorTable:
    """Return the table of a file. Raises ValueError if it holds none."""
    try:
        return table(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"monitors: {path} holds no table of monitors ({error})") from None
