"""From a folder of results into the package: gains, habits, policies, fitted tables, with their cards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.control import rates, target
from agents.control.circulation import pressure
from agents.control.pid import TUNED_SETTINGS, pid_tuned
from agents.control.planning.prices import SETTINGS, Prices
from agents.human import anaesthetist
from agents.human.as_recorded import TABLE, as_recorded
from agents.learned import foresight
from agents.learned.offline import WEIGHTS, shippable
from experiments.running.results import atomic
from predictors.belief.population import TABLE as BELIEF_TABLE
from predictors.belief.population import Population
from predictors.imaging import shipped
from predictors.twins.wander import TABLE as WANDER
from predictors.twins.wander import read_wander
from sim.cohort import population
from sim.monitors import recorded as monitors
from sim.pharmacodynamics.recorded_circulation import TABLE as CIRCULATION_TABLE
from sim.pharmacodynamics.recorded_circulation import read_circulation
from sim.registry import Registry


@dataclass(frozen=True)
class Publication:
    """What an agent, or a fit, comes with.

    Attributes:
        description: what it is, in a line.
        shipped: file in the package that the agent reads; its name is that of the result, too.
        companions: suffixes of what belongs to it, the card among them.
        agent: the agent's own factory; it takes a path, and refuses what does not fit.
        module: makes it.
    """

    description: str
    shipped: Path
    companions: tuple[str, ...]
    agent: Callable[[Path], Any]
    module: str

    @property
    def names(self) -> list[str]:
        """Names of the files."""
        return [self.shipped.with_suffix(suffix).name for suffix in (self.shipped.suffix, *self.companions)]


PID = Publication("Gains of the PID.", TUNED_SETTINGS, (".md",), pid_tuned, "experiments.tuning.pid")
ANAESTHETIST_WIDE = Publication(
    "Patience and steps of the textbook's rules, with the range of doses that every agent has.",
    anaesthetist.SHIPPED,
    (".md",),
    anaesthetist.wide,
    "experiments.plants.tuning",
)
PI_TARGET = Publication(
    "Gains of the PI controller of the propofol target.",
    target.SHIPPED,
    (".md",),
    target.pi_target,
    "experiments.plants.tuning",
)
PID_PLANTS = Publication(
    "Gains of the PID beside a titrated opioid.",
    rates.SHIPPED,
    (".md",),
    rates.pid_plants,
    "experiments.plants.tuning",
)
PRESSURE = Publication(
    "Gains of the norepinephrine loop.",
    pressure.SHIPPED,
    (".md",),
    pressure.read_settings,
    "experiments.plants.tuning",
)
ANAESTHETIST = Publication(
    "Habits of the anaesthetist as recorded, and quantiles of what they lead to.",
    TABLE,
    (".csv", ".md"),
    as_recorded,
    "experiments.tuning.anaesthetist",
)
FORESIGHT = Publication(
    "Weights of the policy that looks ahead.",
    foresight.WEIGHTS,
    (".md",),
    foresight.shipped,
    "experiments.tuning.rl",
)
OFFLINE = Publication(
    "Weights of the policy that learned from logged cases alone.",
    WEIGHTS,
    (".md",),
    shippable,
    "experiments.offline.learn",
)
TWINS = Publication(
    "What patients and doses leave unexplained of an index, for twins.",
    WANDER,
    (".md",),
    read_wander,
    "experiments.twin.tuning",
)
POPULATION = Publication(
    "Patients like recorded ones: what makes their index, how they differ, who they are.",
    population.SHIPPED,
    (".csv", ".md"),
    population.read,
    "experiments.tuning.population",
)
CIRCULATION = Publication(
    "The circulation fitted to recorded cases.",
    CIRCULATION_TABLE,
    (".md",),
    read_circulation,
    "experiments.circulation.fitting",
)
MONITORS = Publication(
    "How recorded monitors err.", monitors.RECORDED, (".md",), monitors.read, "experiments.tuning.monitors"
)
BELIEF = Publication(
    "The people that a belief begins with.", BELIEF_TABLE, (".md",), Population.read, "experiments.tuning.mpc"
)
MPC = Publication(
    "What the predictive controller weighs.", SETTINGS, (".md",), Prices.read, "experiments.tuning.mpc"
)


def _image(system: str, what: str) -> Publication:
    return Publication(
        f"Weights of the network that finds {what}.",
        shipped.FOLDER / f"{system}.safetensors",
        (".md",),
        shipped.read,
        "experiments.imaging",
    )


IMAGE_EPIDURAL = _image("epidural", "the epidural target")
IMAGE_MITRAL = _image("mitral", "the mitral annulus")
IMAGE_PLEXUS = _image("plexus", "the brachial plexus")
IMAGE_EJECTION = _image("ejection", "the left ventricle's cavity")
PUBLICATIONS = Registry(
    "publication",
    pid="experiments.tuning.publishing:PID",
    pressure="experiments.tuning.publishing:PRESSURE",
    pi_target="experiments.tuning.publishing:PI_TARGET",
    pid_plants="experiments.tuning.publishing:PID_PLANTS",
    anaesthetist_wide="experiments.tuning.publishing:ANAESTHETIST_WIDE",
    anaesthetist="experiments.tuning.publishing:ANAESTHETIST",
    foresight="experiments.tuning.publishing:FORESIGHT",
    offline="experiments.tuning.publishing:OFFLINE",
    twins="experiments.tuning.publishing:TWINS",
    population="experiments.tuning.publishing:POPULATION",
    circulation="experiments.tuning.publishing:CIRCULATION",
    monitors="experiments.tuning.publishing:MONITORS",
    belief="experiments.tuning.publishing:BELIEF",
    mpc="experiments.tuning.publishing:MPC",
    image_epidural="experiments.tuning.publishing:IMAGE_EPIDURAL",
    image_mitral="experiments.tuning.publishing:IMAGE_MITRAL",
    image_plexus="experiments.tuning.publishing:IMAGE_PLEXUS",
    image_ejection="experiments.tuning.publishing:IMAGE_EJECTION",
)


def publish(kind: str, results: Path, out: Path | None = None) -> list[Path]:
    """Copy what an agent comes with from a folder of results into the package; all files or none.

    Args:
        kind: by name in `PUBLICATIONS`, or a plug-in's.
        results: folder that its tuning wrote.
        out: folder to write to; that of the package by default.

    Returns:
        The files written.

    Raises:
        ValueError: an unknown kind, a file that is missing, or one that the agent does not take. Nothing has been
            written then.
    """
    publication: Publication = PUBLICATIONS.get(kind)
    for name in publication.names:
        if not (results / name).is_file():
            raise ValueError(f"results: {results} has no {name}; python -m {publication.module} writes it")
    publication.agent(results / publication.names[0])
    folder = out if out is not None else publication.shipped.parent
    with ExitStack() as stack:
        for name in publication.names:
            shutil.copyfile(results / name, stack.enter_context(atomic(folder / name)))
    return [folder / name for name in publication.names]
