"""What an evaluation is: agents, a cohort and a room, and how each is made from its name."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from agents import AGENTS
from experiments.running.results import ROOT
from predictors import OBSERVERS
from sim.cohort import Models
from sim.interfaces import Agent, Observer, OrderMode
from sim.metrics import case_metrics
from sim.theatre import Case, Theatre
from sim.theatre.rollout import cases, simulate

SOURCES = (
    "sim",
    "agents",
    "predictors",
    "experiments/loop",
    "experiments/settings",
)

# An agent with a predictor inside. The registry outlives a reload of this module.
for _name in ("look_ahead", "look_ahead_narrow"):
    if _name not in AGENTS:
        AGENTS.register(_name, f"experiments.loop.wired:{_name}")


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
    patients: int = 250
    seed: int = 0
    horizon: float = 10800.0
    control_period: float = 10.0
    physiology_step: float = 5.0
    surgery: str = "random"
    bleeding_probability: float = 0.1
    noise: bool = True
    pressure: str = "arterial"
    models: Models = field(default_factory=Models)
    assumed_propofol: str = "schnider"
    assumed_remifentanil: str = "minto"
    observer: str = "nominal"
    faults: tuple[str, ...] = ()
    workers: int = 2
    out: Path = Path("results/closed_loop")


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


def agent_named(name: str, config: Evaluation | None = None) -> Agent:
    """Return an agent, told what the pumps of a configuration assume if it asks for that.

    Raises:
        ValueError: an unknown name.
        OSError: its weights or settings are missing.
    """
    make = AGENTS.get(name)
    if config is None:
        return make()
    offered = {
        "assumed_propofol": config.assumed_propofol,
        "assumed_remifentanil": config.assumed_remifentanil,
    }
    return make(**_wanted(make, offered))


def _wanted(make: Any, offered: dict[str, Any]) -> dict[str, Any]:
    """Return what of the offered arguments a factory takes."""
    known = inspect.signature(make).parameters
    return {name: value for name, value in offered.items() if name in known}


def observer(config: Evaluation) -> Observer | None:
    """Return the observer, who assumes the pumps' models if it assumes any. Raises ValueError on an unknown name."""
    if config.observer == "none":
        return None
    make = OBSERVERS.get(config.observer)
    offered = {
        "control_period": config.control_period,
        "propofol": config.assumed_propofol,
        "remifentanil": config.assumed_remifentanil,
    }
    return make(**_wanted(make, offered))


def try_out(config: Evaluation, name: str) -> None:
    """Let an agent order twice for one patient, and judge it.

    Raises:
        ValueError: the agent cannot take part as configured, or a measure does not return what it declares.
    """
    agent = agent_named(name, config)
    room = replace(theatre(config, agent.orders), horizon=2.0 * config.control_period)
    case = admitted(config, room, np.arange(1))
    try:
        trace = simulate(room, case, agent, observer(config))
    except ValueError as error:
        raise ValueError(f"agents: {name}: {error}") from error
    case_metrics(trace, case.patient.covariates.weight)


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
    """Return what a report says of an agent: name, what it orders, and what it is."""
    return {"name": name, "orders": agent_named(name).orders, "description": AGENTS.describe(name)}


def fingerprint(config: Evaluation) -> str:
    """Return a hash of everything beside the configuration that decides a result: code, data, weights, people."""
    digest = hashlib.sha256()
    files = [path for source in SOURCES for path in (ROOT / source, *sorted((ROOT / source).rglob("*")))]
    for path in [*files, Path(config.cohort)]:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
