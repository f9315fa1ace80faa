"""The parts of an evaluation, simulated one by one: one agent with up to `PATIENTS_PER_PART` patients each.

The files of a part are its record: metrics of every case, some cases once a minute, its worst cases at full
resolution, and sums over all cases around announced moments. A part with a table of cases is a finished part. How the
cohort is cut does not depend on who simulates it.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
from pyarrow import parquet

from experiments.judging.verdicts import PRIMARY
from experiments.loop import moments
from experiments.loop.evaluation import Evaluation, admitted, agent_named, label, observers
from experiments.running.results import write_parquet
from sim.covariates import Covariates
from sim.metrics import case_metrics
from sim.theatre import Theatre
from sim.theatre.rollout import simulate
from sim.theatre.trace import Trace

PATIENTS_PER_PART = 1000  # bounds a worker's memory; a turn of a part costs 4 ms and 6 µs a patient
PATIENTS_AT_FIRST = 50  # of the very first part, so that something is finished after seconds
KEPT_PATIENTS = 1000  # of an agent, whose traces are kept once a minute
KEPT_INTERVAL = 60.0  # s
WORST_CASES = 3  # of an agent, kept at every control period
RATES = ("propofol", "remifentanil", "norepinephrine")


@dataclass(frozen=True)
class Part:
    """One agent with patients `first` to `first + count - 1`."""

    agent: str
    first: int
    count: int

    @property
    def tables(self) -> tuple[str, ...]:
        """What is kept, the table that finishes the part last."""
        kept = ("traces",) if self.first < KEPT_PATIENTS else ()
        return (*kept, "worst", "moments", "cases")

    def path(self, folder: Path, table: str) -> Path:
        """Return where the part keeps a table: one of `tables`."""
        return folder / f"{label(self.agent)}-{self.first:06d}.{table}.parquet"

    def finished(self, folder: Path) -> bool:
        """Say whether the part has been simulated: its table of cases is written last."""
        return self.path(folder, "cases").exists()

    def damaged(self, folder: Path) -> Path | None:
        """Return the first file of a finished part that is missing or cut short, None if all are whole."""
        for path in (self.path(folder, table) for table in self.tables):
            try:
                parquet.read_metadata(path)  # it stands at a file's end
            except (OSError, pyarrow.ArrowInvalid):
                return path
        return None


def cut(agents: tuple[str, ...], patients: int) -> list[Part]:
    """Cut an evaluation into parts, agent by agent."""
    soon = min(PATIENTS_AT_FIRST, PATIENTS_PER_PART)
    every = []
    for agent in agents:
        first = soon if agent == agents[0] and patients >= 2 * soon else 0
        every += [Part(agent, 0, first)] if first else []
        for numbers in np.array_split(
            np.arange(first, patients), -(-(patients - first) // PATIENTS_PER_PART)
        ):
            every.append(Part(agent, int(numbers[0]), len(numbers)))
    return every


def missing(every: list[Part], folder: Path, say: Callable[[str], None]) -> list[Part]:
    """Return the parts that are still to be simulated; `say` is told of finished ones that are damaged."""
    left = []
    for part in every:
        if part.finished(folder):
            damaged = part.damaged(folder)
            if damaged is None:
                continue
            say(f"{damaged} is missing or cut short; simulating its {part.count} patients again")
            part.path(folder, "cases").unlink()
        left.append(part)
    return left


def live(config: Evaluation, folder: Path, part: Part, report: Callable[[float], None]) -> None:
    """Simulate a part and write its files.

    Args:
        config: the evaluation.
        folder: of the parts.
        part: agent and patients.
        report: called with the share that is done.

    Raises:
        ValueError: the agent's orders are not allowed, with the agent's name; or the folder is not there, as on a
            machine of a cluster that does not share it.
    """
    if not folder.is_dir():
        raise ValueError(f"out: {folder} is not there on {platform.node()}; machines of a cluster share it")
    agent, name = agent_named(part.agent, config), label(part.agent)
    numbers = np.arange(part.first, part.first + part.count)
    room = Theatre.of(config, agent.orders)
    turns = round(config.horizon / config.control_period)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # said once, for the whole cohort, before the start
        case = admitted(config, numbers)
        try:
            trace = simulate(
                room,
                case,
                agent,
                observers(config),
                lambda turn: report(turn / turns),
                engine=config.engine,
            )
        except ValueError as error:
            raise ValueError(f"agents: {part.agent}: {error}") from error
    covariates = case.patient.covariates
    metrics = case_metrics(trace, covariates.weight)
    kept = np.flatnonzero(numbers < KEPT_PATIENTS)
    worst = worst_first(metrics[PRIMARY])[:WORST_CASES]
    if "traces" in part.tables:
        write_parquet(part.path(folder, "traces"), long_table(once_a_minute(trace), name, numbers, kept))
    write_parquet(part.path(folder, "worst"), long_table(trace, name, numbers, worst))
    write_parquet(part.path(folder, "moments"), moments.around(trace, covariates.weight, name))
    people = who_they_are(name, numbers, covariates)
    write_parquet(part.path(folder, "cases"), pd.DataFrame({**people, **metrics}))


def who_they_are(agent: str, numbers: np.ndarray, covariates: Covariates) -> dict[str, object]:
    """Return the columns that say which case a row is: age in years, height in cm, weight in kg."""
    sex = np.where(covariates.female > 0.5, "F", "M")
    people = {"age": covariates.age, "sex": sex, "height": covariates.height, "weight": covariates.weight}
    return {"agent": agent, "patient": numbers, **people}


def worst_first(primary: np.ndarray) -> np.ndarray:
    """Return the order of patients from the worst on; without a value (no drug given) is worst of all."""
    return np.argsort(-np.nan_to_num(primary, nan=1e9), kind="stable")


def once_a_minute(trace: Trace) -> Trace:
    """Keep a sample a minute: rates become the minute's mean, order changes its sum, everything else is sampled."""
    stride = max(1, round(KEPT_INTERVAL / float(trace.time[1] - trace.time[0])))
    blocks = (len(trace.time) - 1) // stride

    def thin(name: str, signal: np.ndarray) -> np.ndarray:
        sampled = signal[: blocks * stride + 1 : stride]
        if name not in (*RATES, "order_changes"):
            return sampled
        minutes = signal[1 : blocks * stride + 1].reshape(blocks, stride, -1)
        pooled = minutes.sum(axis=1) if name == "order_changes" else minutes.mean(axis=1)
        return np.concatenate([sampled[:1], pooled])

    signals = {name: thin(name, signal) for name, signal in trace.signals().items()}
    estimates = {name: thin("", estimate) for name, estimate in trace.estimates.items()}
    more = {name: thin("", reading) for name, reading in trace.more.items()}
    reports = {name: thin("", report) for name, report in trace.reports.items()}
    return Trace(
        trace.time[: blocks * stride + 1 : stride], **signals, estimates=estimates, more=more, reports=reports
    )


def long_table(trace: Trace, agent: str, numbers: np.ndarray, chosen: np.ndarray) -> pd.DataFrame:
    """Return one row per chosen patient and sample: agent, patient, time_s, signals, readings, estimates; float32."""
    samples = len(trace.time)
    table: dict[str, object] = {
        "agent": agent,
        "patient": np.repeat(numbers[chosen], samples).astype(np.int32),
        "time_s": np.tile(trace.time.astype(np.float32), len(chosen)),
    }
    estimated = {f"estimated_{name}": estimate for name, estimate in trace.estimates.items()}
    for name, signal in {**trace.signals(), **trace.more, **estimated}.items():
        table[name] = signal[:, chosen].T.astype(np.float32).ravel()
    return pd.DataFrame(table)
