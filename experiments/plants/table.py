"""How agents do on every plant: the same patients for all agents, those who order alike side by side in one batch."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from experiments.loop.evaluation import AGENTS, Evaluation, admitted, agent_named, equipped, label, observers
from experiments.plants.side_by_side import compared
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run, write_text
from sim.metrics import case_metrics, metric_table
from sim.plants import PLANTS
from sim.theatre import Theatre
from sim.theatre.trace import Trace

LEVEL = (
    "anaesthetist_textbook",
    "anaesthetist_wide+pressure",
    "pi_target+pressure",
    "pid_tuned+pressure",
    "pid_plants+pressure",
    "ppo+pressure",
)
PRIMARY = "time_outside_40_60_percent"
SHOWN = (
    PRIMARY,
    "time_below_40_percent",
    "map_below_65_percent",
    "bis_below_20_s",
    "order_changes_per_h",
    "emergence_to_conscious_min",
)


@dataclass(frozen=True)
class Config:
    """Compare agents on plants, in the window that all share.

    Attributes:
        agents: who doses; NAME@PATH and +WRAPPER as in closed_loop.
        plants: by name; all if none is named.
        patients: of a plant.
        seed: of patients, surgery and noise.
        out: folder of the results: cases.csv, plants.csv and plants.md.
    """

    agents: tuple[str, ...] = LEVEL
    plants: tuple[str, ...] = ()
    patients: int = 100
    seed: int = 0
    out: Path = Path("results/plants")

    def __post_init__(self) -> None:
        if self.patients < 1:
            raise ValueError(f"patients: {self.patients} is not allowed; 1 or more")
        for name in self.plants:
            PLANTS.get(name)
        if not self.agents or len(set(map(label, self.agents))) < len(self.agents):
            allowed = f"each once, of {', '.join(AGENTS)}"
            raise ValueError(f"agents: {', '.join(self.agents) or 'none'} is not allowed; {allowed}")


def main(config: Config) -> None:
    """Simulate, save, print. Raises ValueError naming an option that is not allowed."""
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    plants = config.plants or tuple(PLANTS)
    for name in config.agents:
        agent_named(name, Evaluation())
    console = Console(stderr=True)
    parts = [lived(config, plant) for plant in track(plants, "simulating", console=console, transient=True)]
    cases = pd.concat(parts, ignore_index=True)
    out = write_run(config.out, config)
    write_csv(out / "cases.csv", cases)
    means = cases.groupby(["plant", "agent"], sort=False)[list(SHOWN)].mean().reset_index()
    write_csv(out / "plants.csv", means)
    write_text(out / "plants.md", page(means))
    print((out / "plants.md").read_text(encoding="utf-8"))


def lived(config: Config, plant: str) -> pd.DataFrame:
    """Return one row an agent and patient of a plant, with every metric."""
    given = equipped(Evaluation(plant=plant, seed=config.seed), config.agents)
    case = admitted(given, np.arange(config.patients))
    rows: dict[str, Trace] = {}
    for orders in ("targets", "rates"):
        agents = {name: agent_named(name, given) for name in config.agents}
        alike = {name: agent for name, agent in agents.items() if agent.orders == orders}
        if alike:
            traces = compared(Theatre.of(given, orders), case, [*alike.values()], observers(given))
            rows |= dict(zip(alike, traces, strict=True))
    found = []
    for name in config.agents:
        metrics = case_metrics(rows[name], case.patient.covariates.weight)
        who = {"plant": plant, "use": PLANTS.get(plant).use, "agent": label(name)}
        found.append(pd.DataFrame({**who, "patient": np.arange(config.patients), **metrics}))
    return pd.concat(found, ignore_index=True)


def page(means: pd.DataFrame) -> str:
    """Return the tables, Markdown: the primary metric, agents by plants, then everything shown."""
    known = metric_table()
    wide = means.pivot(index="agent", columns="plant", values=PRIMARY)
    wide = wide.loc[list(dict.fromkeys(means["agent"])), list(dict.fromkeys(means["plant"]))]
    lines = [
        f"# {known[PRIMARY].label}, %: means over patients\n",
        "| agent | " + " | ".join(f"{plant} ({PLANTS.get(plant).use})" for plant in wide.columns) + " |",
        "|---|" + "--:|" * len(wide.columns),
        *(
            f"| {agent} | " + " | ".join(f"{value:.1f}" for value in row) + " |"
            for agent, row in wide.iterrows()
        ),
        "",
        "| plant | agent | "
        + " | ".join(f"{known[name].label}, {known[name].unit}" for name in SHOWN)
        + " |",
        "|---|---|" + "--:|" * len(SHOWN),
        *(
            f"| {row['plant']} | {row['agent']} | " + " | ".join(f"{row[name]:.1f}" for name in SHOWN) + " |"
            for _, row in means.iterrows()
        ),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    run(main, Config)
