"""The names that options take, read from the registries: those of plug-ins are among them."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator
from typing import Any

from experiments.learning import ALGORITHMS
from experiments.loop.evaluation import AGENTS  # with the agents that have a predictor inside
from experiments.running.runners import RUNNERS
from experiments.tasks import TASKS
from experiments.waves.reading.readers import EEG_READERS
from predictors import OBSERVERS
from sim.cohort import COHORTS
from sim.faults import FAULTS
from sim.monitors import BIS_SOURCES, HEART_RATE_MONITORS, PRESSURE_MONITORS, READINGS
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.plants import PLANTS
from sim.registry import Registry
from sim.surgery import EVENTS, SURGERIES
from sim.theatre.engines import ENGINES
from sim.waves import WAVES

OPTIONS = {
    "agents": AGENTS,
    "agent": AGENTS,
    "reference": AGENTS,
    "observers": OBSERVERS,
    "observer": OBSERVERS,
    "readers": EEG_READERS,
    "plant": PLANTS,
    "plants": PLANTS,
    "cohort": COHORTS,
    "surgery": SURGERIES,
    "events": EVENTS,
    "faults": FAULTS,
    "bis_source": BIS_SOURCES,
    "pressure": PRESSURE_MONITORS,
    "heart_rate_monitor": HEART_RATE_MONITORS,
    "readings": READINGS,
    "waves": WAVES,
    "assumed_propofol": PROPOFOL,
    "assumed_remifentanil": REMIFENTANIL,
    "engine": ENGINES,
    "runner": RUNNERS,
    "algorithm": ALGORITHMS,
    "task": TASKS,
    "models.propofol": PROPOFOL,
    "models.remifentanil": REMIFENTANIL,
    "models.norepinephrine": NOREPINEPHRINE,
    "models.bis": SURFACES,
    "models.circulation": CIRCULATION,
}
WIDTH = 100


def names(config: type) -> str:
    """Return lines that say what may be named in the options of a configuration; nothing where none takes names."""
    said: dict[int, tuple[list[str], Registry]] = {}
    for option in _options(config):
        registry = OPTIONS.get(option)
        if registry is not None:
            said.setdefault(id(registry), ([], registry))[0].append(f"--{option.replace('_', '-')}")
    lines = [
        textwrap.fill(
            f"{', '.join(options)}: {', '.join(registry)}",
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for options, registry in said.values()
    ]
    return "\n".join(["Names that may be given, those of plug-ins included:", *lines]) if lines else ""


def _options(config: Any, prefix: str = "") -> Iterator[str]:
    """Yield the options of a dataclass as a command line writes them, with dots."""
    for field in dataclasses.fields(config):
        yield prefix + field.name
        if field.default_factory is not dataclasses.MISSING and dataclasses.is_dataclass(
            field.default_factory
        ):
            yield from _options(field.default_factory, f"{prefix}{field.name}.")
