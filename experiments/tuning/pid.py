"""Tune the PID of protocol P3 on training cases that no test shares.

    python -m experiments.tuning.pid

Differential evolution, first of the induction gains, then of the maintenance gains; all candidates and patients
of a generation are one batch. Writes pid_tuned.json (the gains, and what made them) and pid_tuned.md (a card).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from agents.control import pid
from agents.control.pid import OUTPUT_LIMIT, PidGains, PidSettings
from experiments.plants import searching
from experiments.published.loops import RATE_INTERVAL, Controller, Recording, step_loop, step_noise
from experiments.published.plants import FIRST_TRAINING_CASE, Plant, random_plant
from experiments.published.scores import INDUCTION_SAMPLES, TARGET, absolute_error, step_scores
from experiments.running.command_line import run
from experiments.running.results import plain, write_json, write_run, write_text
from experiments.tuning import cards
from sim.arrays import map_arrays
from sim.randomness import case_keys

# As TIVA_Drug_Control searched (n was 5 there), the longer range of ti for both sets; by logarithm.
BOUNDS = {"kp": (1e-4, 1.0), "ti": (1.0, 1500.0), "td": (0.01, 25.0), "n": (0.5, 20.0)}
TOO_DEEP, TOO_DEEP_POWER = 40.0, 2.6  # BIS below which, and the power with which, an error of induction costs
INTEGRAL_LIMITS = (0.0, OUTPUT_LIMIT)  # mg/s: no undershoot takes away what the patient needs when it is over


@dataclass(frozen=True)
class Config:
    """Tune the gains of the PID for induction and maintenance on protocol P3's training cases."""

    cases: int = 1000
    """training patients"""
    seed: int = FIRST_TRAINING_CASE
    """number of the first training case, 100000 or more; it seeds the search, too"""
    generations: int = 40
    """longest search for each set of gains"""
    candidates: int = 24
    """sets of gains in a generation"""
    out: Path = Path("results/pid")
    """folder of the results"""


def main(config: Config) -> None:
    """Tune, score on the training cases, write. Raises ValueError naming an option that cannot be run."""
    for name, lowest in (("cases", 1), ("seed", FIRST_TRAINING_CASE), ("generations", 1), ("candidates", 8)):
        if getattr(config, name) < lowest:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; {lowest} or more")
    keys = case_keys(0, config.seed + np.arange(config.cases))
    plant, noise = random_plant(keys), step_noise(keys)

    def induced(gains: PidGains) -> np.ndarray:
        return induction_cost(close(plant, noise[:INDUCTION_SAMPLES], gains, gains))

    def maintained(gains: PidGains) -> np.ndarray:
        return maintenance_cost(close(plant, noise, induction, gains))

    induction = search(induced, config, "tuning induction")
    maintenance = search(maintained, config, "tuning maintenance")
    scores = step_scores(step_loop(plant, _controller(induction, maintenance), noise).measured)
    content = record(config, induction, maintenance, scores)
    settings = write_run(config.out, config) / pid.TUNED_SETTINGS.name
    write_json(settings, content)
    write_text(settings.with_suffix(".md"), card(content))
    print(f"wrote {settings}: induction {induction}, maintenance {maintenance}")


def close(plant: Plant, noise: np.ndarray, induction: PidGains, maintenance: PidGains) -> Recording:
    """Close P3's loop for as long as there is noise, (seconds, patients), with gains of shape (candidates,) or (1,).

    The signals are (seconds, candidates, patients).
    """
    wide = replace(plant, compartments=map_arrays(lambda array: array[:, None], plant.compartments))
    columns = [map_arrays(lambda array: array[:, None], gains) for gains in (induction, maintenance)]
    return step_loop(wide, _controller(*columns), noise)


def _controller(induction: PidGains, maintenance: PidGains) -> Controller:
    return Controller(PidSettings(induction, maintenance, TARGET, INTEGRAL_LIMITS), RATE_INTERVAL)


def induction_cost(recording: Recording) -> np.ndarray:
    """Return the mean over patients of the squared error; errors below BIS 40 count with power 2.6. (candidates,).

    The cost with which the published gains of TIVA_Drug_Control were tuned (Aubouin-Pairault).
    """
    index = recording.measured
    error = np.abs(index - TARGET)
    return np.where(index > TOO_DEEP, error**2, error**TOO_DEEP_POWER).sum(axis=0).mean(axis=-1)


def maintenance_cost(recording: Recording) -> np.ndarray:
    """Return the mean over patients of the absolute error, BIS·s, (candidates,)."""
    return absolute_error(recording.measured[INDUCTION_SAMPLES:]).mean(axis=-1)


def search(cost: Callable[[PidGains], np.ndarray], config: Config, label: str) -> PidGains:
    """Return the gains of least cost.

    Args:
        cost: gains of shape (candidates,) -> (candidates,).
    """
    best = searching.search(
        lambda found: cost(PidGains(**found)),
        BOUNDS,
        config.generations,
        config.candidates,
        config.seed,
        label,
    )
    return PidGains(**{name: np.array([value]) for name, value in best.items()})


def record(
    config: Config, induction: PidGains, maintenance: PidGains, scores: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Return what goes into the settings file: gains, their training scores (means), and what made them."""
    named = {"induction": induction, "maintenance": maintenance}
    return {
        **{
            phase: {name: float(value[0]) for name, value in vars(gains).items()}
            for phase, gains in named.items()
        },
        "start_index": TARGET,
        "integral_lowest": INTEGRAL_LIMITS[0],
        "integral_highest": INTEGRAL_LIMITS[1],
        "training_score": {name: float(np.nanmean(values)) for name, values in scores.items()},
        "seed": config.seed,
        "config": replace(config, out=Path(config.out.name)),
        **cards.made("experiments.tuning.pid"),
    }


def card(content: Mapping[str, Any]) -> str:
    """Return the card of a settings file, from its content as it is read back."""
    config = plain(content["config"])
    options = " ".join(f"--{name} {config[name]}" for name in ("cases", "seed", "generations", "candidates"))
    return cards.card(
        "pid_tuned",
        "Gains of the PID that steers propofol by BIS, for induction and for maintenance.",
        content,
        f"python -m experiments.tuning.pid {options}",
        f"{config['cases']} simulated training cases of protocol P3 from number {config['seed']} on; no test has them",
        "means over the training cases",
        [
            "| score | value |",
            "|---|---|",
            *(f"| {name} | {value:.4g} |" for name, value in content["training_score"].items()),
        ],
    )


if __name__ == "__main__":
    run(main, Config)
