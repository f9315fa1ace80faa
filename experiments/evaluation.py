"""What an evaluation is: agents, a cohort and a room, cut into parts that are simulated one by one.

A part is one agent with up to `PATIENTS_PER_PART` patients. Its files are its record: metrics of every case, every
case once a minute, and its worst cases at full resolution. A part with a table of cases is a finished part.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from agents import AGENTS
from experiments.results import ROOT, write_parquet
from experiments.verdicts import PRIMARY
from predictors import OBSERVERS
from sim.cohort import Models
from sim.covariates import Covariates
from sim.interfaces import Agent, Observer, OrderMode
from sim.metrics import case_metrics
from sim.monitors.panel import PressureMonitor
from sim.rollout import cases, simulate
from sim.theatre import Case, Theatre
from sim.trace import Trace

PATIENTS_PER_PART = 250
KEPT_PATIENTS = 1000  # of an agent, whose traces are kept once a minute
KEPT_INTERVAL = 60.0  # s
WORST_CASES = 3  # of an agent, kept at every control period
RATES = ("propofol", "remifentanil", "norepinephrine")
SOURCES = ("sim", "agents", "predictors", "experiments/evaluation.py", "experiments/settings")


@dataclass(frozen=True)
class Evaluation:
    """Simulate agents on one cohort: the same patients, surgery and noise for all. Writes tables and report.html.

    Running it again with the same options continues an interrupted run.

    Attributes:
        agents: who doses; all that are available if none is named. The reference always takes part.
        reference: the agent to whom differences are taken.
        cohort: surgical, random, ionescu13, ares44, or a CSV file with age, sex, height and weight.
        patients: how many.
        seed: of patients, surgery, noise and faults.
        horizon: length of a case, s.
        control_period: between readings, and between orders, s.
        physiology_step: s.
        surgery: random, none, struys, dumont, step or ionescu.
        bleeding_probability: of a bleed in a random surgery.
        noise: whether the monitors are noisy and lose signal.
        pressure: arterial line, or cuff every 3 min.
        models: which published models make the patients.
        assumed_propofol: model in the pumps, whatever the patient's.
        assumed_remifentanil: likewise.
        observer: whose estimates all agents are given, or none.
        faults: things that go wrong once in every case.
        workers: processes.
        out: folder of the results.
    """

    agents: tuple[str, ...] = ()
    reference: str = "anaesthetist_textbook"
    cohort: str = "surgical"
    patients: int = 200
    seed: int = 0
    horizon: float = 10800.0
    control_period: float = 10.0
    physiology_step: float = 5.0
    surgery: str = "random"
    bleeding_probability: float = 0.1
    noise: bool = True
    pressure: PressureMonitor = "arterial"
    models: Models = field(default_factory=Models)
    assumed_propofol: str = "schnider"
    assumed_remifentanil: str = "minto"
    observer: str = "nominal"
    faults: tuple[str, ...] = ()
    workers: int = 2
    out: Path = Path("results/closed_loop")


@dataclass(frozen=True)
class Part:
    """One agent with patients `first` to `first + count - 1`."""

    agent: str
    first: int
    count: int

    def path(self, folder: Path, table: str) -> Path:
        """Return where the part keeps a table: "cases", "traces" or "worst"."""
        return folder / f"{self.agent}-{self.first:06d}.{table}.parquet"

    def finished(self, folder: Path) -> bool:
        """Say whether the part has been simulated: its table of cases is written last."""
        return self.path(folder, "cases").exists()


def parts(agents: tuple[str, ...], patients: int) -> list[Part]:
    """Cut an evaluation into parts, agent by agent."""
    starts = range(0, patients, PATIENTS_PER_PART)
    return [
        Part(agent, first, min(PATIENTS_PER_PART, patients - first)) for agent in agents for first in starts
    ]


def theatre(config: Evaluation, orders: OrderMode) -> Theatre:
    """Return the room, the same for every agent but for what its orders mean. Raises ValueError on a bad value."""
    return Theatre(
        config.control_period,
        config.physiology_step,
        config.horizon,
        orders,
        assumed_propofol=config.assumed_propofol,
        assumed_remifentanil=config.assumed_remifentanil,
        noise=config.noise,
        pressure=config.pressure,
    )


def admitted(config: Evaluation, room: Theatre, numbers: np.ndarray) -> Case:
    """Return the cases of these numbers. Raises ValueError on an unknown name or a bad value."""
    return cases(
        room,
        config.cohort,
        config.surgery,
        config.seed,
        numbers,
        config.models,
        config.faults,
        config.bleeding_probability,
    )


def agent_named(name: str) -> Agent:
    """Return an agent. Raises ValueError on an unknown name, OSError where its weights or settings are missing."""
    return AGENTS.get(name)()


def observer(config: Evaluation) -> Observer | None:
    """Return the observer, who assumes the pumps' models. Raises ValueError on an unknown name."""
    if config.observer == "none":
        return None
    make = OBSERVERS.get(config.observer)
    return make(config.control_period, config.assumed_propofol, config.assumed_remifentanil)


