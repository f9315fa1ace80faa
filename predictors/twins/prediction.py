"""What a twin would do next: the rest of a record at once, or minutes ahead of every reading, with quantiles."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtri

from predictors.depth.forecasts import HORIZONS, QUANTILES, expected_name
from predictors.depth.memory.exposure import AVERAGED
from predictors.learning.watching import INTERVAL
from predictors.twins.course import effect_sites, late, response
from predictors.twins.deviates import Hypnosis
from predictors.twins.posterior import Model, Posterior, left_over, shown_slope
from predictors.twins.record import Record
from predictors.twins.wander import DRIFT, QUICK, prepare, surprises
from sim.arrays import at_least, take, within
from sim.pharmacokinetics import compartments as pk
from sim.randomness import uniforms

PATHS = 20  # draws that are followed minutes ahead


def rest(model: Model, record: Record, posterior: Posterior) -> dict[str, np.ndarray]:
    """Return the index under the doses really given, where it is not told: name -> (samples, patients).

    Names are "bis", the expected value, and "bis_q10" and so on. A draw keeps its luck over the whole record, so the
    quantiles are right at every moment and say nothing of how the index wanders in between.

    Args:
        model: what was believed of everybody.
        record: told as far as `record.bis` is not NaN.
        posterior: what is believed now.
    """
    wide, z = spread(record, posterior.draws)
    who = model.deviates.hypnosis(wide.person, z)
    effect = effect_sites(who, wide.rates)
    mean, variance = left_in(model, wide, z, posterior)
    luck = _luck(record, len(posterior.draws))
    drift, quick = (mean[:, i] + np.sqrt(variance[:, i]) * luck[i].ravel() for i in (DRIFT, QUICK))
    shown = late(response(who, effect, wide.begun + drift), wide.delay) + quick
    return summary("bis", within(shown, 0.0, 100.0), len(posterior.draws))


def ahead(model: Model, record: Record, posterior: Posterior) -> dict[str, np.ndarray]:
    """Return forecasts after every sample if the pumps go on as they are, as forecasters name them.

    The twin is not fitted again: readings correct its drift only.
    """
    few = np.linspace(0, len(posterior.draws) - 1, min(PATHS, len(posterior.draws))).astype(int)
    thinned = Posterior(posterior.likeliest, posterior.draws[few], posterior.scale[few], posterior.accepted)
    wide, z = spread(record, thinned.draws)
    who = model.deviates.hypnosis(wide.person, z)
    effect = _effects_ahead(who, wide)
    mean, variance = left_in(model, wide, z, thinned)
    luck = _luck(record, len(few))
    found: dict[str, np.ndarray] = {}
    for number, horizon in enumerate(HORIZONS):
        kept = model.wander.kept(horizon)
        drift, quick = (
            kept[i] * mean[:, i]
            + luck[i].ravel()
            * np.sqrt(kept[i] ** 2 * variance[:, i] + (1.0 - kept[i] ** 2) * _stationary(model, thinned)[i])
            for i in (DRIFT, QUICK)
        )
        later = np.minimum(np.arange(len(wide.begun)) + round(horizon / INTERVAL), len(wide.begun) - 1)
        shown = response(who, effect[number], wide.begun[later] + drift) + quick
        found |= summary(expected_name(horizon), within(shown, 0.0, 100.0), len(few))
    return found


def summary(name: str, draws: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Return expected value and quantiles of (samples, draws x patients), each (samples, patients)."""
    apart = draws.reshape(len(draws), count, -1)
    quantiles = np.quantile(apart, QUANTILES, axis=1)
    named = {f"{name}_q{round(100 * q)}": values for q, values in zip(QUANTILES, quantiles, strict=True)}
    return {name: apart.mean(axis=1), **named}


def spread(record: Record, draws: np.ndarray) -> tuple[Record, np.ndarray]:
    """Return the record once for every draw (draws, unknowns, patients), side by side, and the draws likewise."""
    count, unknowns, patients = draws.shape
    return take(record, np.tile(np.arange(patients), count)), np.moveaxis(draws, 0, 1).reshape(unknowns, -1)


def left_in(model: Model, wide: Record, z: np.ndarray, posterior: Posterior) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of drift and quick noise after each sample, both (samples, 2, draws x patients)."""
    prepared = prepare(model.wander, shown_slope(model, wide, z), wide.shown)
    _, mean = surprises(model.wander, prepared, left_over(model, wide, z))
    return mean, prepared.covariance[:, [0, 2]] * posterior.scale.ravel() ** 2


def unchanged(rates: np.ndarray) -> np.ndarray:
    """Return the rates at which pumps go on, (samples, 2, patients), as `exposure.unchanged` has them."""
    share = 1.0 - np.exp(-INTERVAL / AVERAGED[0])
    return np.minimum(rates, lfilter([share], [1.0, share - 1.0], rates, axis=0))


def _effects_ahead(who: Hypnosis, wide: Record) -> np.ndarray:
    """Return effect sites that will be shown at each horizon, (horizons, samples, 2, patients)."""
    later = [pk.discretise(who.kinetics, at_least(horizon - wide.delay, 0.0)) for horizon in HORIZONS]
    found = [
        [pk.effect_site(pk.step(transition, state, rate)) for transition in later]
        for state, rate in zip(
            pk.course(who.kinetics, wide.rates, INTERVAL), unchanged(wide.rates), strict=True
        )
    ]
    return np.array(found).swapaxes(0, 1)


def _stationary(model: Model, posterior: Posterior) -> np.ndarray:
    return model.wander.variance[:, None] * posterior.scale.ravel() ** 2


def _luck(record: Record, count: int) -> np.ndarray:
    """Return what chance does to each draw's drift and noise, (2, draws, patients): evenly spread, in random order."""
    lot = uniforms(record.keys, "twin luck", 0, 2 * count).reshape(2, count, -1)
    return ndtri((lot.argsort(axis=1).argsort(axis=1) + 0.5) / count)
