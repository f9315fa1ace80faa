"""Tune the predictive controller: first the people it believes in, then its prices and its doubts about these people.

    python -m experiments.tuning.mpc

The people are those with whom a belief foresees the truth of simulated cases best, the textbook anaesthetist's and the
controller's own. Prices and doubts are those that are best in closed loops on the plants to learn on and on those to
choose on, each plant counting alike. Writes belief.json and mpc.json with cards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from agents import AGENTS
from agents.control.planning.mpc import PredictiveControl
from agents.control.planning.prices import SETTINGS, Prices
from experiments.running.command_line import run
from experiments.running.results import plain, write_json, write_run, write_text
from experiments.tuning import cards
from experiments.tuning.mpc.fitting import fitted, likelihood
from experiments.tuning.mpc.pricing import DOUBTS, SCORES, judged, tuned
from experiments.tuning.mpc.watching import together, watched
from predictors.belief.observer import BeliefFilter
from predictors.belief.population import TABLE, Population
from sim.plants import for_training, of_use

FIRST_SEED = 1000  # of training
WATCHED = 2700.0  # s of each case that the people are fitted to: induction, most incisions, a little of the operation


@dataclass(frozen=True)
class Config:
    """Tune the people that the predictive controller believes in, and its prices.

    Attributes:
        plants: whose patients; those for training.
        choosing: plants beside them on which prices and doubts are chosen: people of whom the belief has no model.
        seed: of the cases watched, 1000 or more; the closed loops have the next one.
        patients: watched on each plant under each of two agents, and treated on each plant.
        members: of the bank while the people are fitted.
        fits: evaluations for the index; the pressure has as many.
        evaluations: of prices and doubts, each a cohort; 0 keeps them.
        horizon: length of the cases treated, s.
        out: folder of the results.
    """

    plants: tuple[str, ...] = of_use("training")
    choosing: tuple[str, ...] = of_use("choosing")
    seed: int = 1100
    patients: int = 8
    members: int = 9
    fits: int = 200
    evaluations: int = 60
    horizon: float = 7200.0
    out: Path = Path("results/mpc")


def main(config: Config) -> None:
    """Tune, write. Raises ValueError naming an option that cannot be run."""
    for_training(config.plants)
    for_training(config.choosing, "choosing")
    for name, lowest in (
        ("seed", FIRST_SEED),
        ("patients", 1),
        ("members", 1),
        ("fits", 0),
        ("evaluations", 0),
    ):
        if getattr(config, name) < lowest:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; {lowest} or more")
    people, prices = Population(), Prices()
    out = write_run(config.out, config)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        scores: dict[str, Any] = {}
        if config.fits:
            people, scores = fit(config, people, progress)
        if config.evaluations:
            report = bar(progress, "prices and doubts", config.evaluations)
            people, prices = tuned(people, prices, partial(play, config), config.evaluations, report)
        played = play(config, people, prices)
        found = {name: float(np.nanmean(one)) for name, one in played.items() if np.isfinite(one).any()}
    content = {"population": asdict(people), "training_score": scores | found} | made(config)
    write_json(out / TABLE.name, content)
    about = "The people that a belief begins with, and how far it doubts that all are like them."
    write_text(out / TABLE.with_suffix(".md").name, card("belief", about, content))
    content = {"prices": asdict(prices), "training_score": found} | made(config)
    write_json(out / SETTINGS.name, content)
    write_text(
        out / SETTINGS.with_suffix(".md").name, card("mpc", "What the predictive controller weighs.", content)
    )
    print(
        f"wrote {out / SETTINGS.name}: " + ", ".join(f"{name} {value:.3g}" for name, value in found.items())
    )


def play(config: Config, people: Population, prices: Prices) -> dict[str, np.ndarray]:
    """Return the scores of the controller's own cases, (patients,) by name, plants taking turns within a use."""
    agent = PredictiveControl(BeliefFilter(people=people), prices)
    parts = [
        judged(agent, plants, config.seed + 1, config.patients * len(plants), config.horizon)
        for plants in (config.plants, config.choosing)
        if plants
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in SCORES}


def fit(config: Config, people: Population, progress: Progress) -> tuple[Population, dict[str, float]]:
    """Return the people fitted, and how likely they make what was read."""
    makes = [PredictiveControl(BeliefFilter(people=people)), AGENTS.get("anaesthetist_textbook")()]
    parts, task = [], progress.add_task("watching", total=len(config.plants) * len(makes))
    for place, plant in enumerate(config.plants):
        for doses in makes:
            seed = config.seed + 10 * place
            parts.append(watched(plant, doses, seed, config.patients, min(WATCHED, config.horizon)))
            progress.advance(task)
    seen = together(parts)
    scores: dict[str, float] = {}
    for part, members in (("pressure", 1), ("depth", config.members)):
        before = likelihood(people, seen, part, members)
        people = fitted(people, seen, part, members, config.fits, bar(progress, part, config.fits))
        scores |= {f"{part}_before": before, f"{part}_after": likelihood(people, seen, part, members)}
    return people, scores


def bar(progress: Progress, label: str, total: int) -> Callable[[int, float], None]:
    """Return what shows how far a search is."""
    task = progress.add_task(label, total=total)

    def report(done: int, best: float) -> None:
        progress.update(task, completed=done, description=f"{label}, best {best:.5g}")

    return report


def made(config: Config) -> dict[str, Any]:
    """Return what made a file."""
    return {
        "config": plain(replace(config, out=Path(config.out.name))),
        **cards.made("experiments.tuning.mpc"),
    }


def card(title: str, about: str, content: dict[str, Any]) -> str:
    """Return the card of a file."""
    config = content["config"]
    names = ("seed", "patients", "members", "fits", "evaluations", "horizon")
    plants = ["--plants", *config["plants"], "--choosing", *config["choosing"]]
    options = " ".join([*(f"--{name} {config[name]}" for name in names), *plants])
    by_hand = " {} chosen by hand, with looks at closed loops of training cases."
    if title != TABLE.stem:
        chosen = "" if config["evaluations"] else by_hand.format("All were")
    elif config["evaluations"]:
        rest = "" if config["fits"] else by_hand.format("The others were")
        chosen = f" Searched in closed loops, with the prices of `mpc`: {', '.join(DOUBTS)}.{rest}"
    else:
        chosen = "" if config["fits"] else by_hand.format("All were")
    rows = [f"| {name} | {value:.4g} |" for name, value in content["training_score"].items()]
    return cards.card(
        title,
        about + chosen,
        content,
        f"python -m experiments.tuning.mpc {options}",
        f"simulated cases of the training plants {', '.join(config['plants'])} and, to choose on, of "
        f"{', '.join(config['choosing']) or 'no other'}; seeds from {config['seed']} on",
        "mean log densities of the truth before and after fitting, or means over the patients treated",
        ["| score | value |", "|---|---|", *rows],
    )


if __name__ == "__main__":
    run(main, Config)
