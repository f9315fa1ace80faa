"""Typical values and spreads of a population by expectation-maximisation over individuals.

As `experiments.recorded.refitting` does for concentrations (Lindstrom & Bates, Biometrics 1990;46:673), but with errors
that go together over time, and with typical values that move. The kinetics keep the spread of their model and their
typical person: what doses and index alone say of kinetics is nuisance here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from experiments.patients.courses import (
    DEVIATES,
    EFFECT,
    KINETIC,
    Group,
    late,
    moved,
    propofol_sites,
    true_index,
)
from experiments.patients.whitening import Noise, whiten
from sim.cohort.population import Depth
from sim.pharmacokinetics.propofol import ELEVELD

# How the fit is done, and what it is not asked to tell (choice).
STEP = 0.02  # of a deviate, for slopes
LARGEST_MOVE = 0.35  # of a deviate, in one round
WIDEST = 3.5  # SDs of a deviate
TAIL = 2.5  # SDs, from which on an error's weight falls (Huber)
BEFORE = 60.0  # s before the first propofol that count
HELD = {"c50_remifentanil": 0.3, "emax": 0.05, "start": 0.15}  # spreads the data do not tell from others
SETTLING = 2  # rounds before typical values and spreads move
MIDDLE_AGE = 60.0
NOISE_ROUNDS, NOISE_TRIES = (3, 6, 10), 45


@dataclass(frozen=True)
class Fit:
    """A population, the noise around it, and everybody's deviates by group, (deviates, cases)."""

    depth: Depth
    noise: Noise
    covariance: np.ndarray
    etas: list[np.ndarray]


def fit(
    material: list[Group], depth: Depth, noise: Noise, rounds: int, done: Callable[[], None] = lambda: None
) -> Fit:
    """Return the population that makes the recorded index likely under the recorded doses.

    Args:
        material: recorded cases.
        depth: to start from.
        noise: to start from.
        rounds: of expectation and maximisation.
        done: called after each round.
    """
    spreads = [
        *(ELEVELD.log_sd[name] for name in KINETIC),
        *({**depth.log_sd, **HELD}[name] for name in EFFECT),
    ]
    state = Fit(
        depth,
        noise,
        np.diag(np.square(spreads)),
        [np.zeros((len(DEVIATES), len(group.rows))) for group in material],
    )
    for turn in range(rounds):
        state, uncertainty = _expect(material, state)
        if turn >= SETTLING:
            state = _maximise(material, state, uncertainty)
        if turn in NOISE_ROUNDS:
            state = replace(state, noise=_fit_noise(material[::2], replace(state, etas=state.etas[::2])))
        done()
    return replace(state, depth=_with_spreads(state))


def _expect(material: list[Group], state: Fit) -> tuple[Fit, np.ndarray]:
    """Move everybody a Gauss-Newton step towards the maximum of their posterior; return also their uncertainty."""
    prior = np.linalg.inv(state.covariance)
    widest = WIDEST * np.sqrt(np.diag(state.covariance))[:, None]
    etas, uncertainty = [], np.zeros_like(prior)
    for group, eta in zip(material, state.etas, strict=True):
        information, pull = _normal_equations(group, state, eta)
        curvature = information + prior
        step = np.linalg.solve(curvature, (pull - (prior @ eta).T)[..., None])[..., 0].T
        etas.append(np.clip(eta + np.clip(step, -LARGEST_MOVE, LARGEST_MOVE), -widest, widest))
        uncertainty += np.linalg.inv(curvature).sum(axis=0)
    return replace(state, etas=etas), uncertainty


