"""What may stand in a column of a chart: its unit, and what nobody alive can have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim.arrays import Array


class Channel(NamedTuple):
    """Unit; least and most that a living patient can have; hours between two values; relative error; a unit that is
    also in use, but not here.
    """

    unit: str
    least: float
    most: float
    every: float
    error: float
    other: str = ""


def check(channels: Mapping[str, Channel], values: Array) -> None:
    """Raise ValueError on the first value that nobody alive can have; values (channels, ...), NaN where none is."""
    whole = np.reshape(values, (len(channels), -1))
    ends = np.array([(one.least, one.most) for one in channels.values()])
    least, most = (ends + np.array([-1e-6, 1e-6]) * np.abs(ends)).T[..., None]  # single precision rounds
    wrong = (whole < least) | (whole > most)
    if wrong.any():
        place, where = np.argwhere(wrong)[0]
        name, channel = list(channels.items())[place]
        allowed = f"{channel.least:g} to {channel.most:g} {channel.unit}".rstrip()
        other = f", not {channel.other}" if channel.other else ""
        raise ValueError(f"{name}: {whole[place, where]:g} is not allowed; {allowed}{other}")
