"""What target-controlled pumps would give if targets were held: many targets at once, and no pump moves."""

from __future__ import annotations

import numpy as np

from sim import pumps
from sim.arrays import Array, map_arrays
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments
from sim.pumps import Controller

BOTH, PROPOFOL_ALONE, REMIFENTANIL_ALONE = slice(0, 2), slice(0, 1), slice(1, 2)
SINGLE = np.float32  # precision enough for what may come


def mirror(kinetics: Compartments, interval: float) -> Controller:
    """Return how pumps think that change their rates every `interval` (s), in single precision."""
    return map_arrays(lambda array: array.astype(SINGLE), pumps.controller(kinetics, interval))


def imagined(pump: Controller, predicted: Array, targets: Array, steps: int, drugs: slice = BOTH) -> Array:
    """Return the rates that pumps would give in each coming interval, (candidates, drugs, steps, patients).

    Rates are not rounded to what a pump can be set to. With intervals longer than a real pump's, a load takes the
    whole of its first interval, and leaves what the pause of a real pump leaves.

    Args:
        pump: of the patients, a `mirror`.
        predicted: (4, 2, patients), what it believes is in the body.
        targets: (drugs, candidates, patients), held throughout, µg/mL and ng/mL.
        steps: intervals that are imagined.
        drugs: which of the two.
    """
    wide = map_arrays(lambda array: array[..., drugs, None, :], pump)
    wanted, largest = targets.astype(SINGLE), pumps.MAX_RATE[drugs, :, None].astype(SINGLE)
    state = predicted[:, drugs].astype(SINGLE)[..., None, :] + 0.0 * wanted
    rates = np.empty((steps, *wanted.shape), dtype=SINGLE)
    for row in rates:
        row[:] = np.minimum(pumps.target_rate(wide, state, wanted), largest)
        state = pk.step(wide.transition, state, row)
    return rates.transpose(2, 1, 0, 3)
