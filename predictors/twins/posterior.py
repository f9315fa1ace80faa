"""Who somebody is, judged from a record: the likeliest individual, and draws of all that the record leaves possible.

The likeliest is found by L-BFGS on torch's gradients, in coordinates in which the problem is round (Gauss-Newton).
Draws start from the normal approximation there and move to the true posterior by the preconditioned Crank-Nicolson
sampler (Cotter, Stat Sci 2013;28:424), whose moves leave the approximation as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.special import gammaincinv

from predictors.twins.course import effect_sites, late, response, slope
from predictors.twins.deviates import Deviates
from predictors.twins.record import Record
from predictors.twins.wander import Filter, Wander, prepare, surprises
from sim.arrays import Array, map_arrays, namespace, take
from sim.randomness import normals, uniforms

ROUNDS = 3  # of fits: each has the slope, through which patients drift, and the coordinates of the last one's answer
STEPS = 8  # of L-BFGS in a round
TOLERANCE = 1e-3  # of the gradient, in standard deviations of the posterior
FARTHEST = 8.0  # SDs at which trial steps of the search stop making people odder
DRAWS, MOVES, STRIDE = 100, 20, 0.5


@dataclass(frozen=True)
class Model:
    """What is believed of everybody before anything was seen.

    Attributes:
        deviates: of individuals.
        wander: of what they leave unexplained.
    """

    deviates: Deviates
    wander: Wander

    def prior(self, keys: np.ndarray, draws: int) -> Posterior:
        """Return what is believed of these patients, keys (patients,), as if it came from an empty record."""
        unknowns, patients = len(self.deviates.names), len(keys)
        chance = normals(keys, "twin prior", 0, draws * unknowns).reshape(draws, unknowns, patients)
        freedom = self.wander.scale_freedom
        chi_square = 2.0 * gammaincinv(0.5 * freedom, uniforms(keys, "twin scale", 0, draws))
        return Posterior(
            np.zeros((unknowns, patients)), chance, np.sqrt(freedom / chi_square), np.ones(patients)
        )


@dataclass(frozen=True)
class Posterior:
    """What is believed of each patient after the record; draws have equal weight.

    Attributes:
        likeliest: (unknowns, patients), standard deviates.
        draws: (draws, unknowns, patients), likewise.
        scale: (draws, patients), factor on the SDs of drift and noise.
        accepted: (patients,), share of the moves that were taken: near 0, do not trust the draws.
    """

    likeliest: np.ndarray
    draws: np.ndarray
    scale: np.ndarray
    accepted: np.ndarray


@dataclass(frozen=True)
class Seen:
    """A record and a filter prepared for it; arrays of one library, patients last."""

    record: Record
    prepared: Filter


def fit(model: Model, record: Record) -> Posterior:
    """Return what a record says of its patients; nobody's answer depends on who is fitted beside.

    Raises:
        ValueError: a patient whose index was never shown.
    """
    if not record.shown.any(axis=0).all():
        row = int((~record.shown.any(axis=0)).argmax())
        raise ValueError(
            f"record: patient {row + 1} has no index to fit to, which is not allowed; one or more"
        )
    z = np.zeros((len(model.deviates.names), len(record.keys)))
    for _ in range(ROUNDS):
        seen = Seen(record, prepare(model.wander, shown_slope(model, record, z), record.shown))
        z = _likeliest(model, seen, z, _root(model, seen, z))
    return _drawn(model, seen, z, _root(model, seen, z))


def shown_slope(model: Model, record: Record, z: np.ndarray) -> np.ndarray:
    """Return the slope of the shown index at these individuals, (samples, patients)."""
    who = model.deviates.hypnosis(record.person, z)
    return late(slope(who, effect_sites(who, record.rates), record.begun), record.delay)


def left_over(model: Model, record: Record, z: Array) -> Array:
    """Return shown less expected index, 0 where none was shown, (samples, patients); NumPy and torch."""
    who = model.deviates.hypnosis(record.person, z)
    expected = late(response(who, effect_sites(who, record.rates), record.begun), record.delay)
    return namespace(expected).where(record.shown, record.bis - expected, 0.0 * expected)


def _loss(model: Model, record: Record, squares: Array, z: Array) -> Array:
    """Return minus the log posterior, (..., patients), from sums of squared surprises (..., patients).

    The scale of the noise is integrated out, which leaves Student's t.
    """
    freedom = model.wander.scale_freedom
    weight = 0.5 * (freedom + record.shown.sum(0))
    return weight * namespace(squares).log(freedom + squares) + 0.5 * (z * z).sum(-2)


def _root(model: Model, seen: Seen, z: np.ndarray) -> np.ndarray:
    """Return a root of the posterior covariance by Gauss and Newton, (patients, unknowns, unknowns)."""
    unknowns, patients = z.shape
    tiled = _on_torch(take(seen.record, np.tile(np.arange(patients), unknowns)))
    point = torch.from_numpy(np.tile(z, unknowns))
    one_each = torch.eye(unknowns, dtype=point.dtype).repeat_interleave(patients, dim=1)
    rest, change, *_ = torch.func.jvp(lambda z: left_over(model, tiled, z), (point,), (one_each,))
    surprise, _ = surprises(model.wander, seen.prepared, rest[:, :patients].numpy())
    slopes, _ = surprises(model.wander, seen.prepared, change.numpy().reshape(-1, unknowns, patients))
    freedom = model.wander.scale_freedom
    weight = (freedom + seen.record.shown.sum(0)) / (freedom + (surprise**2).sum(0))
    precision = np.eye(unknowns) + weight[:, None, None] * np.einsum("tip,tjp->pij", slopes, slopes)
    return np.linalg.inv(np.linalg.cholesky(precision)).swapaxes(1, 2)


def _likeliest(model: Model, seen: Seen, z: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Return the likeliest individuals, (unknowns, patients), sought from z on."""
    there, start, turned = _on_torch(seen), torch.from_numpy(z), torch.from_numpy(root)
    step = torch.zeros_like(start, requires_grad=True)
    descent = torch.optim.LBFGS(
        [step], max_iter=STEPS, tolerance_grad=TOLERANCE, line_search_fn="strong_wolfe"
    )

    def individuals() -> torch.Tensor:
        return start + torch.einsum("pij,jp->ip", turned, step)

    def closure() -> torch.Tensor:
        descent.zero_grad()
        found = individuals()
        surprise = _surprises(model, there, found.clamp(-FARTHEST, FARTHEST))
        loss = _loss(model, there.record, (surprise * surprise).sum(0), found).sum()
        loss.backward()
        return loss

    descent.step(closure)
    return individuals().detach().numpy()


