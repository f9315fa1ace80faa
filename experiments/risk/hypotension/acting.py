"""What foreseeing hypotension is worth: an agent whose pressure loop acts on it, beside the same agent without.

    python -m experiments.risk.hypotension.acting --patients 1000

A third arm says what more norepinephrine alone would do: the loop without foresight that aims at a higher pressure. All
arms meet the same patients, surgery and noise. Results: cases.csv, acting.csv (paired differences), acting.md.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from agents.control.circulation.foreseen import OBSERVER, foreseen
from agents.control.circulation.pressure import WithPressure, with_pressure
from experiments.documenting.markdown import table
from experiments.judging.statistics import summarise
from experiments.loop.evaluation import Evaluation, admitted, agent_named, equipped, observers
from experiments.reporting.tables import number, span
from experiments.running.command_line import run
from experiments.running.results import write_csv, write_run, write_text
from sim.interfaces import Agent
from sim.metrics import case_metrics
from sim.theatre import Theatre
from sim.theatre.rollout import simulate

WITHOUT, WITH, RAISED = "loop", "loop that foresees", "loop that aims higher"
METRICS = (
    "map_below_65_twa_mmhg",
    "map_below_65_percent",
    "time_in_40_60_percent",
    "norepinephrine_ug_per_kg",
    "propofol_mg_per_kg_h",
    "order_changes_per_h",
)
PATIENTS_AT_ONCE = 500


@dataclass(frozen=True)
class Acting:
    """Compare an agent that acts on hypotension foreseen with itself.

    Attributes:
        agent: who doses; its norepinephrine is given by the loops.
        world: plant of patients and room, by name.
        patients: how many.
        higher: mmHg by which the third arm's loop aims higher.
        horizon: s.
        seed: of patients, surgery, noise and resampling.
        out: folder of the results.
    """

    agent: str = "anaesthetist_wide"
    world: str = "recorded"
    patients: int = 1000
    higher: float = 4.0
    horizon: float = 10800.0
    seed: int = 0
    out: Path = Path("results/acting")

    def __post_init__(self) -> None:
        for name, least in (("patients", 2), ("higher", 0.0)):
            if not getattr(self, name) >= least:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; {least:g} or more")


def main(config: Acting) -> None:
    """Simulate, save, print. Raises ValueError naming an option that is not allowed."""
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    room = Evaluation(plant=config.world, horizon=config.horizon, seed=config.seed, observers=(OBSERVER,))
    given = equipped(room, (config.agent,))
    parts = [
        (name, agent, numbers)
        for name, agent in arms(agent_named(config.agent, given), config.higher).items()
        for numbers in np.array_split(np.arange(config.patients), -(-config.patients // PATIENTS_AT_ONCE))
    ]
    console = Console(stderr=True)
    cases = pd.concat(
        [lived(given, *part) for part in track(parts, "simulating", console=console, transient=True)]
    )
    summary = summarise(cases, WITHOUT, METRICS, config.seed)
    out = write_run(config.out, config)
    write_csv(out / "cases.csv", cases)
    write_csv(out / "acting.csv", summary)
    write_text(out / "acting.md", rows(summary) + "\n")
    print(rows(summary))


def arms(agent: Agent, higher: float) -> dict[str, Agent]:
    """Return the agent with each of the loops."""
    plain = with_pressure(agent)
    aims = replace(plain.settings, target=plain.settings.target + higher)
    return {WITHOUT: plain, WITH: foreseen(agent), RAISED: WithPressure(agent, aims)}


def lived(given: Evaluation, name: str, agent: Agent, numbers: np.ndarray) -> pd.DataFrame:
    """Return one row a patient with every metric."""
    case = admitted(given, numbers)
    trace = simulate(Theatre.of(given, agent.orders), case, agent, observers(given))
    metrics = case_metrics(trace, case.patient.covariates.weight)
    return pd.DataFrame({"agent": name, "patient": numbers, **metrics})


def rows(summary: pd.DataFrame) -> str:
    """Return means of every arm and paired differences to the loop without foresight, Markdown."""
    shown = []
    for row in summary.to_dict("records"):
        first = row["agent"] == WITHOUT
        mean = f"{number(row['mean'], 2)} {span(row['mean_low'], row['mean_high'], 2)}"
        gap = f"{number(row['difference'], 2, True)} {span(row['difference_low'], row['difference_high'], 2, True)}"
        shown.append((f"{row['label']}, {row['unit']}", row["agent"], mean, "reference" if first else gap))
    order = {f"{name}": place for place, name in enumerate(dict.fromkeys(one[0] for one in shown))}
    shown.sort(key=lambda one: order[one[0]])
    return table(["", "arm", "mean", "paired difference"], shown, numbers=2)


if __name__ == "__main__":
    run(main, Acting)
