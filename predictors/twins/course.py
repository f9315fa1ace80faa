"""Doses in, the course of the index out: drugs step by step, the response at once. NumPy and torch alike."""

from __future__ import annotations

import numpy as np

from predictors.learning.watching import INTERVAL
from predictors.twins.deviates import Hypnosis
from sim.arrays import Array, like, namespace
from sim.interfaces import PROPOFOL, REMIFENTANIL
from sim.pharmacodynamics.hypnosis import index
from sim.pharmacokinetics import compartments as pk

TRACE = 1e-9  # µg/mL; without any drug, a response less than linear has no finite slope
NUDGE = 0.02  # log of the sensitivity, from which the slope is taken


def effect_sites(who: Hypnosis, rates: Array) -> Array:
    """Return effect-site concentrations, (samples, 2, patients), µg/mL and ng/mL, from a drug-free start.

    Args:
        who: whose.
        rates: (samples, 2, patients), mg/s and µg/s, over the interval that ends with the sample.
    """
    return pk.effect_sites(who.kinetics, rates, INTERVAL)


def response(who: Hypnosis, effect: Array, log_sensitivity: Array) -> Array:
    """Return the true index at effect sites (..., 2, patients), sensitivity to propofol changed by this log."""
    factor = namespace(log_sensitivity).exp(log_sensitivity)
    return index(who.surface, factor * effect[..., PROPOFOL, :] + TRACE, effect[..., REMIFENTANIL, :])


def slope(who: Hypnosis, effect: Array, log_sensitivity: Array) -> Array:
    """Return how the true index changes with the log of the sensitivity to propofol, index points."""
    more, less = (response(who, effect, log_sensitivity + nudge) for nudge in (NUDGE, -NUDGE))
    return (more - less) / (2.0 * NUDGE)


def late(values: Array, delay: Array) -> Array:
    """Return (samples, patients) values as seen `delay` s (patients,) later; linear between samples."""
    xp = namespace(values)
    sample = like(np.arange(float(len(values)))[:, None], values)
    moment = xp.clip(sample - delay / INTERVAL, 0.0, None)
    before = xp.floor(moment)
    first = xp.astype(before, xp.int64)
    second = xp.clip(first + 1, None, len(values) - 1)
    old, new = (xp.take_along_axis(values, rows, axis=0) for rows in (first, second))
    return old + (moment - before) * (new - old)
