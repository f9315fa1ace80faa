"""The trials of a campaign: one agent under one fault, several side by side or none, with all patients.

A trial's file is its record; those that are there are not simulated again. How a campaign is cut does not depend on who
simulates it.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.failing import kinds, rules
from experiments.failing.rules import Seen
from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from experiments.running.results import atomic
from experiments.running.runners import PROCESSES
from sim.faults import plan
from sim.randomness import case_keys
from sim.settings import Models, Scenario
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

NONE = ""  # no fault
PATIENTS = 1200  # simulated at a time
SIGNALS = ("time", "bis", "pressure", "conscious", "phase")
REPORT = "report "  # before the name of what an agent reports, in a file


@dataclass(frozen=True)
class Campaign(Scenario):
    """Let agents meet faults, one after the other, and compare with the same cases without.

    Running it again with the same options continues an interrupted run.

    Attributes:
        agents: who doses, as in experiments.closed_loop.
        wrappers: what each agent is tried behind, beside bare, by name in `agents.WRAPPERS`.
        faults: what goes wrong, each in turn; " + " joins what goes wrong together. The eighteen kinds of
            `experiments.failing.kinds` if none is named.
        patients: how many.
        horizon: length of a case, s.
        seed: of patients, surgery, noise and faults.
        models: which published models make the patients.
        runner: who simulates: here, processes, or ray.
        workers: trials at a time.
        out: folder of the results.
    """

    agents: tuple[str, ...] = ("anaesthetist_textbook", "look_ahead", "ppo")
    wrappers: tuple[str, ...] = ("shield",)
    patients: int = 20
    horizon: float = 3600.0
    seed: int = 0
    models: Models = field(default_factory=Models)
    runner: str = PROCESSES
    workers: int = 2
    out: Path = Path("results/campaign")

    @property
    def arms(self) -> tuple[str, ...]:
        """Every agent, bare and behind each wrapper."""
        return tuple(arm for agent in self.agents for arm in (agent, *self.behind(agent)))

    def behind(self, agent: str) -> tuple[str, ...]:
        """Return the agent behind each wrapper."""
        return tuple(f"{agent}+{wrapper}" for wrapper in self.wrappers)

    @property
    def met(self) -> tuple[str, ...]:
        """The faults that agents meet."""
        return tuple(self.faults) or kinds.every()

    def evaluation(self, fault: str) -> Evaluation:
        """Return the evaluation of one fault, with the equipment that any of the agents needs."""
        options = {one.name: getattr(self, one.name) for one in fields(Scenario)}
        options |= {"faults": kinds.parts(fault), "seed": self.seed, "models": self.models}
        return evaluation.equipped(Evaluation(**options, patients=self.patients), self.arms)


@dataclass(frozen=True)
class Trial:
    """One agent, `bare` or behind a wrapper, under faults, each in cases of its own; `NONE` is none."""

    arm: str
    faults: tuple[str, ...]
    bare: str

    def path(self, folder: Path) -> Path:
        """Return where the trial keeps what was seen."""
        digest = zlib.crc32("\n".join(self.faults).encode())
        return folder / f"{evaluation.label(self.arm)}-{digest:08x}.npz"


def trials(config: Campaign) -> list[Trial]:
    """Return all trials: every agent without a fault first, then under all, as many side by side as may be."""
    size = max(1, PATIENTS // config.patients)
    cut = [config.met[first : first + size] for first in range(0, len(config.met), size)]
    pairs = [(arm, agent) for agent in config.agents for arm in (agent, *config.behind(agent))]
    return [Trial(arm, faults, bare) for arm, bare in pairs for faults in [(NONE,), *cut]]


def check(config: Campaign) -> None:
    """Raise ValueError on the first bad option; nothing is simulated but two turns of every agent."""
    if config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    if not config.agents or len(set(config.arms)) < len(config.arms):
        raise ValueError(f"agents: {', '.join(config.arms) or 'none'} is not allowed; one or more, each once")
    faults = config.met
    if len(set(faults)) < len(faults):
        raise ValueError(f"faults: {', '.join(faults)} names one twice; allowed is each once")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for fault in faults:
            evaluation.admitted(config.evaluation(fault), np.arange(1))
        for arm in config.arms:
            evaluation.try_out(config.evaluation(NONE), arm)


def live(config: Campaign, folder: Path, trial: Trial, report: Callable[[float], None]) -> None:
    """Simulate a trial and write its file; see `experiments.running.runners`."""
    given = config.evaluation(NONE)
    agent = evaluation.agent_named(trial.arm, given)
    turns = round(config.horizon / config.control_period)
    numbers = np.arange(config.patients)
    keys = case_keys(config.seed, numbers)
    each = [plan.plan(kinds.parts(fault), keys, config.horizon) for fault in trial.faults]
    planned = plan.beside(each) if len(each) > 1 else each[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        room, watching = Theatre.of(given, agent.orders), evaluation.observers(given)
        case = cases(room, config.seed, np.tile(numbers, len(each)), config.models, planned)
        trace = simulate(room, case, agent, watching, lambda turn: report(turn / turns))
    seen = Seen.of(trace)
    times = {
        "starts": np.concatenate([one.starts.min(0, initial=np.inf) for one in each]),
        "ends": np.concatenate([one.ends.max(0, initial=0.0) for one in each]),
    }
    signals = {name: getattr(seen, name) for name in SIGNALS}
    kept: dict[str, Any] = {
        **signals,
        **times,
        **{REPORT + name: said for name, said in seen.reports.items()},
    }
    with atomic(trial.path(folder)) as partial:
        np.savez_compressed(partial, **kept)


def judged(config: Campaign, folder: Path) -> pd.DataFrame:
    """Return one row an agent, fault and patient: arm, fault, kind, patient, and what `rules.judged` says.

    A case with a fault is judged against the same agent's without; an agent behind a wrapper, without a fault, against
    the bare one: what the wrapper costs.
    """
    rows, usual = [], {}
    for trial in trials(config):
        seen, times = _read(trial.path(folder))
        if trial.faults == (NONE,):
            usual[trial.arm] = seen
            if trial.arm == trial.bare:
                continue
            nobody = np.zeros(config.patients)
            times = {"starts": nobody, "ends": nobody + config.horizon}
        beside = usual[trial.bare if trial.faults == (NONE,) else trial.arm]
        for place, fault in enumerate(trial.faults):
            own = slice(place * config.patients, (place + 1) * config.patients)
            found = rules.judged(seen.of_patients(own), beside, times["starts"][own], times["ends"][own])
            named = fault or kinds.NOTHING
            who = {"arm": evaluation.label(trial.arm), "fault": named, "kind": kinds.kind(fault)}
            rows.append(pd.DataFrame({**who, "patient": np.arange(config.patients), **found}))
    return pd.concat(rows, ignore_index=True)


def _read(path: Path) -> tuple[Seen, dict[str, np.ndarray]]:
    with np.load(path) as file:
        kept = dict(file)
    reports = {name.removeprefix(REPORT): said for name, said in kept.items() if name.startswith(REPORT)}
    times = {name: kept[name] for name in ("starts", "ends") if name in kept}
    return Seen(*(kept[name] for name in SIGNALS), reports), times  # type: ignore[call-arg,arg-type]
