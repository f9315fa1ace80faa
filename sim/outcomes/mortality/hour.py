"""An hour of vital signs, minute by minute, in which output and pressure sag once: all that matters is how it ran.

A low-order circulation in logarithms: pressure is heart rate times stroke volume times resistance, and at a minute's
resolution the baroreflex has settled, so that rate answers pressure at once. Everything that moves by itself is a
stationary Gaussian process of first order, which looks the same played backwards. The sag is a fall of output that the
reflex does not answer; it either sets in fast and passes off slowly (+1), or is *the same sag played backwards* (-1).
Every number that does not know the order of minutes (mean, minimum, SD, minutes below 65) therefore has the same
distribution for both. Dips of saturation run either way, too, and mean nothing: a bystander.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from sim import randomness
from sim.outcomes.people import Column

MINUTES = 60
CHANNELS: Mapping[str, Column] = {
    "pressure": Column("mmHg", 10, 250, "mean arterial pressure"),
    "heart_rate": Column("1/min", 10, 250, "heart rate"),
    "saturation": Column("%", 30, 100, "oxygen saturation"),
    "end_tidal_co2": Column("mmHg", 0, 120, "end-tidal carbon dioxide"),
    "temperature": Column("°C", 25, 43, "core temperature"),
    "inspired_oxygen": Column("%", 18, 100, "inspired oxygen", ("fraction", 0.01)),
    "norepinephrine": Column("µg/kg/min", 0, 5, "norepinephrine"),
    "mac": Column("", 0, 4, "minimum alveolar concentrations of the vapour"),
}
CARRIERS = ("pressure", "heart_rate", "end_tidal_co2", "norepinephrine")  # in which the sag is seen
BYSTANDERS = ("saturation", "inspired_oxygen")  # in which a dip is seen that means nothing
LENGTH, ONSET, DEPTH = (10, 22), (1, 3), (0.30, 0.60)  # min, min, of the log of output
DIP = (0.4, 1.2)  # of the log of what saturation lacks
FLOWING = ("stroke_volume", "resistance", "rate", "ventilation", "lungs", "vapour", "warmth")
REMEMBERED = np.array([0.80, 0.85, 0.80, 0.80, 0.85, 0.90, 0.98])  # from one minute to the next
MOVING = np.array([0.07, 0.07, 0.04, 0.05, 0.25, 0.10, 0.12])  # SD: of logs, MAC in MAC, °C
STANDING = ("pressure", "rate", "reflex", "co2", "lungs", "vapour", "warmth", "oxygen", "cooling", "habit")
NOISE: Mapping[str, float] = {"pressure": 1.5, "heart_rate": 1.5, "end_tidal_co2": 0.7, "temperature": 0.03}
ABSENT: Mapping[str, float] = {"end_tidal_co2": 0.03, "temperature": 0.15, "mac": 0.25}  # never watched
GAPS, GAP = 0.15, (3, 12)  # of people, by channel, who lack some minutes on end
LOST = 0.02  # of single minutes
TARGET, GIVEN = 70.0, 0.010  # mmHg below which norepinephrine is given; µg/kg/min a mmHg
PEOPLE_AT_ONCE = 10_000


@dataclass(frozen=True)
class Hour:
    """Attributes: series, channel -> (MINUTES, people); way (+1 or -1), begin and length of the sag, (people,), min."""

    series: dict[str, np.ndarray]
    way: np.ndarray
    begin: np.ndarray
    length: np.ndarray


def course(begin: np.ndarray, length: np.ndarray, onset: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Return how far an event is, 0 to 1, (MINUTES, people): fast in and slow out where way is 1, else backwards."""
    place = np.arange(MINUTES)[:, None] - begin
    place = np.where(way > 0, place, length - 1 - place)
    return np.clip(np.minimum((place + 1.0) / onset, (length - place) / (length - onset)), 0.0, 1.0)


