"""How much a patient hurts after surgery, on a scale of 0 to 10, and what an opioid leaves of it. An assumption."""

from __future__ import annotations

import math

import numpy as np

from sim.arrays import Array
from sim.randomness import normals, truncated_normals
from sim.surgery import CLOSING, INCISION, NEVER, Surgery, stimulus_at

WORST, MODERATE = 10.0, 4.0  # the scale's end, and where pain is treated (convention)
USUAL, PER = 6.0, 12.0  # unrelieved, at the median; BIS points that the usual operation strikes with (choice)
SPREAD = 0.35  # log-SD between people whose operations are alike (choice)
LASTING, SETTLES = 0.7, 90.0  # share that stays for hours, and min in which the rest fades (choice)
COMES, WITHIN = 0.15, 20.0  # log-SD and min by which pain comes and goes (choice)
# ng/mL of fentanyl at which pain that was treated is treated no longer: 0.99, 0.76 to 1.28 in the middle half of 30
# people in a recovery room (Bae, Br J Anaesth 2020;125:976, abstract); taken for what halves it. Steep, as small
# changes went with marked relief (Woodhouse, Reg Anesth Pain Med 2000;25:259, abstract); how steep is a choice.
HALVES, HALVES_LOG_SD, STEEPNESS = 0.99, 0.386, 3.0
SAMPLES = 200  # moments of an operation that are looked at


def unrelieved(keys: np.ndarray, surgery: Surgery, minutes: int) -> np.ndarray:
    """Return how much patients would hurt without any drug, (minutes, patients), 0 to 10, from emergence on.

    It grows with what of the surgery reached them, from the incision until the wound was closed: a block that worked
    in theatre still works.

    Args:
        keys: (patients,), as `sim.randomness.case_keys` returns them.
        surgery: theirs, of NumPy's arrays.
        minutes: how many.
    """
    people = np.exp(SPREAD * truncated_normals(keys, "pain", 1)[0])
    fading = LASTING + (1.0 - LASTING) * np.exp(-np.arange(minutes) / SETTLES)
    comes = np.exp(COMES * _wander(keys, minutes))
    return np.minimum(USUAL * struck(surgery) / PER * people * fading[:, None] * comes, WORST)


def struck(surgery: Surgery) -> np.ndarray:
    """Return the mean stimulus that arrived from incision to closing, (patients,), BIS points; else 0."""
    begins, ends = surgery.phase_starts[[INCISION, CLOSING]]
    ends = np.minimum(ends, np.maximum(begins, surgery.times[-1]))  # a table may know of no closing
    shares = (np.arange(SAMPLES) + 0.5) / SAMPLES
    arrived = sum(stimulus_at(surgery, begins + share * (ends - begins)) for share in shares) / SAMPLES
    return np.where(begins < NEVER, np.maximum(arrived, 0.0), 0.0)


def _wander(keys: np.ndarray, minutes: int) -> np.ndarray:
    """Return what comes and goes, (minutes, patients), of SD 1 at any time."""
    kept = math.exp(-1.0 / WITHIN)
    now, over_time = normals(keys, "pain comes and goes", 0, 1)[0], []
    for minute in range(minutes):
        over_time.append(now)
        now = kept * now + math.sqrt(1.0 - kept**2) * normals(keys, "pain comes and goes", minute + 1, 1)[0]
    return np.stack(over_time)


def sensitivity(keys: np.ndarray) -> np.ndarray:
    """Return the concentration of fentanyl that halves each patient's pain, (patients,), ng/mL."""
    return HALVES * np.exp(HALVES_LOG_SD * truncated_normals(keys, "analgesia", 1)[0])


def relieved(pain: Array, effect: Array, halves: Array) -> Array:
    """Return what is left of pain at this effect-site concentration of fentanyl, ng/mL."""
    return pain / (1.0 + (effect / halves) ** STEEPNESS)
