"""The index: what is unknown of it, how it fades, and what a monitor is expected to show.

index = awake (1 - fall U^γ / (1 + U^γ)) + (expected stimulus x arousal + disturbance) (1 - tolerance), where
U = C propofol / C50 x exp(sensitivity) + C remifentanil / C50 x exp(its own). A member of a bank has a ke0, a γ, a
delay and a size of noise of its own and begins with a sensitivity of its own; one alone is the average patient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from predictors.belief.population import Depth
from sim.arrays import Array
from sim.pharmacodynamics.nociception import Tolerance

LASTING, PASSING, OPIOID, BASELINE, AROUSAL, DISTURBANCE, NOISE = UNKNOWNS = range(7)
SPREAD = 0.7  # of members' first sensitivities, in SDs between people; each is as unsure of its own by as much again
SMALLEST = 1e-6  # potency, so that its log is finite


@dataclass(frozen=True)
class Bank:
    """So many members, spread evenly over the people of a population; every array (members, 1)."""

    people: Depth
    members: int = 18

    @cached_property
    def normals(self) -> Array:
        """Standard normal deviates of ke0, γ, delay, sensitivity and noise, (5, members, 1): Sobol's, of SD 1."""
        if self.members == 1:
            return np.zeros((5, 1, 1))
        points = qmc.Sobol(5, scramble=False).random_base2(math.ceil(math.log2(self.members + 1)))
        z = ndtri(points[1 : self.members + 1].T)  # the first point is a corner
        z = (z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True)
        return z[..., None]

    @cached_property
    def ke0(self) -> Array:
        """1/min."""
        return self.people.ke0 * np.exp(self.people.ke0_sd * self.normals[0])

    @cached_property
    def gamma(self) -> Array:
        """Steepness."""
        return self.people.gamma * np.exp(self.people.gamma_sd * self.normals[1])

    @cached_property
    def delay(self) -> Array:
        """In units of Eleveld's delay by age."""
        return self.people.delay * np.exp(self.people.delay_sd * self.normals[2])

    @cached_property
    def noise(self) -> Array:
        """Factor on the size of the monitor's noise."""
        return np.exp(self.people.noise_log_sd * self.normals[4])

    def begin(self, patients: int) -> tuple[Array, Array]:
        """Return mean (unknowns, members, patients) and covariance (unknowns, unknowns, members, patients) at first."""
        p, alone = self.people, self.members == 1
        spread = 0.0 if alone else SPREAD
        mean = np.zeros((len(UNKNOWNS), self.members, patients))
        mean[LASTING] = spread * p.lasting_sd * self.normals[3]
        mean[PASSING], mean[BASELINE], mean[AROUSAL] = -p.start, p.awake, p.arousal
        own = p.lasting_sd * math.sqrt(1.0 - spread**2)
        sds = [own, p.start_sd, p.opioid_sd, p.awake_sd, p.arousal_sd, p.disturbance_sd, p.noise_sd]
        covariance = np.zeros((len(UNKNOWNS), *mean.shape))
        for row, sd in enumerate(sds):
            covariance[row, row] = sd**2
        return mean, covariance


def faded(p: Depth, noisy: Array, seconds: float) -> tuple[Array, Array]:
    """Return what is left of each unknown and the variance that it has gained, (unknowns, members, 1) each.

    Args:
        p: the population.
        noisy: (members, 1), factor on the size of the monitor's noise.
        seconds: that pass.
    """
    times = [math.inf, p.passing_time, math.inf, math.inf, math.inf, p.disturbance_time, p.noise_time]
    sds = [0.0, p.passing_sd, 0.0, 0.0, 0.0, p.disturbance_sd, p.noise_sd]
    kept = np.exp(-seconds / np.array(times))[:, None, None]
    noise = np.array(sds)[:, None, None] ** 2 * (1.0 - kept**2) * np.ones_like(noisy)
    noise[LASTING] = p.lasting_drift**2 * seconds / 3600.0
    noise[NOISE] *= noisy**2
    return kept, noise


def potency(p: Depth, sensitivity: Array, opioid: Array, propofol: Array, remifentanil: Array) -> list[Array]:
    """Return what propofol and remifentanil add to the dose in units of half effect, and the whole dose.

    Args:
        p: the population.
        sensitivity, opioid: logs, to propofol and to remifentanil.
        propofol, remifentanil: effect sites, µg/mL and ng/mL.
    """
    one = propofol * (np.exp(sensitivity) / p.c50)
    other = remifentanil * (np.exp(opioid) / p.c50_remifentanil)
    return [one, other, one + (other + SMALLEST)]


def effect(gamma: Array, dose: Array) -> Array:
    """Return the share of the largest fall, 0 to 1."""
    return 1.0 / (1.0 + np.exp(-gamma * np.log(dose)))


def index(
    p: Depth, gamma: Array, mean: Array, propofol: Array, remifentanil: Array, through: Array, stimulus: Array
) -> tuple[Array, Array]:
    """Return the index without the monitor's noise, (members, patients), and its slopes in the unknowns.

    Args:
        p: the population.
        gamma: (members, 1).
        mean: (unknowns, members, patients).
        propofol: (members, patients), effect site, µg/mL.
        remifentanil: (patients,), ng/mL.
        through: (members, patients) or (patients,), share of a stimulus that drugs let through.
        stimulus: (patients,), expected, points of an undrugged patient.
    """
    one, other, dose = potency(p, mean[LASTING] + mean[PASSING], mean[OPIOID], propofol, remifentanil)
    share = effect(gamma, dose)
    left = 1.0 - p.fall * share
    steep = -mean[BASELINE] * p.fall * gamma * share * (1.0 - share) / dose
    slopes = np.empty_like(mean)
    slopes[LASTING] = slopes[PASSING] = steep * one
    slopes[OPIOID] = steep * other
    slopes[BASELINE], slopes[AROUSAL], slopes[DISTURBANCE], slopes[NOISE] = (
        left,
        through * stimulus,
        through,
        0.0,
    )
    felt = through * (mean[AROUSAL] * stimulus + mean[DISTURBANCE])
    return mean[BASELINE] * left + felt, slopes


def let_through(tolerance: Tolerance, propofol: Array, remifentanil: Array) -> Array:
    """Return the share of a stimulus that drugs let through to the brain, 1 less `nociception.tolerance`.

    Written in logs, of which single precision does not overflow: Bouillon, Anesthesiology 2004;100:1353.
    """
    t = tolerance
    opioid = (remifentanil / (t.c50_remifentanil * t.pre)) ** t.gamma_remifentanil
    dose = (propofol + SMALLEST) * (1.0 + opioid) / (t.c50_propofol * t.pre)
    return 1.0 / (1.0 + np.exp(np.minimum(t.gamma_propofol * np.log(dose), 80.0)))