def hour(keys: np.ndarray, frailty: np.ndarray) -> Hour:
    """Return the hour of people.

    Args:
        keys: (people,), of `sim.randomness.case_keys`.
        frailty: (people,), in SDs: pressure is lower and rate higher in the frail.
    """
    parts = np.array_split(np.arange(len(keys)), max(1, -(-len(keys) // PEOPLE_AT_ONCE)))
    lived = [_hour(keys[part], frailty[part]) for part in parts]
    series = {name: np.concatenate([one.series[name] for one in lived], axis=1) for name in CHANNELS}
    rest = (np.concatenate([getattr(one, name) for one in lived]) for name in ("way", "begin", "length"))
    return Hour(series, *rest)


def _hour(keys: np.ndarray, frailty: np.ndarray) -> Hour:
    way, begin, length, onset, depth = _event(keys, "sag", DEPTH)
    sag = depth * course(begin, length, onset, way)
    dip_way, dip_begin, dip_length, dip_onset, dip_depth = _event(keys, "dip", DIP)
    dip = dip_depth * course(dip_begin, dip_length, dip_onset, dip_way)
    signs = _signs(_flow(keys), dict(zip(STANDING, _standing(keys), strict=True)), frailty, sag, dip)
    return Hour(_seen(signs, keys), way, begin, length)


def _event(keys: np.ndarray, purpose: str, depth: tuple[float, float]) -> tuple[np.ndarray, ...]:
    """Return way, begin, length, onset (whole minutes) and depth of an event that lies within the hour."""
    side, place, long, fast, deep = randomness.uniforms(keys, purpose, 0, 5)
    length = LENGTH[0] + np.floor(long * (LENGTH[1] - LENGTH[0] + 1))
    onset = ONSET[0] + np.floor(fast * (ONSET[1] - ONSET[0] + 1))
    begin = np.floor(place * (MINUTES - length + 1))
    return np.where(side < 0.5, 1.0, -1.0), begin, length, onset, depth[0] + deep * (depth[1] - depth[0])


def _flow(keys: np.ndarray) -> dict[str, np.ndarray]:
    """Return what moves by itself, (MINUTES, people) each."""
    noise = randomness.to_normals(randomness.series(keys, "flow", np.arange(MINUTES), len(FLOWING)))
    flowing = {}
    for row, name in enumerate(FLOWING):
        kicks = np.sqrt(1.0 - REMEMBERED[row] ** 2) * noise[:, row]
        kicks[0] = noise[0, row]
        flowing[name] = MOVING[row] * lfilter([1.0], [1.0, -REMEMBERED[row]], kicks, axis=0)
    return flowing


def _standing(keys: np.ndarray) -> np.ndarray:
    return randomness.truncated_normals(keys, "standing", len(STANDING))


def _signs(
    flow: Mapping[str, np.ndarray],
    own: Mapping[str, np.ndarray],
    frailty: np.ndarray,
    sag: np.ndarray,
    dip: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return true signs, (MINUTES, people) each."""
    vapour = 0.85 + 0.15 * own["vapour"] + flow["vapour"]
    gain = np.exp(-0.6 + 0.3 * own["reflex"] - 0.15 * frailty)
    pushed = flow["stroke_volume"] + flow["resistance"] + flow["rate"] - 0.3 * (vapour - 0.85)
    held = pushed / (1.0 + gain)  # of the log pressure: what the reflex leaves of it
    pressure = 84.0 * np.exp(0.09 * own["pressure"] - 0.05 * frailty + held - sag)
    rate = 68.0 * np.exp(0.15 * own["rate"] + 0.05 * frailty + flow["rate"] - gain * held - 0.12 * sag)
    output = flow["stroke_volume"] - 0.8 * sag
    lacking = 1.6 * np.exp(0.4 * own["lungs"] + flow["lungs"] + dip)
    return {
        "pressure": pressure,
        "heart_rate": rate,
        "saturation": 100.0 - lacking,
        "end_tidal_co2": 35.0 * np.exp(0.08 * own["co2"] + flow["ventilation"] + 0.5 * output),
        "temperature": 36.2
        + 0.4 * own["warmth"]
        + flow["warmth"]
        + (0.15 * own["cooling"] - 0.1) * np.linspace(-1.0, 1.0, MINUTES)[:, None],
        "inspired_oxygen": 45.0 + 6.0 * own["oxygen"] + 6.0 * np.maximum(lacking - 4.0, 0.0),
        "norepinephrine": GIVEN * np.exp(0.4 * own["habit"]) * np.maximum(TARGET - pressure, 0.0),
        "mac": vapour,
    }


def _seen(signs: Mapping[str, np.ndarray], keys: np.ndarray) -> dict[str, np.ndarray]:
    """Return signs as monitors show them: noise, limits, gaps; single precision."""
    count, minutes = len(CHANNELS), np.arange(MINUTES)
    noise = randomness.to_normals(randomness.series(keys, "monitors", minutes, len(NOISE)))
    lost = randomness.series(keys, "lost minutes", minutes, count) < LOST
    never, some, place, long = np.split(randomness.uniforms(keys, "gaps", 0, 4 * count), 4)
    length = GAP[0] + np.floor(long * (GAP[1] - GAP[0] + 1))
    begin = np.floor(place * (MINUTES - length + 1))
    noisy = {name: noise[:, row] * sd for row, (name, sd) in enumerate(NOISE.items())}
    found = {}
    for row, (name, column) in enumerate(CHANNELS.items()):
        value = np.clip(signs[name] + noisy.get(name, 0.0), column.low, column.high)
        since = minutes[:, None] - begin[row]
        gone = (some[row] < GAPS) & (since >= 0) & (since < length[row])
        gone = gone | lost[:, row] | (never[row] < ABSENT.get(name, 0.0))
        found[name] = np.where(gone, np.nan, value).astype(np.float32)
    return found
