"""Recorded doses given to people drawn from a population, and the figures by which both are judged.

Nobody's own parameters are fitted here: what must agree is how deep, how soon and how differently people were.
Chance is drawn once (common random numbers), so a figure changes with the population alone, smoothly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from experiments.patients.courses import DEVIATES, EFFECT, KINETIC, Group, late, propofol_sites, true_index
from experiments.population.simulated import begun, surgeries
from predictors.depth.phases import first_propofol
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from sim import surgery
from sim.cohort.individuals import RESPONSE_LOG_SD
from sim.cohort.population import Depth
from sim.monitors.bis import VALUES, even
from sim.monitors.noise import INNOVATIONS, Noise
from sim.monitors.recorded import recorded
from sim.pharmacodynamics import TOLERANCE
from sim.pharmacodynamics.nociception import tolerance
from sim.pharmacodynamics.recorded import surface
from sim.pharmacokinetics.propofol import ELEVELD
from sim.published import correlated
from sim.randomness import case_keys, heavy

TRUNCATION = 3.0  # SDs, as individuals are drawn


@dataclass(frozen=True)
class Chance:
    """What happens to the drawn people of a group, whoever they are.

    Attributes:
        people: (deviates, cases) standard normals.
        wander: standard normals (samples, cases).
        monitor: (samples, cases), noise of the monitor on the scale on which it is of one size.
        stimulus: (samples, cases), BIS points of an undrugged patient.
    """

    people: np.ndarray
    wander: np.ndarray
    monitor: np.ndarray
    stimulus: np.ndarray


def chances(cases: Cases, material: list[Group], seed: int) -> list[Chance]:
    """Return the chance of every group; surgery is a random one, at the recorded times where these are known."""
    rng = np.random.default_rng(seed)
    found = []
    for group in material:
        shape = group.bis.shape
        found.append(
            Chance(
                np.clip(rng.standard_normal((len(DEVIATES) + 1, shape[1])), -TRUNCATION, TRUNCATION),
                rng.standard_normal(shape),
                _noise(shape, rng),
                _stimulus(cases.select(group.rows), group, seed),
            )
        )
    return found


def _stimulus(cases: Cases, group: Group, seed: int) -> np.ndarray:
    keys = case_keys(seed, group.rows)
    case = begun(cases)
    happening = surgeries("random", keys, INTERVAL * len(group.bis), case)
    lead = INTERVAL * (first_propofol(case) + 1.0)
    return np.stack([surgery.stimulus_at(happening, since + lead) for since in group.since])


def _noise(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the noise of the index as the monitors of the simulator have it, (samples, cases)."""
    process = Noise(recorded().index.noise, INTERVAL)
    state, values = rng.standard_normal((process.rows, shape[1])), np.empty(shape)
    for row in values:
        state = process.step(state, heavy(rng.standard_normal((INNOVATIONS, shape[1])), *process.tails))
        row[:] = process.value(state)
    return values


def replayed(material: list[Group], chance: list[Chance], depth: Depth) -> list[np.ndarray]:
    """Return what drawn people would have shown under the recorded doses, (samples, cases) by group.

    What was not recorded is not shown.
    """
    return [_replayed(group, luck, depth) for group, luck in zip(material, chance, strict=True)]


def _replayed(group: Group, luck: Chance, depth: Depth) -> np.ndarray:
    eta = drawn(depth, luck.people)
    (site,) = propofol_sites(group, depth, [eta])
    drift = depth.drift.size * coloured(luck.wander, depth.drift.seconds)
    index, _ = true_index(group, depth, eta, site, drift)
    let_through = 1.0 - tolerance(TOLERANCE.get("bouillon")(group.person), site, group.remifentanil_site)
    index = index + luck.stimulus * let_through * depth.arousability * np.exp(
        RESPONSE_LOG_SD * luck.people[-1]
    )
    shown = late(np.clip(index, 0.0, 100.0), group.person.age)
    moved = np.interp(shown, VALUES, even()) + luck.monitor
    return np.where(np.isfinite(group.bis), np.interp(moved, even(), VALUES), np.nan)


def drawn(depth: Depth, normals: np.ndarray) -> dict[str, np.ndarray]:
    """Return the deviates of drawn people, by name, from standard normals."""
    z = dict(zip(DEVIATES, normals, strict=False))
    model = surface(depth)
    names = sorted(model.log_sd)
    together = correlated(names, model.correlation, np.stack([z[name] for name in names]))
    eta = {name: model.log_sd[name] * row for name, row in zip(names, together, strict=True)}
    kinetic = {name: ELEVELD.log_sd[name] * z[name] for name in KINETIC}
    return {**kinetic, **eta, "ke0": depth.log_sd["ke0"] * z["ke0"]}


def coloured(normals: np.ndarray, seconds: float) -> np.ndarray:
    """Return a stationary Ornstein-Uhlenbeck process of SD 1 on the grid, down the first axis."""
    kept = np.exp(-INTERVAL / seconds)
    push = normals * np.sqrt(1.0 - kept**2)
    push[0] = normals[0]
    return lfilter([1.0], [1.0, -kept], push, axis=0)


def typical_correlation(material: list[Group], depth: Depth) -> np.ndarray:
    """Return, case by case, the correlation over time of the recorded index with that of typical people."""
    found = []
    for group in material:
        nobody = {name: np.zeros(len(group.rows)) for name in (*KINETIC, *EFFECT)}
        (site,) = propofol_sites(group, depth, [nobody])
        index = late(true_index(group, depth, nobody, site)[0], group.person.age)
        known = np.isfinite(group.bis) & (group.since >= 0.0)
        for case in range(len(group.rows)):
            rows = known[:, case]
            found.append(np.corrcoef(group.bis[rows, case], index[rows, case])[0, 1])
    return np.array(found)
