"""Made-up records: typical people under doses by lot, with noise; quick to make, and their law is known."""

from __future__ import annotations

import numpy as np

from experiments.recorded.open_loop import follow, typical_subjects
from predictors.learning.cases import Cases, Signal
from sim.covariates import Covariates
from sim.randomness import case_keys, uniforms

INTERVAL = 10.0


def records(count: int, minutes: float = 30.0, seed: int = 0, noise: float = 2.0) -> Cases:
    """Cases of as many subjects, whose propofol changes every five minutes."""
    samples = round(minutes * 60.0 / INTERVAL)
    keys, random = case_keys(seed, np.arange(count)), np.random.default_rng(seed)
    u = uniforms(keys, "people", 0, 2)
    person = Covariates(30.0 + 40.0 * u[0], 1.0 * (u[1] < 0.5), 160.0 + 20.0 * u[0], 55.0 + 30.0 * u[1])
    pieces = -(-samples // 30)
    levels = random.uniform(0.0, 1.0, (2, pieces, count)).repeat(30, axis=1)[:, :samples]
    propofol, remifentanil = 0.25 * levels[0], 0.2 * levels[1]
    propofol[:3], propofol[3:12] = 0.0, 1.2
    people = typical_subjects(person, ["schnider"] * count, ["minto"] * count, "bouillon", "su2023")
    time = INTERVAL * np.arange(samples + 1)
    course = follow(people, time, np.stack([propofol, remifentanil], axis=1), keep=time > 0.0, quiet=True)
    shown = {
        "bis": Signal(course["bis"] + noise * random.standard_normal((samples, count)), INTERVAL),
        "pressure": Signal(
            course["map"] + noise * random.standard_normal((samples, count)), INTERVAL, "mmHg"
        ),
        "heart_rate": Signal(course["hr"], INTERVAL, "1/min"),
        "propofol": Signal(propofol, INTERVAL, "mg/s", nothing=0.0),
        "remifentanil": Signal(remifentanil, INTERVAL, "µg/s", nothing=0.0),
        "phase": Signal(np.zeros((samples, count)), INTERVAL, nothing=0.0),
    }
    names = np.array([f"subject {number}" for number in range(count)])
    return Cases(names, names, person, np.full(count, samples * INTERVAL), shown)
