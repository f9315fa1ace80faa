"""The mean arterial pressure: what is unknown of it, and what is expected to be read.

pressure = exp(awake + wander + quick + stress S - fall exp(drugs)) + rise(norepinephrine x exp(pressor)), where S is
the expected stimulation that remifentanil lets through and the fall, a log, follows the plasma of both
drugs: a gray box with the shape of Su's model (Br J Anaesth 2023;131:222) and Beloeil's response to norepinephrine.
"""

from __future__ import annotations

import math

import numpy as np

from predictors.belief.population import Pressure
from sim.arrays import Array
from sim.pharmacodynamics.hemodynamics import PRESSOR_C50, PRESSOR_EMAX, PRESSOR_GAMMA
from sim.pharmacodynamics.nociception import blunting

AWAKE, DRUGS, PRESSOR, STRESS, WANDER, QUICK = UNKNOWNS = range(6)
# µg/mL and ng/mL of half effect: that of Su's model on heart and vessels, and of falling asleep (choice).
RELAXED_C50, PROPOFOL_C50, REMIFENTANIL_C50 = 0.5, 3.21, 4.59
USUAL = 90.0  # mmHg, awake, before anything is read
USUAL_SD = 0.17  # log


def begin(p: Pressure, patients: int) -> tuple[Array, Array]:
    """Return mean (unknowns, patients) and covariance (unknowns, unknowns, patients) before anything is read."""
    mean = np.zeros((len(UNKNOWNS), patients))
    mean[AWAKE], mean[STRESS] = math.log(USUAL), p.stress
    covariance = np.zeros((len(UNKNOWNS), *mean.shape))
    sds = [USUAL_SD, p.drugs_sd, p.pressor_sd, p.stress_sd, p.awake_sd, p.quick_sd]
    for row, sd in enumerate(sds):
        covariance[row, row] = sd**2
    return mean, covariance


def faded(p: Pressure, seconds: float) -> tuple[Array, Array]:
    """Return what is left of each unknown and the variance that it has gained, (unknowns, 1) each."""
    kept = np.array([1.0, 1.0, 1.0, 1.0, *(math.exp(-seconds / t) for t in (p.wander_time, p.quick_time))])
    sds = np.array([0.0, 0.0, 0.0, 0.0, p.wander_sd, p.quick_sd])
    return kept[:, None], (sds**2 * (1.0 - kept**2))[:, None]


def settled_fall(p: Pressure, propofol: Array, remifentanil: Array) -> Array:
    """Return the log fall under plasma concentrations that last, µg/mL and ng/mL."""
    relaxed = propofol / (RELAXED_C50 + propofol)
    return (
        p.relaxed * relaxed
        + p.propofol * propofol / (PROPOFOL_C50 + propofol)
        + p.remifentanil * remifentanil / (REMIFENTANIL_C50 + remifentanil)
    )


def fall_after(p: Pressure, fall: Array, settled: Array, seconds: float) -> Array:
    """Return the fall some seconds later, under a settled one that lasts."""
    return settled + (fall - settled) * math.exp(-seconds / p.settling)


def strain(stimulus: Array, remifentanil: Array) -> Array:
    """Return the stimulation that remifentanil, ng/mL at its effect site, lets through to heart and vessels, points."""
    return stimulus * (1.0 - blunting(remifentanil))


def rise(norepinephrine: Array, pressor: Array) -> tuple[Array, Array]:
    """Return what norepinephrine, ng/mL in plasma, adds, mmHg, and its slope in the log sensitivity `pressor`."""
    dose = np.maximum(norepinephrine, 1e-9) / PRESSOR_C50
    share = 1.0 / (1.0 + np.exp(-PRESSOR_GAMMA * (np.log(dose) + pressor)))
    return PRESSOR_EMAX * share, PRESSOR_EMAX * PRESSOR_GAMMA * share * (1.0 - share)


def pressure(mean: Array, fall: Array, strained: Array, norepinephrine: Array) -> tuple[Array, Array]:
    """Return the pressure, mmHg, and its slopes in the unknowns.

    Args:
        mean: (unknowns, patients).
        fall, strained, norepinephrine: (..., patients), see above.
    """
    drop = fall * np.exp(mean[DRUGS])
    own = np.exp(mean[AWAKE] + mean[WANDER] + mean[QUICK] + mean[STRESS] * strained - drop)
    added, steep = rise(norepinephrine, mean[PRESSOR])
    slopes = np.stack([own, -own * drop, steep + 0.0 * own, own * strained, own, own])
    return own + added, slopes