def _normal_equations(group: Group, state: Fit, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the information (cases, deviates, deviates) and the pull (cases, deviates) of whitened errors."""
    errors, slopes, slope, known = _linearised(group, state.depth, eta)
    columns = np.concatenate([errors[:, None], -slopes], axis=1)
    white, _ = whiten(np.where(known[:, None], columns, 0.0), slope, known, state.noise)
    weight = np.sqrt(TAIL / np.maximum(np.abs(white[:, 0]), TAIL))
    design, error = (-white[:, 1:] * weight[:, None]).transpose(2, 1, 0), (white[:, 0] * weight).T
    return design @ design.transpose(0, 2, 1), (design @ error[..., None])[..., 0]


def _linearised(
    group: Group, depth: Depth, eta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return errors, their slopes over each deviate, the index's slope over the drift, and what was shown."""
    now = dict(zip(DEVIATES, eta, strict=True))
    tried = [now, *({**now, name: now[name] + STEP} for name in DEVIATES)]
    kinetic = [0, *(number for number, name in enumerate(DEVIATES, 1) if name in (*KINETIC, "ke0"))]
    sites = dict(
        zip(kinetic, propofol_sites(group, depth, [tried[number] for number in kinetic]), strict=True)
    )
    age = group.person.age
    courses = []
    for number, deviates in enumerate(tried):
        index, slope = true_index(group, depth, deviates, sites.get(number, sites[0]))
        courses.append(late(index, age))
        if number == 0:
            drift = late(slope, age)
    known = np.isfinite(group.bis) & (group.since >= -BEFORE)
    errors = np.where(known, group.bis - courses[0], 0.0)
    return errors, (np.stack(courses[1:], axis=1) - courses[0][:, None]) / STEP, drift, known


def _maximise(material: list[Group], state: Fit, uncertainty: np.ndarray) -> Fit:
    """Move typical values to the mean of the deviates, and the spread to what is left and not known."""
    eta = np.concatenate(state.etas, axis=1)
    years = np.concatenate([group.person.age for group in material]) - MIDDLE_AGE
    c50 = DEVIATES.index("c50_propofol")
    ageing, _ = np.polyfit(years, eta[c50], 1)
    shift = eta.mean(axis=1)
    etas = []
    for group, own in zip(material, state.etas, strict=True):
        centred = own - shift[:, None]
        centred[c50] -= ageing * (group.person.age - MIDDLE_AGE - years.mean())
        etas.append(centred)
    by = {name: float(shift[DEVIATES.index(name)]) for name in EFFECT}
    by["c50_propofol"] += float(ageing * (35.0 - MIDDLE_AGE - years.mean()))
    by["c50_age"] = float(ageing)
    everybody = np.concatenate(etas, axis=1)
    found = (everybody @ everybody.T + uncertainty) / everybody.shape[1]
    covariance = state.covariance.copy()
    free = [row for row, name in enumerate(DEVIATES) if name in EFFECT and name not in HELD]
    covariance[np.ix_(free, free)] = found[np.ix_(free, free)]
    ke0 = DEVIATES.index("ke0")  # drawn with the kinetics, apart from the surface
    covariance[ke0] = covariance[:, ke0] = np.where(
        np.arange(len(DEVIATES)) == ke0, covariance[ke0, ke0], 0.0
    )
    return replace(state, depth=moved(state.depth, by), covariance=covariance, etas=etas)


def _fit_noise(material: list[Group], state: Fit) -> Noise:
    """Return the noise that makes the errors around everybody's own parameters likely."""
    held = [_linearised(group, state.depth, eta) for group, eta in zip(material, state.etas, strict=True)]

    def unlikely(logs: np.ndarray) -> float:
        noise, total = Noise(*np.exp(logs)), 0.0
        for errors, _, slope, known in held:
            white, log_sd = whiten(errors[:, None], slope, known, noise)
            far = np.abs(white[:, 0])
            total += np.where(far < TAIL, 0.5 * far**2, TAIL * (far - 0.5 * TAIL)).sum() + log_sd.sum()
        return float(total)

    start = np.log([getattr(state.noise, name) for name in Noise.__dataclass_fields__])
    found = minimize(unlikely, start, method="Nelder-Mead", options={"maxfev": NOISE_TRIES})
    return Noise(*map(float, np.exp(found.x)))


def _with_spreads(state: Fit) -> Depth:
    """Return the population with the spreads and correlations of a covariance, and the drift of its noise."""
    sd = np.sqrt(np.diag(state.covariance))
    correlation: Mapping[str, float] = {
        f"{DEVIATES[j]} {DEVIATES[i]}": float(state.covariance[i, j] / sd[i] / sd[j])
        for i in range(len(DEVIATES))
        for j in range(i)
        if state.covariance[i, j] != 0.0
    }
    log_sd = {name: float(sd[DEVIATES.index(name)]) for name in EFFECT if name != "start"}
    drift = replace(state.depth.drift, size=state.noise.drift, seconds=state.noise.drift_seconds)
    return replace(state.depth, log_sd=log_sd, correlation=correlation, drift=drift)
