"""How deep, how soon, how long: quantities of the index, case by case."""

from __future__ import annotations

import numpy as np

from experiments.population.view import BEGINS, PER_MINUTE, View, correlation
from predictors.depth.phases import RUN_IN, last_propofol
from predictors.learning.watching import INTERVAL
from sim.metrics.samples import median
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.hypnosis import ResponseSurface

ASLEEP, AWAKE = 60.0, 80.0  # index (choice)
LONGEST = 30.0  # min, after which nobody is waited for (choice)
MINUTES = (2, 5, 10, 20)  # after the first propofol
AROUND = 3  # samples on either side of a moment, of which the median is the index there
LEVELS = ((20, 30), (30, 40), (40, 50), (50, 60), (60, 70))  # index
LEAST_AT_LEVEL = 60  # samples (choice)


def onset(view: View) -> dict[str, np.ndarray]:
    """Return time and effect site at which the index first falls below 60, and the index minutes after the start.

    Only of cases whose start was seen; who never falls asleep within half an hour is given 30 min, and no effect site.
    """
    bis = view.cases["bis"]
    asleep = (view.since > 0) & (view.since <= LONGEST * PER_MINUTE) & (bis < ASLEEP)
    before = (view.since >= -RUN_IN) & (view.since <= 0)
    seen = view.known_start & ~(before & (bis < ASLEEP)).any(axis=0)
    seen &= (np.isfinite(bis) & (view.since > 0) & (view.since <= BEGINS / INTERVAL)).sum(axis=0) > 30
    first = asleep.argmax(axis=0)
    case = np.arange(view.cases.count)
    reached = asleep.any(axis=0)
    minutes = np.where(reached, view.since[first, case] / PER_MINUTE, LONGEST)
    quantities = {
        "asleep_min": np.where(seen, minutes, np.nan),
        "asleep_effect_site": np.where(seen & reached, view.marsh[first, case], np.nan),
        "awake_index": median(np.where(before & view.known_start, bis, np.nan)),
    }
    for minute in MINUTES:
        quantities[f"index_at_{minute}_min"] = np.where(
            view.known_start, around(view, bis, minute * PER_MINUTE), np.nan
        )
    return quantities


def emergence(view: View) -> dict[str, np.ndarray]:
    """Return the index when propofol stops, and the minutes from there to an index above 80 (NaN: not seen)."""
    bis, last = view.cases["bis"], last_propofol(view.cases)
    after = np.arange(len(bis))[:, None] - last
    stop = median(np.where(np.abs(after) <= AROUND, bis, np.nan))
    awake = (after > 0) & (bis > AWAKE)
    minutes = (awake.argmax(axis=0) - last) / PER_MINUTE
    return {
        "index_at_stop": stop,
        "stop_to_awake_min": np.where(awake.any(axis=0) & (stop < AWAKE), minutes, np.nan),
    }


def sensitivity(view: View) -> dict[str, np.ndarray]:
    """Return the apparent sensitivity: log of the typical effect site over the one that the median index implies.

    Both of Eleveld 2018; how people titrate cancels out. Positive: deeper than typical people at these doses were
    would need more; the sign is that of resistance.
    """
    surface = SURFACES.get("eleveld")(view.cases.person)
    given = median(np.where(view.maintenance, view.eleveld, np.nan))
    reached = implied(surface, median(view.maintained("bis")))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(given / reached)
    return {"apparent_sensitivity": np.where(view.known_start & np.isfinite(log), log, np.nan)}


def implied(surface: ResponseSurface, index: np.ndarray) -> np.ndarray:
    """Return the effect site at which typical people have this index, µg/mL; NaN where they never do."""
    inside = (index > 0.0) & (index < surface.e0)
    reached = np.where(inside, index, np.nan)
    odds = (surface.e0 - reached) / reached
    steep = np.asarray(np.where(odds > 1.0, surface.gamma_deep, surface.gamma_light))
    return surface.c50_propofol * odds ** (1.0 / steep)


def by_level(view: View) -> dict[str, np.ndarray]:
    """Return the SD of 10 s differences of the index where it starts from each level."""
    bis = view.maintained("bis")
    change, level = np.diff(bis, axis=0), bis[:-1]
    found = {}
    for low, high in LEVELS:
        there = np.where((level >= low) & (level < high), change, np.nan)
        enough = np.isfinite(there).sum(axis=0) >= LEAST_AT_LEVEL
        spread = np.full(bis.shape[1], np.nan)
        spread[enough] = np.nanstd(there[:, enough], axis=0)
        found[f"bis_change_sd_{low}_{high}"] = spread
    return found


def with_dose(view: View) -> dict[str, np.ndarray]:
    """Return the correlation over time of index and propofol's effect site (Marsh), whole case from its start."""
    there = (view.since >= 0) & view.inside & view.known_start
    return {
        "bis_effect_site_correlation": correlation(np.where(there, view.cases["bis"], np.nan), view.marsh)
    }


def around(view: View, values: np.ndarray, sample: int) -> np.ndarray:
    """Return the median of a signal within half a minute of a moment after the first propofol, (cases,)."""
    return median(np.where(np.abs(view.since - sample) <= AROUND, values, np.nan))
