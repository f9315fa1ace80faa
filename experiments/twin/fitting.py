"""Twins fitted and asked, a few cases at a time; each part is a file, so that a run can be continued."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from experiments.running.results import atomic
from experiments.running.runners import runner
from experiments.twin import vitals
from experiments.twin.request import Twin
from predictors.learning.cases import Cases
from predictors.learning.watching import INTERVAL
from predictors.twins.posterior import DRAWS, Model, Posterior, fit
from predictors.twins.prediction import ahead, rest
from predictors.twins.record import Record, record
from predictors.twins.wander import read_wander

BATCH = 20  # cases of a part
POSTERIOR = tuple(entry.name for entry in fields(Posterior))
Answers = dict[str, dict[str, np.ndarray]]  # who -> estimate -> (samples, cases)


@dataclass(frozen=True)
class Part:
    """Cases of about one length, by row among all; `until`: the sample from which on nothing is told."""

    number: int
    rows: np.ndarray
    cases: Cases
    until: np.ndarray


def parts(cases: Cases, until: np.ndarray) -> list[Part]:
    """Return the cases in parts, the longest first."""
    order = np.argsort(-cases.length, kind="stable")
    chosen = [order[first : first + BATCH] for first in range(0, cases.count, BATCH)]
    return [Part(i, rows, cases.select(rows), until[rows]) for i, rows in enumerate(chosen)]


def fit_all(config: Twin, every: list[Part], folder: Path, progress: Callable[[int, float], None]) -> None:
    """Fit what is missing in the folder; `progress` takes the number of a part and its share."""
    missing = [part for part in every if not _file(folder, part).exists()]
    for part in every:
        progress(part.number, float(_file(folder, part).exists()))

    def show(number: int, share: float) -> None:
        progress(missing[number].number, share)

    runner(config.runner, config.workers).map(partial(_live, config, folder), missing, show)


def posterior(folder: Path, every: list[Part], rows: np.ndarray) -> Posterior:
    """Return what was found out of some cases, by row among all."""
    found: dict[int, list[np.ndarray]] = {}
    for part in every:
        with np.load(_file(folder, part)) as kept:
            arrays = [kept[name] for name in POSTERIOR]
        for place, row in enumerate(part.rows):
            if row in rows:
                found[int(row)] = [array[..., place] for array in arrays]
    return Posterior(
        *(np.stack(arrays, axis=-1) for arrays in zip(*(found[row] for row in rows), strict=True))
    )


def answers(folder: Path, every: list[Part], cases: Cases) -> dict[str, Answers]:
    """Return question -> who ("twin", "untuned") -> estimate -> (samples, cases), float32."""
    samples, found = len(cases["bis"]), dict[str, Answers]()
    for part in every:
        with np.load(_file(folder, part)) as kept:
            for name in kept.files:
                if "." in name:
                    question, who, estimate = name.split(".")
                    place = found.setdefault(question, {}).setdefault(who, {})
                    whole = place.setdefault(estimate, np.full((samples, cases.count), np.nan, np.float32))
                    whole[: len(kept[name]), part.rows] = kept[name]
    return found


def _live(config: Twin, folder: Path, part: Part, report: Callable[[float], None]) -> None:
    """Fit the twins of a part, ask them, and write its file."""
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    model, known = config.model, record(part.cases, config.seed, config.models)
    found = fit(model, known.before(part.until))
    report(0.7)
    first, nothing = known.told(part.until), known.told(0 * part.until)
    nobody = model.prior(known.keys, DRAWS)
    said = {
        "rest.twin": rest(model, first, found),
        "rest.untuned": rest(model, nothing, nobody),
        "ahead.twin": ahead(model, known, found),
        "ahead.untuned": ahead(model, known, nobody),
        **_vitals(model, known, part, found),
    }
    inside = np.arange(len(known.bis))[:, None] < part.cases.samples(INTERVAL)
    arrays: dict[str, Any] = {
        f"{who}.{name}": np.where(inside, values, np.nan).astype(np.float32)
        for who, estimates in said.items()
        for name, values in estimates.items()
    }
    arrays |= {name: getattr(found, name) for name in POSTERIOR}
    with atomic(_file(folder, part)) as path:
        np.savez(path, **arrays)


def _vitals(model: Model, known: Record, part: Part, found: Posterior) -> dict[str, Mapping[str, np.ndarray]]:
    """Return what twins and untuned patients say of pressure and heart rate in the rest of the record."""
    wander, sample = read_wander(), np.arange(len(known.bis))[:, None]
    said = {}
    for who, z, until in (
        ("twin", found.draws.mean(axis=0), part.until),
        ("untuned", 0.0 * found.likeliest, 0),
    ):
        for signal, logs in vitals.typical(model, known, z).items():
            shown = np.where(sample < until, part.cases[signal], np.nan)
            said[f"{signal}.{who}"] = vitals.rest(signal, wander[signal], shown, logs)
    return said


def _file(folder: Path, part: Part) -> Path:
    return folder / f"{part.number:04d}.npz"