def _drawn(model: Model, seen: Seen, z: np.ndarray, root: np.ndarray) -> Posterior:
    """Return draws around the likeliest individuals z: a chain each, from the normal approximation on."""
    record, (unknowns, patients) = seen.record, z.shape
    wide = take(seen, np.tile(np.arange(patients), DRAWS))

    def chance(counter: int) -> np.ndarray:
        drawn = normals(record.keys, "twin", counter, DRAWS * unknowns)
        return drawn.reshape(DRAWS, unknowns, patients)

    def judged(step: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Individuals, their sums of squares, and the log of the posterior over its normal approximation."""
        found = z + np.einsum("pij,djp->dip", root, step)
        surprise = _surprises(model, wide, np.moveaxis(found, 0, 1).reshape(unknowns, -1))
        squares = (surprise**2).sum(0).reshape(DRAWS, patients)
        return found, squares, 0.5 * (step**2).sum(1) - _loss(model, record, squares, found)

    step = chance(0)
    found, squares, ratio = judged(step)
    accepted = np.zeros(patients)
    for move in range(1, MOVES + 1):
        there = math.sqrt(1.0 - STRIDE**2) * step + STRIDE * chance(move)
        new, new_squares, new_ratio = judged(there)
        taken = np.log(uniforms(record.keys, "twin moves", move, DRAWS)) < new_ratio - ratio
        step, found = (np.where(taken[:, None], *pair) for pair in ((there, step), (new, found)))
        squares, ratio = (np.where(taken, *pair) for pair in ((new_squares, squares), (new_ratio, ratio)))
        accepted = accepted + taken.mean(0) / MOVES
    freedom, lot = model.wander.scale_freedom, uniforms(record.keys, "twin scale", 0, DRAWS)
    chi_square = 2.0 * gammaincinv(0.5 * (freedom + record.shown.sum(0)), lot)
    return Posterior(z, found, np.sqrt((freedom + squares) / chi_square), accepted)


def _surprises(model: Model, seen: Seen, z: Array) -> Array:
    """Return standardised surprises, (samples, patients); NumPy and torch."""
    return surprises(model.wander, seen.prepared, left_over(model, seen.record, z))[0]


def _on_torch(tree: Any) -> Any:
    return map_arrays(torch.from_numpy, tree)
