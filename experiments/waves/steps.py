"""A step in depth as the monitor that hears the EEG shows it: how long until 63 % of the change; is it ever early?

Published delays of the index: 14 to 155 s, other ones falling and rising (Pilge, Anesthesiology 2006;104:488).
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd

from experiments.waves.listening import body, people
from sim.monitors.eeg.listener import Listener
from sim.randomness import case_keys
from sim.waves.drive import Drive
from sim.waves.eeg import artefacts
from sim.waves.eeg.generator import EEG

BEFORE, AFTER, PIECE = 100, 180, 2  # s before and after a step, and between two looks at the monitor
STEPS = ((93.0, 45.0), (60.0, 40.0), (45.0, 60.0), (45.0, 85.0), (45.0, 20.0))
HIDDEN, EVERY = (
    40,
    56,
)  # s of electrosurgery in so many, where the signal is poor; less than 30 s delay nothing
PUBLISHED = 14.0, 155.0  # s
FALLS = {"fast": 5.0, "usual": 12.0, "slow": 25.0}  # s, width of the fall of the index through an induction
EDGES = 93.0, 40.0  # the index before and after it


def step(before: float, after: float) -> np.ndarray:
    """Return the true index of each second, (seconds,)."""
    return np.repeat([before, after], [BEFORE, AFTER])


def induction(width: float) -> np.ndarray:
    """Return the true index of each second of an induction: a logistic fall about the moment of the step."""
    time = np.arange(BEFORE + AFTER) - BEFORE
    high, low = EDGES
    return high - (high - low) / (1.0 + np.exp(-time / width))


def shown(bis: np.ndarray, count: int, seed: int, poor: bool = False) -> np.ndarray:
    """Return what the monitor shows after each second, (seconds, people); NaN where it shows nothing.

    Args:
        bis: true index of each second, everybody's alike.
        poor: whether something hides the brain most of the time.
    """
    keys = case_keys(seed, np.arange(count))
    wave, monitor = EEG(disturbed=False), Listener()
    calm = body(np.full(count, bis[0]))
    rows = {field.name: np.repeat(getattr(calm, field.name)[None], len(bis), 0) for field in fields(Drive)}
    drive = replace(Drive(**rows), bis=np.repeat(bis[:, None], count, 1))
    eeg = wave.play(wave.begin(people(keys), keys), drive)[1].reshape(len(bis), -1, count)
    if poor:
        eeg[(np.arange(len(bis)) - BEFORE) % EVERY < HIDDEN] = artefacts.RANGE
    state, said = monitor.begin(count), []
    for piece in eeg.reshape(len(bis) // PIECE, -1, count):
        state, reading = monitor.listen(state, piece)
        said += PIECE * [np.where(reading.bis_valid, reading.bis, np.nan)]
    return np.array(said)


def delay(said: np.ndarray) -> np.ndarray:
    """Return the seconds from the step to 63 % of the shown change, (people,), of what is shown (seconds, people)."""
    start, end = np.nanmean(said[BEFORE - 20 : BEFORE], axis=0), np.nanmean(said[-60:], axis=0)
    gone = (said[BEFORE:] - start) / (end - start)
    return np.argmax(gone >= 0.632, axis=0) + 1.0


def table(count: int, seed: int) -> pd.DataFrame:
    """Return a row a step and quality of the signal: delays over people, s."""
    rows = []
    for before, after in STEPS:
        for quality in ("good", "poor"):
            late = delay(shown(step(before, after), count, seed, quality == "poor"))
            low, median, high = np.quantile(late, [0.1, 0.5, 0.9])
            inside = PUBLISHED[0] <= median <= PUBLISHED[1]
            rows.append(
                {"from": before, "to": after, "quality": quality, "low": low, "delay": median, "high": high}
                | {"within_published": bool(inside)}
            )
    return pd.DataFrame(rows)


def inductions(count: int, seed: int) -> pd.DataFrame:
    """Return a row an induction: how long after the true index the shown one (mean over people) passes 80, 60 and 50,
    and by how much it is below the true one at most, while that falls."""
    rows = []
    for name, width in FALLS.items():
        true = induction(width)
        said = shown(true, count, seed).mean(axis=1)
        falling = slice(BEFORE - 60, BEFORE + 100)
        rows.append(
            {"induction": name, "seconds_90_to_43": float(np.sum((true < 90.0) & (true > 43.0)))}
            | {
                f"delay_at_{level}": float(np.argmax(said < level) - np.argmax(true < level))
                for level in (80, 60, 50)
            }
            | {"most_early": float(np.max((true - said)[falling]))}
        )
    return pd.DataFrame(rows)
