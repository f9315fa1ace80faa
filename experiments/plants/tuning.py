"""Tune the baselines of a level comparison on the plants open to it: same range of doses, each with a pressure loop.

    python -m experiments.plants.tuning --agent pi_target

Candidates live the same patients, as many of each plant, side by side; on one plant nothing learns. What is paid for is
time outside BIS 40-60 in maintenance, and turning dials more than 30 times an hour (but by the PID, which does so at
every reading); the pressure loop pays for pressures below its target, and above it while it gives anything.
Writes AGENT.json (settings, and what made them) and AGENT.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from agents.control import rates, target
from agents.control.circulation import pressure
from agents.control.circulation.pressure import WithPressure
from agents.control.pid import OUTPUT_LIMIT, PID, PidGains, PidSettings
from agents.human import anaesthetist
from agents.human.anaesthetist import WIDE, Anaesthetist
from experiments.judging.statistics import paired_difference
from experiments.plants.searching import Bounds, search
from experiments.plants.side_by_side import compared
from experiments.running.command_line import run
from experiments.running.results import write_json, write_run, write_text
from experiments.tuning import cards
from sim.interfaces import Agent
from sim.metrics.windows import windows
from sim.plants import for_training, of_use
from sim.plants.mixing import cases_of
from sim.settings import Scenario
from sim.theatre import Theatre
from sim.theatre.trace import Trace

FIRST_SEED, VALIDATION_SEED = 1000, 900_001
CHANGES, PRICE = (
    30.0,
    0.1,
)  # turns of dials an hour that are free, and what each more costs, % of time outside
TARGET = 50.0
Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Tuned:
    """What is tuned, and how.

    Attributes:
        description: in a line, for the card.
        shipped: the agent's settings in the package; its name is that of the result.
        bounds: of the numbers searched.
        begin: where the search begins: by hand, and what the card compares with.
        content: numbers -> what the settings file holds of them.
        agent: numbers -> the agent.
        cost: of a trace, (patients,).
    """

    description: str
    shipped: Path
    bounds: Bounds
    begin: Numbers
    content: Callable[[Numbers], dict[str, Any]]
    agent: Callable[[Numbers], Agent]
    cost: Callable[[Trace], np.ndarray]


@dataclass(frozen=True)
class Config:
    """Tune a baseline on the plants that are open to it.

    Attributes:
        agent: anaesthetist_wide, pi_target, pid_plants or pressure; the others use the pressure loop that ships.
        plants: to tune on; all for training if none is named.
        choosing: plants beside them, on which nothing learns, but settings may be chosen.
        patients: of each plant simulated under every candidate.
        generations, candidates: of the search.
        seed: of the patients and of the search, 1000 or more.
        horizon: length of a case, s.
        validation_patients: of each plant scored at the end, of another seed.
        out: folder of the results.
    """

    agent: str = "pi_target"
    plants: tuple[str, ...] = ()
    choosing: tuple[str, ...] = of_use("choosing")
    patients: int = 8
    generations: int = 12
    candidates: int = 16
    seed: int = FIRST_SEED
    horizon: float = 7200.0
    validation_patients: int = 20
    out: Path = Path("results/level")


def time_outside(trace: Trace) -> np.ndarray:
    """Return the time outside BIS 40-60 in maintenance, %, (patients,)."""
    window = windows(trace).maintenance
    out = ((trace.bis < 40.0) | (trace.bis > 60.0)) & window
    return 100.0 * out.sum(axis=0) / window.sum(axis=0)


def time_outside_and_changes(trace: Trace) -> np.ndarray:
    """Return the time outside BIS 40-60 in maintenance, %, and the price of changes, (patients,)."""
    spans = windows(trace)
    hours = spans.maintenance.sum(axis=0) * spans.period / 3600.0
    changes = np.sum(trace.order_changes, axis=0, where=spans.maintenance) / hours
    return time_outside(trace) + PRICE * np.maximum(changes - CHANGES, 0.0)


def off_pressure(trace: Trace) -> np.ndarray:
    """Return mmHg that the pressure is below the loop's target, or above it while norepinephrine runs, (patients,)."""
    window = windows(trace).maintenance
    off = trace.mean_arterial_pressure - pressure.Settings.target
    paid = np.where(off < 0.0, -off, np.where(trace.norepinephrine > 0.0, off, 0.0))
    return np.mean(paid, axis=0, where=window)


