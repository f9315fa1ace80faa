"""Finished parts joined to the tables of a run, a few columns or one part at a time: a million patients fit."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from pyarrow import dataset

from experiments.judging import estimates
from experiments.judging.arms import pairs, profiles
from experiments.judging.arms.seeds import arm
from experiments.judging.statistics import summarise
from experiments.judging.verdicts import PRESSURE, PRIMARY
from experiments.loop import evaluation, moments
from experiments.loop.evaluation import Evaluation
from experiments.loop.parts import WORST_CASES, Part
from experiments.running.results import atomic, write_csv, write_parquet
from sim.metrics import metric_table

VALUES = 1 << 24  # of metrics, that are summarised at a time

WHO = ["agent", "patient"]
# Of every arm with every other.
PAIRED = (
    PRIMARY,
    PRESSURE,
    "map_below_65_percent",
    "emergence_to_bis_80_min",
    "order_changes_per_h",
    "incision_propofol_before",
    "incision_remifentanil_before",
)


def join(config: Evaluation, every: list[Part], folder: Path, last: Path) -> None:
    """Write the tables of a run from its parts, remove these, and write the table of cases, which completes the run.

    Args:
        config: the evaluation.
        every: its parts.
        folder: of the parts.
        last: file of the table of cases.
    """
    traces = columns(every, folder, "traces")
    write_parquet(config.out / "traces.parquet", traces)
    write_csv(config.out / "estimates.csv", estimates.score(traces, config.seed))
    write_parquet(config.out / "worst.parquet", worst(every, folder))
    sums = columns(every, folder, "moments")
    write_csv(config.out / "moments.csv", moments.pooled(sums.assign(agent=sums["agent"].map(arm))))
    write_csv(config.out / "summary.csv", summary(config, every, folder))
    compared = columns(every, folder, "cases", [*WHO, *PAIRED])
    write_csv(config.out / "pairs.csv", pairs.compare(compared, PAIRED, config.seed))
    write_csv(config.out / "profiles.csv", profiles.profiles(compared, PRIMARY, config.seed))
    write_csv(config.out / "aggregates.csv", profiles.aggregates(compared, PRIMARY, config.seed))
    with atomic(last) as partial:
        for number, part in enumerate(every):
            cases = pd.read_parquet(part.path(folder, "cases"))
            cases.to_csv(partial, index=False, mode="a" if number else "w", header=number == 0)
    shutil.rmtree(folder)


def columns(every: list[Part], folder: Path, table: str, names: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table of all parts that keep it, in their order: all its columns, or those that are named."""
    files = [str(part.path(folder, table)) for part in every if table in part.tables]
    found = dataset.dataset(files, format="parquet").to_table(columns=names and [*names])
    return found.to_pandas()


def worst(every: list[Part], folder: Path) -> pd.DataFrame:
    """Return the traces of every arm's worst cases, a patient once; without a value (no drug given) is worst of all."""
    cases = columns(every, folder, "cases", [*WHO, PRIMARY])
    order = cases.sort_values(PRIMARY, ascending=False, kind="stable", na_position="first")
    order = order.assign(arm=order["agent"].map(arm)).drop_duplicates(["arm", "patient"])
    chosen = order.groupby("arm").head(WORST_CASES)[WHO]
    found = set(zip(chosen["agent"], chosen["patient"].to_numpy(int), strict=True))
    holding = [
        part
        for part in every
        if any(
            agent == evaluation.label(part.agent) and part.first <= patient < part.first + part.count
            for agent, patient in found
        )
    ]
    return columns(holding, folder, "worst").merge(chosen)


def summary(config: Evaluation, every: list[Part], folder: Path) -> pd.DataFrame:
    """Return the summary of all cases, made a few metrics at a time."""
    there = dataset.dataset(str(every[0].path(folder, "cases")), format="parquet").schema.names
    names = [name for name in metric_table() if name in there]
    step = max(1, VALUES // sum(part.count for part in every))
    reference = arm(evaluation.label(config.reference))
    tables = [
        summarise(columns(every, folder, "cases", [*WHO, *some]), reference, some)
        for some in (names[first : first + step] for first in range(0, len(names), step))
    ]
    place = {agent: number for number, agent in enumerate(dict.fromkeys(tables[0]["agent"]))}
    return pd.concat(tables).sort_values("agent", key=lambda agent: agent.map(place), kind="stable")
