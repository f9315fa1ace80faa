"""When the heart beats: integral pulse-frequency modulation, and the breath that moves it.

A beat falls wherever the integral of the rate passes a whole number (Mateo & Laguna, IEEE Trans Biomed Eng
2000;47:985), so that the mean rate is the true one, whatever varies it: respiratory sinus arrhythmia and a
low-frequency rhythm near 0.1 Hz. All that follows is a function of that integral, the phase: no list of beats is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.signal import lfilter

from sim.arrays import Array
from sim.covariates import Covariates
from sim.randomness import truncated_normals
from sim.waves.drive import Drive
from sim.waves.pulse.chance import normals

KNOTS = 10  # a second: the rate is a straight line from one to the next
VENTILATOR = 12.0  # breaths/min of the anaesthetised
BREATHING = 14.0, 0.15  # of the awake: breaths/min and the log-SD between people
UNEVEN = 0.12  # of one's own breaths, awake
AWAKE, ASLEEP = 78.0, 62.0  # index; between them the ventilator takes over

# Shares of the rate. Awake at 40 years: an arrhythmia of 68 ms from peak to peak at 70/min, and as much slow variance,
# as in healthy adults (Task Force, Circulation 1996;93:1043). Propofol takes away some of the first and most of the
# second (Kanaya, Anesthesiology 2003;98:34); opioids spare the vagus, stimulation wakes the sympathetic rhythm.
RESPIRATORY, SLOW = 0.040, 0.025  # amplitude of the breath's part, SD of the slow part
AGEING = 0.015  # a year, of both
RESPIRATORY_LEFT, SLOW_LEFT = 0.60, 0.12  # under anaesthesia
WITHDRAWN = 0.3  # of the breath's part, by full nociception: half its power
UNSHIELDED, SHIELD = (
    0.45,
    1.0,
)  # lost without an opioid under anaesthesia; ng/mL of remifentanil that halve that
APART = 0.30, 0.30  # log-SD between people of the breath's and of the slow part
RHYTHM, DAMPING = 0.095, 0.93  # Hz and radius of the slow part's resonance, at one number a second
DRIFTING = 0.8  # of a breath's length that the next second remembers


@dataclass(frozen=True)
class BeatState:
    """A heart between two pieces of a case; arrays (patients,) but for `slow` (2, patients) and `drift` (1, patients).

    Attributes:
        keys: of its chance.
        second: how many have been played, whole.
        phase, breath: beats and breaths since the beginning.
        respiratory, variable, spontaneous: the person's own parts of variability, and breaths/min awake.
        slow, drift: memories of the filters that make slow noise.
        before: the last second's drive (NaN before the first).
        noises: the last second's values of both noises, (2, patients).
    """

    keys: Array
    second: Array
    phase: Array
    breath: Array
    respiratory: Array
    variable: Array
    spontaneous: Array
    slow: Array
    drift: Array
    before: Drive
    noises: Array


@dataclass(frozen=True)
class Beats:
    """What the heart did over a piece of a case: on knots, and by the second.

    Attributes:
        keys: of chance, (patients,).
        seconds: numbers since the beginning, (seconds, patients).
        phase, breath: beats and breaths since the beginning at each knot, (knots + 1, patients).
        frequency: beats/s at each knot, (knots + 1, patients).
        rows: the drive from the second before the piece to its last, each (seconds + 1, patients).
        asleep: share, 0-1, that the ventilator has of the breath, (seconds + 1, patients).
        wander: slow noise of unit variance, (seconds + 1, patients).
    """

    keys: Array
    seconds: Array
    phase: Array
    breath: Array
    frequency: Array
    rows: Drive
    asleep: Array
    wander: Array

    def phase_at(self, rate: int) -> Array:
        """Return beats since the beginning at each sample, (rate x seconds, patients); `rate` a multiple of KNOTS."""
        step = np.arange(rate // KNOTS)[:, None] / rate
        begin, end = self.frequency[:-1, None], self.frequency[1:, None]
        moved = step * (begin + (end - begin) * (0.5 * KNOTS * step))
        return (self.phase[:-1, None] + moved).reshape(-1, self.phase.shape[1])

    def breath_at(self, rate: int) -> Array:
        """Return what the breath does at each sample, (rate x seconds, patients), about -1 to 1."""
        share = np.arange(rate // KNOTS)[:, None] * (KNOTS / rate)
        values = breathing(self.breath).astype(np.float32)
        begin, end = values[:-1, None], values[1:, None]
        return (begin + (end - begin) * share.astype(np.float32)).reshape(-1, self.breath.shape[1])

    def times(self) -> list[Array]:
        """Return when the beats of the piece fell, one array of seconds a patient: for tests and figures."""
        start = self.seconds[0, 0]
        clock = start + np.arange(len(self.phase)) / KNOTS
        fine = start + np.arange(100 * len(self.seconds) + 1) / 100.0
        found = []
        for phase, smooth in zip(self.phase.T, self.phase_at(100).T, strict=True):
            whole = np.arange(np.ceil(phase[0]), phase[-1])
            found.append(np.interp(whole, np.append(smooth, phase[-1]), np.append(fine[:-1], clock[-1])))
        return found


def begin(person: Covariates, keys: Array) -> BeatState:
    """Return the heart before the first second."""
    traits = truncated_normals(keys, "pulse variability", 3)
    patients = len(keys)
    ageing = np.exp(-AGEING * (np.asarray(person.age) - 40.0))
    nothing = np.full(patients, np.nan)
    return BeatState(
        keys,
        np.zeros(patients, dtype=np.int64),
        np.zeros(patients),
        np.zeros(patients),
        ageing * np.exp(APART[0] * traits[0]),
        ageing * np.exp(APART[1] * traits[1]),
        BREATHING[0] * np.exp(BREATHING[1] * traits[2]),
        np.zeros((2, patients)),
        np.zeros((1, patients)),
        Drive(*(nothing for _ in fields(Drive))),
        np.zeros((2, patients)),
    )


def play(state: BeatState, drive: Drive) -> tuple[BeatState, Beats]:
    """Return the heart after a drive (seconds, patients), and what it did over it."""
    rows = joined(state.before, drive)
    seconds = state.second + np.arange(len(drive.bis))[:, None]
    asleep = np.clip((AWAKE - rows.bis) / (AWAKE - ASLEEP), 0.0, 1.0)
    (wander, drift), slow, drifting = _noises(state, seconds)
    rate = state.spontaneous * (1.0 - asleep) * (1.0 + UNEVEN * drift) + VENTILATOR * asleep
    breath = _integral(state.breath, over(rate, KNOTS, last=True) / 60.0)
    respiratory, variable = variability(rows, asleep)
    varied = over(state.respiratory * respiratory, KNOTS, last=True) * breathing(breath)
    varied += over(state.variable * variable * wander, KNOTS, last=True)
    frequency = over(rows.heart_rate / 60.0, KNOTS, last=True) * (1.0 + varied)
    phase = _integral(state.phase, frequency)
    played = Beats(state.keys, seconds, phase, breath, frequency, rows, asleep, wander)
    after = BeatState(
        state.keys,
        state.second + len(seconds),
        phase[-1],
        breath[-1],
        state.respiratory,
        state.variable,
        state.spontaneous,
        slow,
        drifting,
        Drive(*(getattr(rows, field.name)[-1] for field in fields(Drive))),
        np.stack([wander[-1], drift[-1]]),
    )
    return after, played


def variability(rows: Drive, asleep: Array) -> tuple[Array, Array]:
    """Return the breath's amplitude and the slow part's SD in a typical person of 40, as shares of the rate."""
    felt = rows.nociception
    shielded = rows.remifentanil / (rows.remifentanil + SHIELD)
    left = RESPIRATORY_LEFT * (1.0 - UNSHIELDED * (1.0 - shielded))
    respiratory = RESPIRATORY * (1.0 - asleep * (1.0 - left)) * (1.0 - WITHDRAWN * felt)
    return respiratory, SLOW * (1.0 - (1.0 - SLOW_LEFT) * asleep * (1.0 - felt))


def breathing(breaths: Array) -> Array:
    """Return what a breath does along its course: in faster than out, as one lung fills."""
    angle = (2.0 * np.pi) * breaths
    return np.sin(angle) + 0.25 * np.sin(2.0 * angle)


def over(rows: Array, rate: int, last: bool = False) -> Array:
    """Return straight lines between rows a second apart, at `rate` samples a second: (rate x seconds, patients).

    Args:
        rows: (seconds + 1, patients), from the second before.
        last: whether the end of the last second belongs to it.
    """
    share = (np.arange(rate) / rate).astype(rows.dtype)[:, None]
    lines = (rows[:-1, None] + (rows[1:] - rows[:-1])[:, None] * share).reshape(-1, rows.shape[1])
    return np.concatenate([lines, rows[-1:]]) if last else lines


def joined(before: Drive, drive: Drive) -> Drive:
    """Return the drive with the second before it as its first row: the first itself, where there was none."""

    def rows(name: str) -> Array:
        values = np.asarray(getattr(drive, name), dtype=np.float64)
        past = getattr(before, name)
        return np.concatenate([np.where(np.isnan(past), values[0], past)[None], values])

    return Drive(**{field.name: rows(field.name) for field in fields(Drive)})


def _integral(start: Array, rates: Array) -> Array:
    """Return the integral of a rate that is a straight line between knots, (knots + 1, patients)."""
    moved = (rates[:-1] + rates[1:]) * (0.5 / KNOTS)
    return np.cumsum(np.concatenate([start[None], moved]), axis=0)


def _noises(state: BeatState, seconds: Array) -> tuple[tuple[Array, Array], Array, Array]:
    """Return both slow noises of unit variance, (seconds + 1, patients) each, and the memories of their filters."""
    first, second = 2.0 * DAMPING * np.cos(2.0 * np.pi * RHYTHM), -(DAMPING**2)
    # The variance of an AR(2) process, Box & Jenkins, Time Series Analysis 1970.
    spread = (1.0 - second) / ((1.0 + second) * ((1.0 - second) ** 2 - first**2))
    wander, slow = lfilter(
        [spread**-0.5], [1.0, -first, -second], normals(state.keys, "slow pulse", seconds), axis=0, zi=state.slow
    )  # fmt: skip
    drift, drifting = lfilter(
        [(1.0 - DRIFTING**2) ** 0.5], [1.0, -DRIFTING], normals(state.keys, "breaths", seconds), axis=0,
        zi=state.drift,
    )  # fmt: skip
    before = state.noises[:, None]
    return (np.concatenate([before[0], wander]), np.concatenate([before[1], drift])), slow, drifting