def _wide(numbers: Numbers) -> Any:
    """Return the anaesthetist's settings; the elderly have as much less of everything as in the textbook's."""
    one = replace(WIDE, **{name: value for name, value in numbers.items() if name != "propofol_start"})
    start = numbers["propofol_start"]
    less = WIDE.propofol_start_elderly / WIDE.propofol_start
    gentle = WIDE.propofol_step_elderly / WIDE.propofol_step
    return replace(
        one,
        propofol_start=start,
        propofol_start_elderly=less * start,
        propofol_step_elderly=gentle * one.propofol_step,
        remifentanil_start_elderly=0.75 * one.remifentanil_start,
    )


def _pid(numbers: Numbers) -> PidSettings:
    early, late = (
        PidGains(*(numbers[f"{name}_{phase}"] for name in ("kp", "ti", "td", "n")))
        for phase in ("induction", "maintenance")
    )
    return PidSettings(early, late, TARGET, (0.0, OUTPUT_LIMIT))


def _pid_content(numbers: Numbers) -> dict[str, Any]:
    found = _pid(numbers)
    assert found.clamp is not None
    low, high = found.clamp
    gains = {"induction": asdict(found.induction), "maintenance": asdict(found.maintenance)}
    return {**gains, "start_index": TARGET, "integral_lowest": low, "integral_highest": high}


def _held(agent: Agent) -> Agent:
    return pressure.with_pressure(agent)


WIDE_BOUNDS = {
    "bis_aim": (45.0, 55.0),
    "bis_band": (3.0, 10.0),
    "light_patience": (15.0, 120.0),
    "deep_patience": (15.0, 240.0),
    "lockout": (60.0, 300.0),
    "propofol_start": (2.5, 6.0),
    "propofol_step": (0.2, 1.2),
    "remifentanil_start": (2.0, 6.0),
}
PID_BOUNDS = {
    f"{name}_{phase}": bounds
    for phase in ("induction", "maintenance")
    for name, bounds in {
        "kp": (0.003, 0.3),
        "ti": (60.0, 3000.0),
        "td": (0.1, 60.0),
        "n": (0.5, 20.0),
    }.items()
}
PI_BOUNDS = {
    "kp": (0.005, 0.2),
    "ti": (60.0, 1500.0),
    "settles": (5.0, 120.0),
    "start": (0.6, 1.6),
    "dial": (0.1, 0.6),
    "pause": (10.0, 120.0),
}
TUNED: Mapping[str, Tuned] = {
    "pressure": Tuned(
        "Gains of the norepinephrine loop; the target was not tuned.",
        pressure.SHIPPED,
        {"kp": (0.0005, 0.02), "ti": (30.0, 900.0)},
        {"kp": pressure.Settings.kp, "ti": pressure.Settings.ti},
        lambda numbers: {"settings": asdict(pressure.Settings(**numbers))},
        lambda numbers: WithPressure(Anaesthetist(WIDE), pressure.Settings(**numbers)),
        off_pressure,
    ),
    "anaesthetist_wide": Tuned(
        "The textbook's rules with every agent's range of doses: its aim, patience, steps and starts.",
        anaesthetist.SHIPPED,
        WIDE_BOUNDS,
        {name: getattr(WIDE, name) for name in WIDE_BOUNDS},
        lambda numbers: {"settings": asdict(_wide(numbers))},
        lambda numbers: _held(Anaesthetist(_wide(numbers))),
        time_outside_and_changes,
    ),
    "pi_target": Tuned(
        "Gains of the PI controller of the propofol target.",
        target.SHIPPED,
        PI_BOUNDS,
        asdict(target.Settings()),
        lambda numbers: {"settings": asdict(target.Settings(**numbers))},
        lambda numbers: _held(target.PiTarget(target.Settings(**numbers))),
        time_outside_and_changes,
    ),
    "pid_plants": Tuned(
        "Gains of the PID that orders propofol rates beside the anaesthetist's remifentanil.",
        rates.SHIPPED,
        PID_BOUNDS,
        dict(zip(PID_BOUNDS, (0.034, 961.0, 14.8, 19.9, 0.0415, 1486.0, 24.8, 0.512), strict=True)),
        _pid_content,
        lambda numbers: _held(rates.BesideOpioid(PID(_pid(numbers)))),
        time_outside,
    ),
}


