"""Cases made by hand in no time, in the place of simulated ones: the same traps are in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL, watch
from predictors.nominal import NominalObserver
from predictors.pain.classes import WORST
from predictors.risk.hypotension.events import with_labels
from sim.covariates import Covariates
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.hypnosis import index

SAMPLES, RUN_OUT = 200, 20
RESTS, KEEPS = 6.0, 0.97  # mmHg, of how a pressure wanders; from one sample to the next


def wandering(shape: tuple[int, ...], keeps: float, random: np.random.Generator) -> np.ndarray:
    """Noise of SD 1 that stays for a while, (samples, ...)."""
    out, now = np.zeros(shape), random.standard_normal(shape[1:])
    for sample in range(shape[0]):
        now = keeps * now + np.sqrt(1.0 - keeps**2) * random.standard_normal(shape[1:])
        out[sample] = now
    return out


def people(count: int) -> Covariates:
    """Alike, but for their age."""
    return Covariates(
        np.linspace(30.0, 80.0, count), np.zeros(count), np.full(count, 172.0), np.full(count, 72.0)
    )


def cases(name: str, count: int, person: Covariates, **signals: np.ndarray) -> Cases:
    """Cases of signals (samples, count)."""
    who = np.array([f"{name} {number:03d}" for number in range(count)])
    samples = len(next(iter(signals.values())))
    kept = {one: Signal(values, INTERVAL, nothing=0.0) for one, values in signals.items()}
    return Cases(who, who, person, np.full(count, samples * INTERVAL), kept, {})


@dataclass(frozen=True)
class Depth:
    """A site where C50 of propofol is a factor of the surface's, and doses follow need, or the lot."""

    potency: float
    titrated: float = 0.5
    pump: str = "schnider"

    def cases(self, count: int, seed: int) -> Cases:
        """Doses first, then the index that they make."""
        random = np.random.default_rng(seed)
        person = people(count)
        need = np.exp(0.35 * random.standard_normal(count))
        level = need if self.titrated else 1.3 * np.ones(count)
        steps = np.exp((0.15 if self.titrated else 0.5) * random.standard_normal((SAMPLES // 25, count)))
        rate = 0.13 * level * np.repeat(steps, 25, axis=0)
        rate[:5] = 2.0 * level
        rate[-RUN_OUT:] = 0.0
        given = {"propofol": rate, "remifentanil": 0.1 * (rate > 0.0)}
        shown = cases("toy", count, person, bis=np.full_like(rate, 50.0), **given)
        said = watch(NominalObserver(propofol="schnider", remifentanil="minto"), shown)
        surface = SURFACES.get("bouillon")(person)
        true = index(surface, said["effect_propofol"] / (self.potency * need), said["effect_remifentanil"])
        bis = np.clip(true + 5.0 * wandering(true.shape, 0.8, random), 1.0, 98.0)
        return cases("toy", count, person, bis=bis.astype(float), **given)


@dataclass(frozen=True)
class Pressure:
    """Pressures that wander about a level of their own, with the labels of hypotension."""

    def cases(self, count: int, seed: int) -> Cases:
        """An hour each."""
        random = np.random.default_rng(seed)
        pressure = 76.0 + 6.0 * random.standard_normal(count) + RESTS * wandering((400, count), KEEPS, random)
        zero = np.zeros_like(pressure)
        made = cases(
            "toy", count, people(count), pressure=pressure, bis=zero + 50.0, propofol=zero, remifentanil=zero
        )
        return with_labels(made, pressure)


class Sites(dict):
    """What a registry of sites is asked for."""

    get = dict.__getitem__  # type: ignore[assignment]


DEPTH_SITES = Sites(
    tuned=Depth(0.65), shifted=Depth(1.1), titrated=Depth(1.0), wandering=Depth(1.0, titrated=0.0)
)
PRESSURE_SITES = Sites(stepped=Pressure())


def recognised(subjects: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features by which windows tell whose they are and nothing of pain, ratings, and owners; six windows each."""
    random = np.random.default_rng(0)
    owner = np.repeat(np.arange(subjects), 6)
    features = random.standard_normal((subjects, 12))[owner] + 0.1 * random.standard_normal((len(owner), 12))
    rating = np.round(random.uniform(0.0, WORST, subjects))[owner]
    return features, rating, owner
