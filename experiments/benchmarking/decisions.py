"""How long agents take to decide for a batch of patients: processor time of each control period, observers included."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from agents.control.around import Around
from experiments.loop import evaluation
from experiments.loop.evaluation import Evaluation
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run
from sim.arrays import Array
from sim.covariates import Covariates
from sim.interfaces import Orders, Readings
from sim.theatre import Theatre
from sim.theatre.observing import Team
from sim.theatre.rollout import cases, simulate

TABLE = "decisions.csv"
FIRST = 12  # control periods that do not count: whatever takes longer at first
T = TypeVar("T")


@dataclass(frozen=True)
class Decisions:
    """Time every control period of agents that treat patients. Set OMP_NUM_THREADS=1 for one core.

    Attributes:
        agents: who decides, as in experiments.closed_loop.
        patients: at once.
        horizon: of their cases, s.
        seed: of the cases.
        out: folder of the results: decisions.csv.
    """

    agents: tuple[str, ...] = (
        "anaesthetist_textbook",
        "pi_target+pressure",
        "ppo",
        "look_ahead+pressure",
        "mpc",
        "mpc+shield",
        "foresight",
        "offline",
    )
    patients: int = 256
    horizon: float = 1800.0
    seed: int = 0
    out: Path = Path("results/decisions")


@dataclass
class Clock:
    """Milliseconds of processor time, one a control period."""

    spent: list[float] = field(default_factory=list)

    def timed(self, function: Callable[..., T], *given: Any) -> T:
        """Return what a function returns, and note how long it took."""
        begun = time.process_time()
        found = function(*given)
        self.spent.append(1e3 * (time.process_time() - begun))
        return found


@dataclass(frozen=True)
class ClockedAgent(Around):
    """An agent with a clock."""

    clock: Clock

    def initial(self, covariates: Covariates, keys: np.ndarray) -> Any:
        """Return the agent's memory."""
        return self.inner.initial(covariates, keys)

    def act(self, state: Any, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Any]:
        """Return the agent's orders and memory."""
        return self.clock.timed(self.inner.act, state, readings, estimates)


@dataclass(frozen=True)
class ClockedTeam:
    """Observers with a clock."""

    inner: Team
    clock: Clock

    @property
    def control_period(self) -> float:
        """s between readings."""
        return self.inner.control_period

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Name -> (lowest, highest, unit)."""
        return self.inner.estimates

    def initial(self, covariates: Covariates) -> Any:
        """Return the observers' states."""
        return self.inner.initial(covariates)

    def update(self, state: Any, readings: Readings) -> tuple[Any, Mapping[str, Array]]:
        """Return the observers' states and estimates."""
        return self.clock.timed(self.inner.update, state, readings)


def main(config: Decisions) -> None:
    """Measure, print and save. Raises ValueError on a bad option, before anything is written."""
    if config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    if not config.horizon > FIRST * Theatre.control_period:
        raise ValueError(
            f"horizon: {config.horizon:g} s is not allowed; more than {FIRST * Theatre.control_period:g} s"
        )
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    for name in config.agents:
        evaluation.agent_named(name)
    rows = [measured(config, name) for name in track(config.agents, description="measuring")]
    out = write_run(config.out, config)
    table = pd.DataFrame(rows)
    write_csv(out / TABLE, table)
    Console().print(table.round(1).to_string(index=False), highlight=False)


def measured(config: Decisions, name: str) -> dict[str, Any]:
    """Return the median and the 95th percentile of an agent's control periods, ms, and the part of its observers."""
    asked = replace(Evaluation(), agents=(name,), observers=(evaluation.NOBODY,), horizon=config.horizon)
    given = evaluation.equipped(asked, (name,))
    agent, deciding, watching = evaluation.agent_named(name, given), Clock(), Clock()
    room = Theatre.of(given, agent.orders)
    case = cases(room, config.seed, config.patients)
    team = ClockedTeam(Team.of(evaluation.observers(given), room.control_period), watching)
    simulate(room, case, ClockedAgent(agent, deciding), team if team.estimates else None)
    own = np.array(deciding.spent[FIRST:])
    seen = np.array(watching.spent[-len(own) :]) if watching.spent else 0.0 * own
    return {
        "agent": evaluation.label(name),
        "patients": config.patients,
        "median_ms": np.median(own + seen),
        "p95_ms": np.quantile(own + seen, 0.95),
        "observers_ms": np.median(seen),
    }


if __name__ == "__main__":
    run(main, Decisions)
