"""Who reads a recorded EEG beside openibis: a table of functions, by name.

An entry takes the EEG, (samples,) at 128 a second in µV with NaN in gaps, and a file of weights or None; it returns its
columns, each with a value at the end of every second, (seconds,), NaN where it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sim.arrays import Array
from sim.registry import Registry

Reader = Callable[[Array, Path | None], Mapping[str, Array]]

EEG_READERS = Registry("EEG reader", li2020="experiments.heard.reading:li2020")