def try_out(config: Evaluation, name: str) -> None:
    """Let an agent order once for one patient. Raises ValueError if it cannot take part as configured."""
    agent = agent_named(name)
    room = replace(theatre(config, agent.orders), horizon=config.control_period)
    try:
        simulate(room, admitted(config, room, np.arange(1)), agent, observer(config))
    except ValueError as error:
        raise ValueError(f"agents: {name}: {error}") from error


def taking_part(config: Evaluation) -> tuple[tuple[str, ...], list[str]]:
    """Return the agents, the reference first, and why others of the registry cannot take part.

    Raises:
        ValueError: an unknown or repeated name.
        OSError: an agent was named whose weights or settings are missing.
    """
    if len(set(config.agents)) < len(config.agents):
        raise ValueError(f"agents: {', '.join(config.agents)} names one twice; allowed is each once")
    for name in (config.reference, *config.agents):
        agent_named(name)
    if config.agents:
        return (config.reference, *(name for name in config.agents if name != config.reference)), []
    names, absent = [config.reference], []
    for name in AGENTS:
        try:
            agent_named(name)
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}" if error.filename else error
            absent.append(f"{name} is left out: {reason}".replace(f"{ROOT}/", ""))
        else:
            names += [name] if name != config.reference else []
    return tuple(names), absent


def described(name: str) -> dict[str, str]:
    """Return what a report says of an agent: name, what it orders, and the first line of its documentation."""
    line = (AGENTS.get(name).__doc__ or "").strip().split("\n")[0].removeprefix("Return ")
    return {"name": name, "orders": agent_named(name).orders, "description": line[:1].upper() + line[1:]}


def fingerprint(config: Evaluation) -> str:
    """Return a hash of everything beside the configuration that decides a result: code, data, weights, people."""
    digest = hashlib.sha256()
    files = [path for source in SOURCES for path in (ROOT / source, *sorted((ROOT / source).rglob("*")))]
    for path in [*files, Path(config.cohort)]:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def live(config: Evaluation, part: Part, folder: Path, progress: Callable[[int], None]) -> None:
    """Simulate a part and write its files.

    Args:
        config: the evaluation.
        part: agent and patients.
        folder: of the parts.
        progress: called with the number of turns done.

    Raises:
        ValueError: the agent's orders are not allowed, with the agent's name.
    """
    agent = agent_named(part.agent)
    numbers = np.arange(part.first, part.first + part.count)
    room = theatre(config, agent.orders)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # said once, for the whole cohort, before the start
        case = admitted(config, room, numbers)
        try:
            trace = simulate(room, case, agent, observer(config), progress)
        except ValueError as error:
            raise ValueError(f"agents: {part.agent}: {error}") from error
    covariates = case.patient.covariates
    metrics = case_metrics(trace, covariates.weight)
    kept = np.flatnonzero(numbers < KEPT_PATIENTS)
    worst = worst_first(metrics[PRIMARY])[:WORST_CASES]
    write_parquet(part.path(folder, "traces"), long_table(once_a_minute(trace), part.agent, numbers, kept))
    write_parquet(part.path(folder, "worst"), long_table(trace, part.agent, numbers, worst))
    people = who_they_are(part.agent, numbers, covariates)
    write_parquet(part.path(folder, "cases"), pd.DataFrame({**people, **metrics}))


def who_they_are(agent: str, numbers: np.ndarray, covariates: Covariates) -> dict[str, object]:
    """Return the columns that say which case a row is: age in years, height in cm, weight in kg."""
    sex = np.where(covariates.female > 0.5, "F", "M")
    people = {"age": covariates.age, "sex": sex, "height": covariates.height, "weight": covariates.weight}
    return {"agent": agent, "patient": numbers, **people}


def worst_first(primary: np.ndarray) -> np.ndarray:
    """Return the order of patients from the worst on; without a value (no drug given) is worst of all."""
    return np.argsort(np.nan_to_num(primary, nan=-1.0), kind="stable")


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
    return Trace(trace.time[: blocks * stride + 1 : stride], **signals)


def long_table(trace: Trace, agent: str, numbers: np.ndarray, chosen: np.ndarray) -> pd.DataFrame:
    """Return one row per chosen patient and sample: agent, patient, time_s and the signals as float32."""
    samples = len(trace.time)
    table: dict[str, object] = {
        "agent": agent,
        "patient": np.repeat(numbers[chosen], samples).astype(np.int32),
        "time_s": np.tile(trace.time.astype(np.float32), len(chosen)),
    }
    for name, signal in trace.signals().items():
        table[name] = signal[:, chosen].T.astype(np.float32).ravel()
    return pd.DataFrame(table)
