"""Made recordings: index, pressure and heart rate wander, pumps are led by steps; small, and nobody simulated them."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import INTERVAL
from sim.covariates import Covariates
from tests.depth_folder import write_parquet_folder, write_people

SAMPLES, GIVEN, OFF = 320, 6, 290  # in all, the first with propofol, the first without
OPSTART, OPEND = 900.0, 2800.0  # s


def wandering(rng, count, sd, seconds):
    """Ornstein-Uhlenbeck processes on the grid, (SAMPLES, count)."""
    kept = np.exp(-INTERVAL / seconds)
    value = sd * rng.standard_normal(count)
    rows = []
    for _ in range(SAMPLES):
        value = kept * value + sd * np.sqrt(1.0 - kept**2) * rng.standard_normal(count)
        rows.append(value)
    return np.array(rows)


def made(count, seed=0):
    """Cases of as many subjects that fall asleep within two minutes and wake after the last propofol."""
    rng = np.random.default_rng(seed)
    sample = np.arange(SAMPLES)[:, None]
    asleep = np.clip((sample - GIVEN) / 12.0, 0.0, 1.0) - np.clip((sample - OFF) / 20.0, 0.0, 1.0)
    bis = np.clip(94.0 - 50.0 * asleep + wandering(rng, count, 5.0, 60.0), 1.0, 98.0)
    weight = rng.uniform(50.0, 90.0, count).round()
    given = (sample >= GIVEN) & (sample < OFF)
    steps = np.repeat(rng.uniform(0.8, 1.4, (SAMPLES // 40, count)), 40, axis=0)
    rate = given * steps * (1.0 + 0.01 * rng.standard_normal((SAMPLES, count)))
    signals = {
        "bis": Signal(bis.round(1), INTERVAL),
        "pressure": Signal((80.0 + wandering(rng, count, 8.0, 500.0)).round(), INTERVAL, "mmHg"),
        "heart_rate": Signal((70.0 + wandering(rng, count, 5.0, 900.0)).round(), INTERVAL, "1/min"),
        "propofol": Signal(rate * 6.0 * weight / 3600.0, INTERVAL, "mg/s", nothing=0.0),
        "remifentanil": Signal(rate * 0.12 * weight / 60.0, INTERVAL, "µg/s", nothing=0.0),
    }
    person = Covariates(
        rng.uniform(30.0, 80.0, count).round(),
        (np.arange(count) % 2).astype(float),
        150.0 + weight / 4.0,
        weight,
    )
    who, subject = (np.array([str(first + number) for number in range(count)]) for first in (101, 5001))
    return Cases(who, subject, person, np.full(count, SAMPLES * INTERVAL), signals)


@pytest.fixture(scope="session")
def cases():
    """Thirty made cases; shared, change copies only."""
    return made(30)


@pytest.fixture
def folder(cases, tmp_path):
    """The made cases as a folder in VitalDB's format."""
    return written(tmp_path / "data", cases)


def written(path, cases, **more):
    """Write cases with times of surgery and vasopressors of every other."""
    write_parquet_folder(path, cases)
    known = {"opstart": OPSTART, "opend": OPEND, "intraop_eph": 5 * (np.arange(cases.count) % 2)}
    write_people(path, cases, **(known | more))
    return path
