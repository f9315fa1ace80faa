"""The spread of kinetics between people, refitted to measured concentrations around a published typical person.

Expectation-maximisation over a mixed-effects model (Lindstrom & Bates, Biometrics 1990;46:673): every person's log
deviates at the maximum of their posterior by Gauss-Newton steps, their uncertainty from its curvature, and the
covariance between people from both. Samples far off weigh less (Cauchy).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from rich.progress import track

from experiments.recorded.plasma_samples import PlasmaSamples, plasma_at_samples
from experiments.recorded.spread import Build, Reading, log_error

ROUNDS = 15
STEP = 0.01  # of a log deviate, for slopes
LARGEST_MOVE = 0.5  # of a log deviate in one step
TAIL = 3.0  # residual SDs off, where a sample weighs half


class Person(NamedTuple):
    """One person's samples: slopes (deviates, samples) and errors (samples,) around their present deviates."""

    slopes: np.ndarray
    errors: np.ndarray


def refit(
    samples: PlasmaSamples, build: Build, start: Mapping[str, float], residual: float
) -> tuple[Reading, float]:
    """Return the spread between people, correlations and all, and the residual's log-SD.

    Args:
        samples: measured concentrations.
        build: log deviates -> kinetics.
        start: log-SDs to start from, by name; these deviates are refitted.
        residual: log-SD to start from.
    """
    names, records = sorted(start), np.unique(samples.record)
    covariance = np.diag([start[name] ** 2 for name in names])
    eta = np.zeros((len(names), len(records)))
    for _ in track(range(ROUNDS), "refitting", transient=True):
        prior, scatter, squares, weight = np.linalg.inv(covariance), np.zeros_like(covariance), 0.0, 0.0
        for column, person in enumerate(_linearised(samples, build, names, eta)):
            heavy = 1.0 / (1.0 + (person.errors / (TAIL * residual)) ** 2)
            information = (person.slopes * heavy) @ person.slopes.T
            uncertainty = np.linalg.inv(information / residual**2 + prior)
            pull = (person.slopes * heavy) @ person.errors / residual**2 - prior @ eta[:, column]
            eta[:, column] += np.clip(uncertainty @ pull, -LARGEST_MOVE, LARGEST_MOVE)
            scatter += uncertainty
            squares += float(heavy @ person.errors**2 + np.trace(uncertainty @ information))
            weight += float(heavy.sum())
        covariance, residual = (eta @ eta.T + scatter) / len(records), (squares / weight) ** 0.5
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    pairs = {(names[i], names[j]): float(correlation[i, j]) for i in range(len(names)) for j in range(i)}
    return Reading(dict(zip(names, map(float, sd), strict=True)), pairs), residual


def _linearised(samples: PlasmaSamples, build: Build, names: list[str], eta: np.ndarray) -> list[Person]:
    """Return every person's slopes and errors at their deviates, in the order of the records' names."""
    records, person = np.unique(samples.record, return_inverse=True)

    def errors(deviates: np.ndarray) -> np.ndarray:
        return log_error(
            samples.measured,
            plasma_at_samples(build(dict(zip(names, deviates[:, person], strict=True))), samples),
        )

    now = errors(eta)
    moved = [errors(eta + STEP * (np.arange(len(names)) == row)[:, None]) for row in range(len(names))]
    slopes = -(np.stack(moved) - now) / STEP
    people = []
    for number in range(len(records)):
        own = now[:, person == number]
        known = np.isfinite(own)
        people.append(Person(slopes[:, :, person == number][:, known], own[known]))
    return people
