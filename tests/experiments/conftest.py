"""Folders of recordings and of trainings on them, made once, from rooms that close early."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments import train, validate, validate_population
from experiments.judging import scores
from experiments.running import results, trainings
from experiments.sites import simulated
from experiments.tasks import TASKS
from experiments.train import Training
from experiments.twin import study
from predictors.learning.cases import Cases
from tests.depth_folder import recorded_cases, write_parquet_folder

ROOM = 1200.0  # s
VALIDATION_PATIENTS = 4  # simulated
SIMULATED = simulated._batch


@cache
def simulated_once(site: simulated.Site, numbers: tuple[int, ...], seed: int, horizon: float) -> Cases:
    """What trainings with the same people simulate, each time the same."""
    return SIMULATED(site, np.array(numbers), seed, horizon)


def batch(site: simulated.Site, numbers: np.ndarray, seed: int, horizon: float) -> Cases:
    """Stand for `simulated._batch`."""
    return simulated_once(site, tuple(numbers.tolist()), seed, horizon)


@contextmanager
def small():
    """A place where simulated cases are short and few validate a training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "HORIZONS", (ROOM,))
        patch.setattr(simulated, "_batch", batch)
        patch.setattr(trainings, "VALIDATION_PATIENTS", VALIDATION_PATIENTS)
        yield


@pytest.fixture
def short_rooms():
    """See `small`."""
    with small():
        yield


@pytest.fixture(autouse=True, scope="session")
def coarse_figures():
    """Figures are drawn whole, in fewer dots, and once: aligning their axes draws everything a second time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "DPI", 50)
        patch.setattr(Figure, "get_layout_engine", lambda figure: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def fewer_resamples():
    """Intervals of scores come from a tenth of the usual draws: commands draw hundreds of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores, "RESAMPLES", scores.RESAMPLES // 10)
        yield


@pytest.fixture
def undrawn(monkeypatch):
    """Figures of the commands that judge are not drawn, which takes longest; the files are there."""
    monkeypatch.setitem(TASKS._targets, "depth", replace(TASKS.get("depth"), draw=lambda folder: None))
    for command in (validate, validate_population, study):
        monkeypatch.setattr(command, "write_figure", lambda path, figure: path.touch())


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Ten simulated patients as a folder of recordings."""
    path = tmp_path_factory.mktemp("recordings")
    write_parquet_folder(path, recorded_cases(10))
    return path


@pytest.fixture(scope="session")
def few_recordings(tmp_path_factory):
    """Four of the ten."""
    path = tmp_path_factory.mktemp("few_recordings")
    write_parquet_folder(path, recorded_cases(10).select(np.arange(4)))
    return path


@pytest.fixture(scope="session")
def trained_with():
    """What was asked of `trained`, less folders and regimes."""
    return {"predictors": ("dose_history",), "patients": 4, "epochs": 1, "workers": 1}


@pytest.fixture(scope="session")
def trained(recordings, trained_with, tmp_path_factory):
    """Dose history networks of all three trainings."""
    out = tmp_path_factory.mktemp("trained")
    with small():
        train.main(Training(on=trainings.REGIMES, data=recordings, out=out, **trained_with))
    return out
