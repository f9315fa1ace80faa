"""What an evaluation is: agents, a cohort and a room, and how each is made from its name."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from agents import AGENTS, WRAPPERS
from agents.control.wishes import Asked, scheduled
from experiments.running.results import ROOT
from experiments.running.runners import PROCESSES
from predictors import OBSERVERS
from sim import plants
from sim.interfaces import Agent, Observer
from sim.metrics import case_metrics
from sim.monitors import READINGS
from sim.monitors.listening import Reading
from sim.settings import Models, Scenario, is_table, shown
from sim.theatre import Case, Theatre
from sim.theatre.acting import check_agent
from sim.theatre.engines import ENGINES
from sim.theatre.rollout import cases, simulate

NOBODY = "none"  # in the place of observers

# An agent with a predictor inside. The registry outlives a reload of this module.
for _name in ("look_ahead", "look_ahead_narrow", "mpc", "mpc_ekf"):
    if _name not in AGENTS:
        AGENTS.register(_name, f"experiments.loop.wired:{_name}")


@dataclass(frozen=True)
class Evaluation(Scenario):
    """Simulate agents on one cohort: the same patients, surgery and noise for all. Writes tables and report.html.

    Running it again with the same options continues an interrupted run.

    Attributes:
        agents: who doses; all that are available if none is named. The reference always takes part. NAME@PATH
            tries settings or weights that are not published: pid_tuned@results/pid. NAME+WRAPPER puts something around
            an agent, see `agents.WRAPPERS`.
        reference: the agent to whom differences are taken.
        patients: how many.
        seed: of patients, surgery, noise and faults.
        models: which published models make the patients.
        plant: models, cohort and whatever else a plant says, in place of those options; none leaves them as they are.
        observers: whose estimates all agents are given, or none; those that an agent needs are always added.
        wishes: what clinicians ask of agents that obey, a CSV file by `minute`: `low` and `high` of the index,
            `opioid_floor` in ng/mL, and `hold`, see `agents.control.wishes`; nothing if none is named.
        engine: what computes the patients: numpy, torch, or compiled (see `sim.theatre.engines`; worth it from some
            hundred patients on).
        runner: who simulates: here, processes, or ray (a cluster, see RAY_ADDRESS; else one on this machine).
        workers: parts of the cohort at a time.
        out: folder of the results.
    """

    agents: tuple[str, ...] = ()
    reference: str = "anaesthetist_textbook"
    patients: int = 250
    seed: int = 0
    models: Models = field(default_factory=Models)
    plant: str | None = None
    observers: tuple[str, ...] = ("nominal",)
    wishes: Path | None = None
    engine: str = "numpy"
    runner: str = PROCESSES
    workers: int = 2
    out: Path = Path("results/closed_loop")

    def __post_init__(self) -> None:
        if self.plant:
            for option, value in plants.settings(self.plant, self).items():
                object.__setattr__(self, option, value)
        super().__post_init__()
        if len(set(self.observers)) < len(self.observers):
            raise ValueError(f"observers: {', '.join(self.observers)} names one twice; allowed is each once")
        for name in ("cohort", "surgery"):
            if is_table(table := getattr(self, name)):
                raise ValueError(
                    f"{name}: {shown(table)} is not allowed; a name or a CSV file, which a record can name"
                )
        if NOBODY in self.observers and len(self.observers) > 1:
            raise ValueError(f"observers: {', '.join(self.observers)} is not allowed; {NOBODY} stands alone")
        ENGINES.get(self.engine)
        if self.wishes is not None:
            scheduled(self.wishes)


def admitted(config: Evaluation, numbers: np.ndarray) -> Case:
    """Return the cases of these numbers. Raises ValueError on an unknown name or a bad value."""
    return cases(config, config.seed, numbers, config.models)


def agent_named(name: str, config: Evaluation | None = None) -> Agent:
    """Return an agent, told what the pumps of a configuration assume if it asks for that.

    Args:
        name: of the registry; NAME@PATH gives the agent settings or weights that are not published; +WRAPPER, which
            may be repeated, comes last and puts the agent inside.
        config: what the pumps assume; none if it does not matter.

    Raises:
        ValueError: an unknown name, or a path for an agent that takes none or that it cannot read.
        OSError: its weights or settings are missing.
    """
    entry, path, wrappers = parsed(name)
    make = AGENTS.get(entry)
    offered: dict[str, Any] = {}
    if config is not None:
        for option in ("control_period", "assumed_propofol", "assumed_remifentanil"):
            offered[option] = getattr(config, option)
    wanted = _wanted(f"agents: {entry}", make, offered if path is None else {**offered, "path": path})
    if path is not None and "path" not in wanted:
        raise ValueError(f"agents: {name} is not allowed; {entry} takes no settings or weights from a path")
    agent = _checked(name, make(**wanted))
    for wrapper in wrappers:
        around = WRAPPERS.get(wrapper)
        wanted = _wanted(f"agents: {wrapper}", around, {**offered, "agent": agent})
        agent = _checked(name, around(**wanted))
    wished = config and config.wishes
    return Asked(agent, scheduled(wished)) if wished else agent


def parsed(name: str) -> tuple[str, Path | None, tuple[str, ...]]:
    """Return the agent's entry, the path of its settings or weights if it has one, and the wrappers, inner first."""
    inner, *wrappers = name.split("+")
    entry, at, path = inner.partition("@")
    return entry, Path(path) if at else None, tuple(wrappers)


