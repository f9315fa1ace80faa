"""The last minute of a patient's pulse, as it streams in: its beats, and what describes them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from predictors.pain.features import describe
from sim.arrays import Array
from sim.signals.pulse import features
from sim.signals.pulse.detection import PPG
from sim.signals.pulse.features import BeatFeatures, FeatureState
from sim.signals.pulse.recent import remembered

WINDOW = 60.0  # s
KEPT = 160  # beats remembered: more than a minute holds
FIELDS = tuple(field.name for field in fields(BeatFeatures))


@dataclass(frozen=True)
class Listening:
    """What is carried.

    Attributes:
        stream: of the detection of beats.
        beats: the last ones, (KEPT, patients) each, NaN first where there were fewer.
    """

    stream: FeatureState
    beats: BeatFeatures


def begin(patients: int) -> Listening:
    """Return the state before the first sample."""
    unknown = np.full((KEPT, patients), np.nan)
    return Listening(features.begin(patients), BeatFeatures(*(unknown for _ in FIELDS)))


def listen(state: Listening, ppg: Array) -> tuple[Listening, Array]:
    """Return the state after more samples, and the features of the last minute, (24, patients).

    Args:
        state: as it was.
        ppg: (100 x seconds, patients); not finite where there is none.

    Returns:
        features in the order of `predictors.pain.features.NAMES`, NaN where too few beats were heard.
    """
    stream, new = features.listen(state.stream, ppg)
    there = np.all([np.isfinite(getattr(new, name)) for name in FIELDS], axis=0)  # all of a beat, or nothing
    beats = BeatFeatures(
        *(
            remembered(getattr(state.beats, name), np.where(there, getattr(new, name), np.nan))
            for name in FIELDS
        )
    )
    recent = beats.time > stream.detection.samples / PPG.rate - WINDOW
    window = (np.where(recent, getattr(beats, name), np.nan) for name in FIELDS)
    return Listening(stream, beats), describe(BeatFeatures(*window))
