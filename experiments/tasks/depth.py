"""Depth of anesthesia: the index now, without looking at it; minutes ahead, from readings too; and its exits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.depth import findings, page, tables
from experiments.depth.judging import AHEAD, EXITS, NOW, questions, subsets
from experiments.explaining.depth import explain
from experiments.recorded.recordings import vitaldb_folder
from experiments.sites import SITES
from experiments.sites.depth import MIX
from experiments.sites.recorded import read_cases
from experiments.tasks.contract import Contender, Task
from predictors.depth.persistence import Persistence, Trend
from predictors.learning.cases import Cases, Signal
from predictors.nominal import NominalObserver


def recorded(folder: Path | None) -> tuple[Cases, list[str]]:
    """Return the recorded cases of a folder, or of the usual one, and what cleaning did."""
    cases, cleaning = read_cases(vitaldb_folder(folder))
    return cases, cleaning.lines()


def baselines() -> list[Contender]:
    """Return those that learn nothing: the surfaces of the clinic, persistence and the trend line."""
    return [
        Contender("nominal_surface", "", NOW, NominalObserver()),
        Contender("pump_surface", "", NOW, NominalObserver(propofol="marsh_pump")),
        Contender("persistence", "", AHEAD, Persistence()),
        Contender("trend", "", AHEAD, Trend()),
    ]


def others_index(cases: Cases, seed: int) -> Cases:
    """Return the cases, each with the index of somebody else."""
    drawn = np.random.default_rng(seed).permutation(cases.count)
    signal = cases.signals["bis"]
    return cases.with_signals(
        bis=Signal(signal.values[:, np.roll(drawn, 1)[np.argsort(drawn)]], signal.interval)
    )


DEPTH = Task(
    name="depth",
    description="The index now, without looking at it; minutes ahead, from readings too; and whether it leaves 40-60.",
    title="Depth predictors",
    caveat="SYNTHETIC cases; the generator was tuned to the paper (C50 of propofol x 0.65 at the site `tuned`)",
    sites=SITES,
    test_site="tuned",
    mixes=dict.fromkeys((NOW, AHEAD, EXITS), MIX),
    choices="patients, monitors and clinicians of the sites were fitted to recorded subjects of part `train` (split 0)",
    fitted="Simulated patients, monitors and clinicians that predictors learn from have parameters fitted to VitalDB's"
    " recorded subjects of the part `train` (split 0); `validation` chose among methods; only `test` is sealed.",
    baselines=baselines,
    questions=questions,
    subsets=subsets,
    subset_word="phase",
    recorded=recorded,
    oracle=findings.oracle,
    control=others_index,
    keeps={NOW: ("bis",)},
    judge=findings.judge,
    report=tables.markdown,
    draw=page.draw,
    in_json_left_out=("traces",),
    curve={"dose_history": ({"horizon": 0}, "CCC"), "forecaster": ({"horizon": 180}, "RMSE")},
    limits=(
        "Adults under propofol and remifentanil without volatile anesthetics; children, sedation, ketamine,"
        " nitrous oxide or a neurological disease were never seen.",
        "10 s between readings; other control periods are refused.",
        "Simulated patients, surgery and clinicians stand behind these weights; real ones differ, see the scores on"
        " recorded cases.",
    ),
    explain=explain,
)
