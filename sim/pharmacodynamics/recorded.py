"""The index of people like those of recorded cases: `sim.cohort.population` as a model of BIS."""

from __future__ import annotations

from functools import partial

from sim.arrays import namespace
from sim.cohort.population import Depth, recorded
from sim.covariates import Covariates
from sim.pharmacodynamics.hypnosis import HIGHEST_INDEX, HypnosisModel, ResponseSurface
from sim.published import Deviates, EffectModel, full, individual

VARIES = ("c50_propofol", "c50_remifentanil", "gamma_light", "gamma_deep", "e0", "emax")
REFERENCE_AGE = 35.0
STUDIED = {"age": (18.0, 86.0), "weight": (35.0, 110.0)}


def surface(depth: Depth) -> HypnosisModel:
    """Return the model of BIS of a population: additive drugs, and a C50 that drifts and starts high."""
    pairs = {(one, other): value for (one, other), value in map(_pair, depth.correlation.items())}
    return EffectModel(
        "recorded BIS model",
        "Fitted to recorded cases; see sim/data/population_recorded.md.",
        partial(_surface, depth=depth),
        VARIES,
        {name: depth.log_sd[name] for name in VARIES},
        STUDIED,
        pairs,
        depth.drift,
        depth.arousability,
    )


def _pair(item: tuple[str, float]) -> tuple[tuple[str, str], float]:
    one, other = item[0].split()
    return (one, other), item[1]


def _surface(person: Covariates, eta: Deviates, depth: Depth) -> ResponseSurface:
    """Put a person's deviates on typical values; an individual's e0 is held at 100 and emax at e0."""
    xp = namespace(person.age)
    own = {name: individual(full(person, getattr(depth, name)), eta, name) for name in VARIES}
    own["c50_propofol"] = own["c50_propofol"] * xp.exp(depth.c50_age * (person.age - REFERENCE_AGE))
    own["e0"] = xp.clip(own["e0"], 0.0, HIGHEST_INDEX)
    own["emax"] = xp.minimum(own["emax"], own["e0"])
    return ResponseSurface(**own, beta=full(person, 0.0), interaction="greco")


def __getattr__(name: str) -> HypnosisModel:
    """Return `RECORDED`, made from the shipped table when it is first asked for."""
    if name != "RECORDED":
        raise AttributeError(name)
    return surface(recorded().depth)
