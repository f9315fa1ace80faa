"""The patients of the training sites, left in peace: what infusions alone do to the index that is shown of them.

No surgery, no noise: the pharmacology that a network could learn, written for NumPy and for torch, which
differentiates it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.sites import SITES, simulated
from experiments.sites.depth import MIX
from predictors.learning.watching import INTERVAL
from sim.arrays import Array, map_arrays, namespace
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL
from sim.monitors import bis as bis_monitor
from sim.pharmacodynamics.hypnosis import ResponseSurface, index
from sim.pharmacokinetics import compartments as pk
from sim.pharmacokinetics.compartments import Compartments


@dataclass(frozen=True)
class Undisturbed:
    """Attributes: kinetics of both drugs, (2, patients); hypnosis, and delay of the index shown, s, (patients,)."""

    kinetics: Compartments
    hypnosis: ResponseSurface
    delay: Array


def patients(site: str, person: Covariates, keys: np.ndarray) -> Undisturbed:
    """Return what doses meet in the simulated patients of a site.

    Args:
        site: of `experiments.sites.SITES`.
        person: covariates, (patients,).
        keys: (patients,); with the site's own people and keys, these are the patients of its cases.
    """
    drawn = simulated.patients(SITES.get(site), person, keys)
    kinetics = map_arrays(lambda drugs: drugs[:2], drawn.kinetics)
    return Undisturbed(kinetics, drawn.hypnosis, drawn.bis_delay)


def shares(count: int) -> dict[str, int]:
    """Return how many of `count` patients each training site has, at least one; as training cases have."""
    return {site: max(1, round(share * count)) for site, share in MIX.items()}


def infuse(patient: Undisturbed, drugs: Array, rates: Array) -> tuple[Array, Array]:
    """Give infusions.

    Args:
        patient: (patients,).
        drugs: (4, 2, patients), in the body at the beginning; `sim.pharmacokinetics.compartments.empty` is nothing.
        rates: (samples, 2, patients), mg/s and µg/s in each 10 s.

    Returns:
        drugs at the end, and the true index at the beginning and after each interval, (1 + samples, patients).
    """
    transition = pk.discretise(patient.kinetics, INTERVAL)
    effect = [pk.effect_site(drugs)]
    for rate in rates:
        drugs = pk.step(transition, drugs, rate)
        effect.append(pk.effect_site(drugs))
    course = namespace(drugs).stack(effect)
    return drugs, index(patient.hypnosis, course[:, PROPOFOL], course[:, REMIFENTANIL])


def shown(patient: Undisturbed, true: Array) -> Array:
    """Return what the monitor shows, late and smoothed, of a true index (samples, patients).

    Before the first sample the index was what it is there.
    """
    kernel = bis_monitor.kernel(patient.delay, INTERVAL)
    reach = len(kernel) - 1
    known = namespace(true).concat([true[:1]] * reach + [true])
    return sum(weight * known[reach - age : len(known) - age] for age, weight in enumerate(kernel))
