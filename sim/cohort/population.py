"""The population fitted to recorded cases: what its table says, read when it is first asked for.

`python -m experiments.tuning.population` fits it, `sim/data/population_recorded.md` says on what and how well. It holds
typical values and spreads, nobody's data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.published import Drift

MIDDLE_AGE = 60.0  # years
TABLE = "population_recorded.json"
SHIPPED = Path(str(files("sim").joinpath("data", TABLE)))


@dataclass(frozen=True)
class Depth:
    """What makes the index of typical people, and how people differ.

    Attributes:
        ke0: 1/min, of 70 kg.
        c50_propofol: µg/mL, at 35 years; c50_age: change of its log per year.
        c50_remifentanil: ng/mL.
        gamma_light, gamma_deep: steepness up to the combined C50 and above.
        e0, emax: index awake, and the largest fall.
        arousability: how much of a stimulus that drugs let through raises the index.
        drift: of log C50 of propofol within people.
        log_sd: of deviates between people, by the names of parameters.
        correlation: of these, "one other" -> value.
    """

    ke0: float
    c50_propofol: float
    c50_age: float
    c50_remifentanil: float
    gamma_light: float
    gamma_deep: float
    e0: float
    emax: float
    arousability: float
    drift: Drift
    log_sd: Mapping[str, float] = field(default_factory=dict)
    correlation: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class People:
    """Who they are on paper.

    Attributes:
        female: share of women.
        probabilities, ages: quantiles of age, years; the outer ones are the youngest and the oldest drawn.
        height: cm: of men at `MIDDLE_AGE`, more per year, more of women, SD.
        log_bmi: log kg/m², likewise.
    """

    female: float
    probabilities: tuple[float, ...]
    ages: tuple[float, ...]
    height: tuple[float, float, float, float]
    log_bmi: tuple[float, float, float, float]


@dataclass(frozen=True)
class Population:
    """Both."""

    depth: Depth
    people: People


@cache
def recorded() -> Population:
    """Return the population that ships with the package."""
    return read(SHIPPED)


def read(path: Path) -> Population:
    """Return the population of a table. Raises ValueError if it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        depth, people = content["depth"], content["people"]
        return Population(
            Depth(**{**depth, "drift": Drift(**depth["drift"])}),
            People(**{name: _frozen(people[name]) for name in (f.name for f in fields(People))}),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"population: {path} holds no population ({error})") from None


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
