"""What happens to the patient: phases of the case, noxious stimulation over time, loss of blood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, namespace, within
from sim.randomness import normals, uniforms

PHASES = ("induction", "intubation", "preparation", "incision", "maintenance", "closing", "emergence")
INDUCTION, INTUBATION, PREPARATION, INCISION, MAINTENANCE, CLOSING, EMERGENCE = range(len(PHASES))

SHORTEST_SURGERY = 7200.0  # s; a shorter horizon sees the beginning of a surgery this long
SEGMENTS = 24  # of changing stimulation during maintenance
GRID = 5.0  # s, on which random timelines turn, so that physiology steps of 5 s or less meet every corner
NEVER = 1e9  # s

# Published disturbances of the index: minutes, BIS points. Struys, Anesthesiology 2004;100:640. Dumont, Int J Adapt
# Control 2009;23:435. Step: protocol P3. Ionescu, IEEE Access 2021;9:8680.
PROFILES: dict[str, tuple[tuple[float, float], ...]] = {
    "none": ((0, 0),),
    "struys": (
        (9.9, 0), (10, 20), (12, 20), (13, 0), (19.9, 0), (20.2, 20), (21, 20), (21.5, 0), (26, -20), (27, 20),
        (28, 10), (36, 10), (37, 30), (37.5, 30), (38, 10), (41, 10), (41.5, 30), (42, 30), (43, 10), (47, 10),
        (47.5, 30), (50, 30), (51, 10), (56, 10), (56.5, 0),
    ),
    "dumont": (
        (19.9, 0), (20, 20), (23, 20), (24, 15), (26, 12.5), (30, 10.5), (37, 10), (40, 4), (45, 0.5), (50, 0),
    ),
    "step": ((10 - 1e-6, 0), (10, 10), (15 - 1e-6, 10), (15, 0)),
    "ionescu": (
        (9.9, 0), (10, 20), (15, 20), (15.1, 0), (19.9, 0), (20, 20), (25, 20), (25.1, 0), (26.9, -20), (27, 20),
        (32, 20), (32.1, 0), (41.9, 0), (42, 20), (44, 20), (44.1, 0), (50, 0), (50.1, 20), (55, 20), (55.1, 0),
        (75, 0), (75.1, 20), (95, 20), (95.1, 0),
    ),
}  # fmt: skip
SURGERIES = ("random", *PROFILES)


@dataclass(frozen=True)
class Surgery:
    """Timelines of a batch of cases.

    Attributes:
        times, stimulus: (points, patients), s and BIS points of an undrugged patient; linear between points.
        blunted: (patients,), 1 where drugs weaken the stimulus, 0 where it strikes as published.
        phase_starts: (phases, patients), s.
        bleeding_starts, bleeding_ends, bleeding_rates: (events, patients), s, s, L/s (negative: transfusion).
    """

    times: Array
    stimulus: Array
    blunted: Array
    phase_starts: Array
    bleeding_starts: Array
    bleeding_ends: Array
    bleeding_rates: Array


def plan(name: str, keys: np.ndarray, horizon: float, bleeding_probability: float = 0.1) -> Surgery:
    """Return the surgeries of these cases: "random", or a published profile by name.

    Args:
        keys: (patients,), one per case.
        horizon: s; a random surgery ends 20 to 30 minutes before it.

    Raises:
        ValueError: unknown name, or a probability outside 0 to 1.
    """
    if name not in SURGERIES:
        raise ValueError(f"surgery: unknown name {name!r}; allowed are {', '.join(SURGERIES)}")
    if not 0.0 <= bleeding_probability <= 1.0:
        raise ValueError(f"bleeding_probability: {bleeding_probability} is not allowed; 0 to 1")
    if name == "random":
        return _random(keys, max(horizon, SHORTEST_SURGERY), bleeding_probability)
    minutes, points = np.array(PROFILES[name], dtype=float).T
    shape = (len(minutes), len(keys))
    none = np.zeros((1, len(keys)))
    starts = np.full((len(PHASES), len(keys)), NEVER)
    starts[INDUCTION] = 0.0
    starts[MAINTENANCE] = 600.0
    return Surgery(
        np.broadcast_to(60.0 * minutes[:, None], shape).copy(),
        np.broadcast_to(points[:, None], shape).copy(),
        np.zeros(len(keys)),
        starts,
        none,
        none,
        none,
    )


def stimulus_at(surgery: Surgery, time: Array) -> Array:
    """Return the noxious stimulus at `time` (patients,), BIS points of an undrugged patient."""
    xp = namespace(surgery.times)
    last = surgery.times.shape[0] - 1
    if last == 0:
        return surgery.stimulus[0] + 0.0 * time
    right = xp.clip((surgery.times <= time).sum(0), 1, last)
    patients = xp.arange(right.shape[0])
    t0, t1 = surgery.times[right - 1, patients], surgery.times[right, patients]
    v0, v1 = surgery.stimulus[right - 1, patients], surgery.stimulus[right, patients]
    return v0 + within((time - t0) / (t1 - t0), 0.0, 1.0) * (v1 - v0)


def phase_at(surgery: Surgery, time: Array) -> Array:
    """Return the phase at `time`: (patients,) integers into `PHASES`.

    Phases that a profile leaves out start `NEVER`; the latest one begun counts.
    """
    begun = surgery.phase_starts <= time
    order = namespace(time).asarray(np.arange(len(PHASES)))[:, None]
    return namespace(time).max(begun * order, axis=0)


def bleeding_at(surgery: Surgery, time: Array) -> Array:
    """Return the loss of blood at `time` (patients,), L/s."""
    running = (surgery.bleeding_starts <= time) & (time < surgery.bleeding_ends)
    return (surgery.bleeding_rates * running).sum(0)


def _random(keys: np.ndarray, horizon: float, bleeding_probability: float) -> Surgery:
    u = uniforms(keys, "surgery timing", 0, 8)
    intubation = 300.0 + 180.0 * u[0]
    tube_in = intubation + 60.0 + 60.0 * u[1]
    incision = intubation + 600.0 + 900.0 * u[2]
    settled = incision + 180.0 + 120.0 * u[3]
    end = horizon - 1200.0 - 600.0 * u[4]
    closing = end - 600.0 - 600.0 * u[5]
    starts = np.stack([np.zeros_like(end), intubation, tube_in, incision, settled, closing, end])
    strength = np.exp(0.25 * normals(keys, "surgery strength", 0, 3))
    pieces = [
        _pulse(intubation, tube_in, 40.0 * strength[0], before=0.0, after=5.0),
        _pulse(incision, settled, 35.0 * strength[1], before=5.0, after=15.0 * strength[2]),
        _maintenance(keys, settled + 60.0, closing, 15.0 * strength[2]),
        _pulse(closing, end, 12.0 * strength[2], before=15.0 * strength[2], after=3.0),
    ]
    times = GRID * np.round(np.concatenate([piece[0] for piece in pieces]) / GRID)
    stimulus = np.concatenate([piece[1] for piece in pieces])
    blunted = np.ones_like(end)
    return Surgery(
        times, stimulus, blunted, starts, *_blood_loss(keys, settled, closing, bleeding_probability)
    )


Piece = tuple[np.ndarray, np.ndarray]


def _pulse(
    begin: np.ndarray,
    end: np.ndarray,
    height: np.ndarray,
    before: float | np.ndarray,
    after: float | np.ndarray,
) -> Piece:
    """Rise within 30 s of `begin`, hold, fall within 45 s of `end`."""
    times = np.stack([begin, begin + 30.0, end - 10.0, end + 45.0])
    before, after = (np.broadcast_to(level, begin.shape) for level in (before, after))
    return times, np.stack([before, height, height, after])


def _maintenance(keys: np.ndarray, begin: np.ndarray, end: np.ndarray, level: np.ndarray) -> Piece:
    """Stretches of changing stimulation, one in six of them twice as strong, joined by 20 s ramps."""
    spread = np.exp(0.5 * normals(keys, "surgery maintenance", 0, SEGMENTS))
    bursts = 1.0 + (uniforms(keys, "surgery bursts", 0, SEGMENTS) < 1.0 / 6.0)
    lengths = -np.log(uniforms(keys, "surgery segments", 0, SEGMENTS)) + 0.5
    edges = np.cumsum(lengths, axis=0) / np.sum(lengths, axis=0)
    edges = begin + (end - begin - 10.0) * np.concatenate([0.0 * edges[:1], edges])
    ramp = np.minimum(20.0, 0.4 * np.diff(edges, axis=0))
    heights = np.minimum(level * spread * bursts, 60.0)
    times = np.stack([edges[:-1] + ramp, edges[1:]], axis=1).reshape(2 * SEGMENTS, -1)
    return times, np.repeat(heights, 2, axis=0)


def _blood_loss(
    keys: np.ndarray, begin: np.ndarray, end: np.ndarray, probability: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At most one bleed of 200 mL/min over 2 to 6 min, replaced from 10 min later on at 50 mL/min."""
    u = uniforms(keys, "blood loss", 0, 3)
    start = 60.0 * np.round((begin + u[0] * np.maximum(end - begin - 1800.0, 0.0)) / 60.0)
    length = 60.0 * np.round(2.0 + 4.0 * u[1])
    rate = (u[2] < probability) * 0.2 / 60.0
    refill = start + length + 600.0
    starts, ends = np.stack([start, refill]), np.stack([start + length, refill + 4.0 * length])
    return starts, ends, np.stack([rate, -rate / 4.0])