def main(config: Config) -> None:
    """Tune, score on patients of another seed, write. Raises ValueError naming an option that is not allowed."""
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    tuned, plants = check(config)

    def costs(found: Mapping[str, np.ndarray]) -> np.ndarray:
        each = [
            dict(zip(found, values, strict=True))
            for values in zip(*map(np.atleast_1d, found.values()), strict=True)
        ]
        return np.array(
            [cost.mean() for cost in lived(tuned, each, plants, config, config.seed, config.patients)]
        )

    label = f"tuning {config.agent}"
    best = search(costs, tuned.bounds, config.generations, config.candidates, config.seed, label, tuned.begin)
    scored = lived(tuned, [tuned.begin, best], plants, config, VALIDATION_SEED, config.validation_patients)
    content = {
        **tuned.content(best),
        "scores": {
            "begin": float(scored[0].mean()),
            "tuned": float(scored[1].mean()),
            "difference": list(map(float, paired_difference(scored[1], scored[0]))),
        },
        "numbers": best,
        "plants": [name for alike in plants for name in alike],
        "config": replace(config, out=Path(config.out.name)),
        **cards.made("experiments.plants.tuning"),
    }
    settings = write_run(config.out, config) / tuned.shipped.name
    write_json(settings, content)
    write_text(settings.with_suffix(".md"), card(config, tuned, plants, best, content))
    print(settings.with_suffix(".md").read_text(encoding="utf-8"))


def check(config: Config) -> tuple[Tuned, list[tuple[str, ...]]]:
    """Return what is tuned and on which plants, by use. Raises ValueError on the first bad option."""
    if config.agent not in TUNED:
        raise ValueError(f"agent: {config.agent!r} is not allowed; {', '.join(TUNED)}")
    lowest = {"patients": 1, "generations": 1, "candidates": 5, "seed": FIRST_SEED, "validation_patients": 1}
    for name, low in lowest.items():
        if getattr(config, name) < low:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; {low} or more")
    if config.seed == VALIDATION_SEED:
        raise ValueError(f"seed: {config.seed} is not allowed; it is kept for validation")
    plants = for_training(config.plants or of_use("training"))
    return TUNED[config.agent], [one for one in (plants, for_training(config.choosing, "choosing")) if one]


def lived(
    tuned: Tuned,
    each: Sequence[Numbers],
    plants: list[tuple[str, ...]],
    config: Config,
    seed: int,
    patients: int,
) -> list[np.ndarray]:
    """Return the cost of every patient under each set of numbers, so many of each plant."""
    agents = [tuned.agent(numbers) for numbers in each]
    room = Theatre.of(Scenario(horizon=config.horizon), agents[0].orders)
    parts = [
        [
            tuned.cost(trace)
            for trace in compared(room, cases_of(alike, room, seed, patients * len(alike)), agents)
        ]
        for alike in plants
    ]
    return [np.concatenate(costs) for costs in zip(*parts, strict=True)]


def card(
    config: Config, tuned: Tuned, plants: list[tuple[str, ...]], best: Numbers, content: Mapping[str, Any]
) -> str:
    """Return the card of a settings file."""
    options = ("agent", "patients", "generations", "candidates", "seed", "horizon")
    again = " ".join(f"--{name} {getattr(config, name)}" for name in options)
    scores = content["scores"]
    mean, low, high = scores["difference"]
    return cards.card(
        tuned.shipped.stem,
        tuned.description,
        content,
        f"python -m experiments.plants.tuning {again}",
        f"{config.patients} simulated patients of seed {config.seed} of each of the plants "
        f"{', '.join(name for alike in plants for name in alike)}; no test plant, no recorded patient",
        f"{tuned.cost.__name__.replace('_', ' ')}: mean over {config.validation_patients} patients of seed "
        f"{VALIDATION_SEED} of each of them, and paired difference with 95 % interval",
        [
            "| settings | cost |",
            "|---|--:|",
            f"| by hand | {scores['begin']:.2f} |",
            f"| tuned | {scores['tuned']:.2f} |",
            f"| difference | {mean:+.2f} [{low:+.2f}, {high:+.2f}] |",
            "",
            "| number | searched | by hand | found |",
            "|---|---|--:|--:|",
            *(
                f"| {name} | {low:g} to {high:g} | {tuned.begin[name]:.4g} | {best[name]:.4g} |"
                for name, (low, high) in tuned.bounds.items()
            ),
        ],
    )


if __name__ == "__main__":
    run(main, Config)
