"""People of mortality, generated or recorded, as cases: what was known, an hour of signs, what became of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from experiments.recorded.recordings import data_folder
from experiments.risk.mortality import clinical
from predictors.learning.cases import Cases, Signal
from predictors.risk.mortality.material import IN_THE_ROOM, SHOWN_THERE
from sim.covariates import Covariates
from sim.outcomes.mortality import death
from sim.outcomes.mortality.death import DEATH, Mortality, people
from sim.outcomes.mortality.frailty import COLUMNS
from sim.outcomes.mortality.hour import CHANNELS
from sim.outcomes.people import People
from sim.registry import Registry, constants

MINUTE, HOUR = 60.0, 3600.0
RISK = "risk"  # the true one, of generated people only
HEIGHT = 170.0  # cm, of everybody: only the body mass index is known


@dataclass(frozen=True)
class MortalitySite:
    """Where people come from, `cases(count, seed)`, and what is shown of them."""

    name: str
    description: str
    mortality: Mortality
    shown: tuple[str, ...] = (*COLUMNS, *CHANNELS)

    def cases(self, count: int, seed: int) -> Cases:
        """Return people as cases. Raises ValueError on none."""
        every = cases(people(self.mortality, count, seed), f"{self.name} {seed}")
        return replace(every, signals={name: every.signals[name] for name in self.shown})


def cases(cohort: People, whence: str) -> Cases:
    """Return people as cases, who are called after where they come from."""
    once = {name: Signal(values[None], unit=COLUMNS[name].unit) for name, values in cohort.columns.items()}
    watched = {name: Signal(values, MINUTE, CHANNELS[name].unit) for name, values in cohort.series.items()}
    labels = {DEATH: Signal(cohort.outcomes[DEATH][None])}
    if cohort.risks:
        labels[RISK] = Signal(cohort.risks[DEATH][None])
    age, female, index = (cohort.columns[name] for name in ("age", "female", "bmi"))
    return Cases(
        who=np.array([f"{whence} {number}" for number in range(cohort.count)]),
        subject=np.array([f"{whence} {number}" for number in cohort.subject]),
        person=Covariates(age, female, np.full(cohort.count, HEIGHT), index * (HEIGHT / 100.0) ** 2),
        length=np.full(cohort.count, HOUR),
        signals={**once, **watched},
        labels=labels,
    )


def recorded(data: Path | None) -> tuple[Cases, list[str]]:
    """Return the people of a clinical table, and what is said of it; see `clinical.read`."""
    found = clinical.read(data or data_folder())
    deaths = int(found.outcomes[DEATH].sum())
    return cases(found, "table"), [f"{found.count} operations, {deaths} of them before a death."]


MORTAL_SITES = Registry(
    "site of mortality", **constants("experiments.risk.mortality.sites:", "silent telling room")
)
SILENT = MortalitySite("silent", "What happens in the hour says nothing that frailty does not", death.SILENT)
TELLING = MortalitySite("telling", "How the pressure sags tells of death", death.TELLING)
ROOM = MortalitySite(
    "room", "The people of `telling`, seen as in the room", death.TELLING, (*IN_THE_ROOM, *SHOWN_THERE)
)
