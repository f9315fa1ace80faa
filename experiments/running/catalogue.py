"""Every registry there is: what can be named in an option or brought by a plug-in."""

from __future__ import annotations

from agents import WRAPPERS
from experiments.imaging import IMAGE_SYSTEMS
from experiments.judging.scores import SCORES
from experiments.learning import ALGORITHMS
from experiments.loop.evaluation import AGENTS  # with the agents that have a predictor inside
from experiments.offline import LEARNERS
from experiments.risk import SYSTEMS
from experiments.risk.arrest.sites import WEEKS
from experiments.risk.hypotension.sites import PRESSURE_SITES
from experiments.risk.intensive_care.sites import STAYS
from experiments.risk.mortality.sites import MORTAL_SITES
from experiments.running import plugins
from experiments.running.runners import RUNNERS
from experiments.shortcomings import DEMONSTRATIONS
from experiments.sites import SITES
from experiments.sites.eeg import HEARD_SITES
from experiments.sites.nociception import HURT_SITES
from experiments.tasks import TASKS
from experiments.tuning.publishing import PUBLICATIONS
from experiments.waves.reading.readers import EEG_READERS
from predictors import ANSWERS, OBSERVERS
from sim.cohort import COHORTS
from sim.environment.rewards import TERMS
from sim.faults import FAULTS
from sim.metrics import MEASURES
from sim.monitors import BIS_SOURCES, HEART_RATE_MONITORS, PRESSURE_MONITORS, READINGS
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.plants import PLANTS
from sim.registry import Registry
from sim.surgery import EVENTS, SURGERIES
from sim.theatre.engines import ENGINES
from sim.waves import WAVES

CATALOGUE = (
    PROPOFOL,
    REMIFENTANIL,
    NOREPINEPHRINE,
    SURFACES,
    CONSCIOUSNESS,
    TOLERANCE,
    CIRCULATION,
    COHORTS,
    SURGERIES,
    EVENTS,
    BIS_SOURCES,
    PRESSURE_MONITORS,
    HEART_RATE_MONITORS,
    READINGS,
    WAVES,
    FAULTS,
    PLANTS,
    TERMS,
    MEASURES,
    OBSERVERS,
    ANSWERS,
    AGENTS,
    WRAPPERS,
    SITES,
    HEARD_SITES,
    HURT_SITES,
    PRESSURE_SITES,
    STAYS,
    WEEKS,
    MORTAL_SITES,
    EEG_READERS,
    TASKS,
    SYSTEMS,
    DEMONSTRATIONS,
    IMAGE_SYSTEMS,
    SCORES,
    ENGINES,
    RUNNERS,
    PUBLICATIONS,
    ALGORITHMS,
    LEARNERS,
)
MADE = ("observer", "agent")  # kinds whose entries are called, and may find then that weights are missing


def registries() -> list[Registry]:
    """Return every registry: ours, then those that plug-ins bring."""
    found = [*CATALOGUE]
    for plugin in plugins.modules():
        brought = [thing for thing in vars(plugin).values() if isinstance(thing, Registry)]
        found += [registry for registry in brought if not any(registry is one for one in found)]
    return found


def line(registry: Registry, name: str) -> str:
    """Return what an entry is, in a line; why, if it cannot be loaded."""
    try:
        if registry.kind in MADE:
            registry.get(name)()
        return registry.describe(name)
    except Exception as error:  # whatever a plug-in or a missing file does must not hide the other entries
        return f"cannot be loaded: {' '.join(str(error).split()) or type(error).__name__}"
