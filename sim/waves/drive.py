"""What drives the waveforms: the body, second by second."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sim.arrays import Array


@dataclass(frozen=True)
class Drive:
    """What the body does, as far as it can be heard; each (seconds, patients), or (patients,) at one moment.

    A row is a whole second and holds throughout it.

    Attributes:
        bis: true index, 0-100.
        propofol, remifentanil: true effect sites, µg/mL and ng/mL.
        nociception: stimulation that drugs let through, 0-1.
        relaxed: share of the muscles that is blocked, 0-1.
        operating: 1 from the incision to the last stitch, else 0.
        heart_rate, mean_arterial_pressure: 1/min and mmHg, true.
        stroke_volume: mL.
        blood_volume: fraction left, 1 is all.
    """

    bis: Array
    propofol: Array
    remifentanil: Array
    nociception: Array
    relaxed: Array
    operating: Array
    heart_rate: Array
    mean_arterial_pressure: Array
    stroke_volume: Array
    blood_volume: Array


def over(before: Drive, now: Drive, seconds: int) -> Drive:
    """Return the drive of the seconds between two moments, (seconds, patients): straight lines that end at `now`.

    Args:
        before, now: each (patients,).
        seconds: whole seconds from one to the other.
    """
    share = (np.arange(1, seconds + 1) / seconds)[:, None]
    rows = {
        field.name: (1.0 - share) * getattr(before, field.name) + share * getattr(now, field.name)
        for field in fields(Drive)
    }
    return Drive(**rows | {"operating": np.repeat(now.operating[None], seconds, axis=0)})


def steady(now: Drive, seconds: int) -> Drive:
    """Return the drive, (seconds, patients), of a body that has been like this, (patients,), for so long."""
    return over(now, now, seconds)