def label(name: str) -> str:
    """Return how tables call an agent: its name; NAME@FOLDER where it was named with a path; wrappers follow."""
    entry, path, wrappers = parsed(name)
    return "+".join([entry if path is None else f"{entry}@{path.name}", *wrappers])


def _checked(name: str, agent: Any) -> Agent:
    """Return an agent that is one. Raises ValueError, naming it, if it is none."""
    try:
        check_agent(agent)
    except ValueError as error:
        raise ValueError(f"agents: {name}: {error}") from None
    return agent


def _wanted(named: str, make: Any, offered: dict[str, Any]) -> dict[str, Any]:
    """Return what of the offered arguments a factory takes. Raises ValueError if it is none, or wants others."""
    if not callable(make):
        raise ValueError(
            f"{named} is {shown(make)}, which is not allowed; a class or a function that makes one"
        )
    known = inspect.signature(make).parameters.values()
    must = [
        one.name
        for one in known
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    for name in must:
        if name not in offered:
            raise ValueError(f"{named} wants {name!r}, which nobody gives; a default is needed")
    names = {one.name for one in known}
    return {name: value for name, value in offered.items() if name in names}


def observers(config: Evaluation) -> dict[str, Observer]:
    """Return the observers by name, who assume the pumps' models if they assume any.

    Raises:
        ValueError: an unknown name, or a control period that one is not made for.
    """
    offered = {
        "control_period": config.control_period,
        "propofol": config.assumed_propofol,
        "remifentanil": config.assumed_remifentanil,
    }
    makes = {name: OBSERVERS.get(name) for name in config.observers if name != NOBODY}
    return {name: make(**_wanted(f"observers: {name}", make, offered)) for name, make in makes.items()}


def equipped(config: Evaluation, agents: Iterable[str]) -> Evaluation:
    """Return the evaluation with all observers and readings that it asks for and that its agents need, waveforms that
    observers hear included: the same for every agent.
    """
    those = [agent_named(agent, config) for agent in agents]
    asked = [name for name in config.observers if name != NOBODY]
    equipment = replace(
        config,
        observers=_with(asked, those, "observers"),
        readings=_with(config.readings, those, "readings"),
    )
    return replace(equipment, waves=_with(config.waves, observers(equipment).values(), "waves"))


def _with(asked: Iterable[str], guests: Iterable[Any], need: str) -> tuple[str, ...]:
    """Return what was asked for, and what guests name as their need."""
    return tuple(dict.fromkeys([*asked, *(name for guest in guests for name in getattr(guest, need, ()))]))


def try_out(config: Evaluation, name: str) -> None:
    """Let an agent order twice for one patient, and judge it.

    Raises:
        ValueError: the agent cannot take part as configured, or a measure does not return what it declares.
    """
    agent = agent_named(name, config)
    brief = replace(config, horizon=2.0 * config.control_period, faults=())  # none begins so soon
    room, case = Theatre.of(brief, agent.orders), admitted(brief, np.arange(1))
    try:
        trace = simulate(room, case, agent, observers(config))
    except ValueError as error:
        raise ValueError(f"agents: {name}: {error}") from error
    case_metrics(trace, case.patient.covariates.weight)


def taking_part(config: Evaluation) -> tuple[tuple[str, ...], list[str]]:
    """Return the agents, the reference first, and why others of the registry cannot take part.

    Raises:
        ValueError: an unknown or repeated name.
        OSError: an agent was named whose weights or settings are missing.
    """
    together = dict.fromkeys((config.reference, *config.agents))
    if len(set(config.agents)) < len(config.agents) or len(set(map(label, together))) < len(together):
        raise ValueError(f"agents: {', '.join(config.agents)} names one twice; allowed is each once")
    for name in together:
        agent_named(name)
    if config.agents:
        return tuple(together), []
    names, absent = [config.reference], []
    for name in AGENTS:
        try:
            missing = set(filter(_heard, getattr(agent_named(name), "readings", ()))) - set(config.readings)
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}" if error.filename else error
            absent.append(f"{name} is left out: {reason}".replace(f"{ROOT}/", ""))
            continue
        if missing:
            absent.append(
                f"{name} is left out: it reads {', '.join(sorted(missing))}; name it, or show that (--readings)"
            )
        elif name != config.reference:
            names.append(name)
    return tuple(names), absent


def _heard(reading: str) -> bool:
    """Say whether a reading is heard in waveforms, which cost much; what people say costs nothing."""
    return isinstance(READINGS.get(reading), Reading)


def described(name: str) -> dict[str, str]:
    """Return what a report says of an agent: name, what it orders, and what it is."""
    return {"name": label(name), "orders": agent_named(name).orders, "description": description(name)}


def description(name: str) -> str:
    """Return what an agent is, and what is around it, in a line or two."""
    entry, _, wrappers = parsed(name)
    return " ".join([AGENTS.describe(entry), *map(WRAPPERS.describe, wrappers)])
