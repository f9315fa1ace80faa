"""Surgeries drawn at random: every case has times, strengths and bleeding of its own."""

from __future__ import annotations

import numpy as np

from sim.randomness import normals, truncated_normals, uniforms
from sim.surgery import EVENTS
from sim.surgery.loads import Loads, only, together
from sim.surgery.timeline import Surgery

LARYNGOSCOPY, LARYNGOSCOPY_LOG_SD = 3.5, 0.32  # min after the start; recorded heart rate peaks at 5.2
INCISION, INCISION_LOG_SD = 37.0, 0.33  # min: recorded 21 to 63 (5 and 95 %)
SHORTEST_SURGERY = 7200.0  # s; a shorter horizon sees the beginning of a surgery this long (choice)
EARLIEST_INCISION = 840.0  # s (choice)
SHORTEST_OPERATION = 2400.0  # s from the incision to the end (choice)
FADING = 840.0  # s (choice)
# BIS points of an undrugged patient, at the median (choice; Struys's profile, which strikes through drugs, has 20 to
# 30 at its heights and 10 between): laryngoscopy, tube, between tube and knife, incision, operating, its end.
HARDEST, TUBE, QUIET, KNIFE, OPERATING, LAST = 40.0, 16.0, 1.0, 16.0, 12.0, 3.0
STRENGTH_LOG_SD = 0.25  # of these between cases: of the airway's, the knife's and the operation's (choice)
SEGMENTS = 24  # of changing stimulation during maintenance (choice)
GRID = 5.0  # s, on which random timelines turn, so that physiology steps of 5 s or less meet every corner


def random(keys: np.ndarray, horizon: float, bleeding_probability: float) -> Surgery:
    """Return random surgeries with all phases, that end 20 to 30 minutes before the horizon; drugs blunt stimuli."""
    u = uniforms(keys, "surgery timing", 0, 8)
    z = truncated_normals(keys, "moment of incision", 1, limit=2.2)[0]
    end = max(horizon, SHORTEST_SURGERY) - 1200.0 - 600.0 * u[4]
    incision = np.minimum(60.0 * INCISION * np.exp(INCISION_LOG_SD * z), end - SHORTEST_OPERATION)
    return between(keys, incision, end, bleeding_probability)


def between(
    keys: np.ndarray, incision: np.ndarray, end: np.ndarray, bleeding_probability: float = 0.0
) -> Surgery:
    """Return random surgeries whose incision and end are given.

    Args:
        incision, end: (patients,), s; `EARLIEST_INCISION` or later, and a quarter of an hour after that or later.
    """
    u = uniforms(keys, "surgery timing", 0, 8)
    z = truncated_normals(keys, "moment of laryngoscopy", 1, limit=2.2)[0]
    intubation = 60.0 * LARYNGOSCOPY * np.exp(LARYNGOSCOPY_LOG_SD * z)
    tube_in = intubation + 60.0 + 40.0 * u[1]
    length = end - incision
    closing = end - np.minimum(600.0 + 600.0 * u[5], 0.3 * length)
    settled = incision + np.minimum(180.0 + 120.0 * u[3], 0.2 * length)
    starts = np.stack([np.zeros_like(end), intubation, tube_in, incision, settled, closing, end])
    airway, knife, operation = np.exp(STRENGTH_LOG_SD * normals(keys, "surgery strength", 0, 3))
    operating = OPERATING * operation
    pieces = [
        _pulse(intubation, tube_in, HARDEST * airway, before=0.0, after=TUBE * airway),
        _fading(tube_in + 60.0, incision - 60.0, TUBE * airway),
        _pulse(incision, settled, KNIFE * knife, before=QUIET, after=operating),
        _maintenance(keys, settled + 60.0, closing, operating),
        _pulse(closing, end, operating, before=operating, after=LAST),
    ]
    times = GRID * np.round(np.concatenate([piece[0] for piece in pieces]) / GRID)
    stimulus = np.concatenate([piece[1] for piece in pieces])
    blunted = np.ones_like(end)
    bleeding = _blood_loss(keys, settled, closing, bleeding_probability)
    return Surgery(times, stimulus, blunted, starts, *bleeding, _mixed(keys, incision, closing))


Piece = tuple[np.ndarray, np.ndarray]


def _pulse(
    begin: np.ndarray,
    end: np.ndarray,
    height: np.ndarray,
    before: float | np.ndarray,
    after: float | np.ndarray,
) -> Piece:
    """Rise within 30 s of `begin`, hold, fall within 45 s of `end` (choice)."""
    times = np.stack([begin, begin + 30.0, end - 10.0, end + 45.0])
    before, after = (np.broadcast_to(level, begin.shape) for level in (before, after))
    return times, np.stack([before, height, height, after])


def _fading(begin: np.ndarray, before: np.ndarray, height: np.ndarray) -> Piece:
    """The tube stays in: what is left of it fades within a quarter of an hour, or until the incision."""
    length = np.minimum(FADING, before - begin)
    times = np.stack([begin + share * length for share in (0.1, 0.4, 1.0)])
    return times, np.stack([0.8 * height, 0.4 * height, np.full_like(height, QUIET)])


def _mixed(keys: np.ndarray, incision: np.ndarray, closing: np.ndarray) -> Loads:
    """The events that these cases happen to have."""
    parts = []
    for name in EVENTS:
        event = EVENTS.get(name)
        has = uniforms(keys, f"has event {name}", 0, 1)[0] < event.chance
        parts.append(only(event.loads(name, keys, incision, closing), has))
    return together(parts)


def _maintenance(keys: np.ndarray, begin: np.ndarray, end: np.ndarray, level: np.ndarray) -> Piece:
    """Stretches of changing stimulation, one in six of them stronger by 60 %, joined by slow ramps (choice)."""
    spread = np.exp(0.3 * normals(keys, "surgery maintenance", 0, SEGMENTS))
    bursts = 1.0 + 0.6 * (uniforms(keys, "surgery bursts", 0, SEGMENTS) < 1.0 / 6.0)
    lengths = -np.log(uniforms(keys, "surgery segments", 0, SEGMENTS)) + 0.5
    edges = np.cumsum(lengths, axis=0) / np.sum(lengths, axis=0)
    edges = begin + (end - begin - 10.0) * np.concatenate([0.0 * edges[:1], edges])
    ramp = np.minimum(90.0, 0.4 * np.diff(edges, axis=0))
    heights = np.minimum(level * spread * bursts, 60.0)
    times = np.stack([edges[:-1] + ramp, edges[1:]], axis=1).reshape(2 * SEGMENTS, -1)
    return times, np.repeat(heights, 2, axis=0)


def _blood_loss(
    keys: np.ndarray, begin: np.ndarray, end: np.ndarray, probability: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At most one bleed of 200 mL/min over 2 to 6 min, replaced from 10 min later on at 50 mL/min (choice)."""
    u = uniforms(keys, "blood loss", 0, 3)
    start = 60.0 * np.round((begin + u[0] * np.maximum(end - begin - 1800.0, 0.0)) / 60.0)
    length = 60.0 * np.round(2.0 + 4.0 * u[1])
    rate = (u[2] < probability) * 0.2 / 60.0
    refill = start + length + 600.0
    starts, ends = np.stack([start, refill]), np.stack([start + length, refill + 4.0 * length])
    return starts, ends, np.stack([rate, -rate / 4.0])
