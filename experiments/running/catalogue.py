"""Every registry there is: what can be named in an option or brought by a plug-in."""

from __future__ import annotations

from importlib import import_module

from experiments.running import plugins
from sim.registry import Registry

CATALOGUE = (
    "sim.pharmacokinetics:PROPOFOL",
    "sim.pharmacokinetics:REMIFENTANIL",
    "sim.pharmacokinetics:NOREPINEPHRINE",
    "sim.pharmacodynamics:SURFACES",
    "sim.pharmacodynamics:CONSCIOUSNESS",
    "sim.pharmacodynamics:TOLERANCE",
    "sim.pharmacodynamics.circulation:CIRCULATION",
    "predictors:OBSERVERS",
    "experiments.loop.evaluation:AGENTS",  # with the agents that have a predictor inside
    "experiments.running.runners:RUNNERS",
    "experiments.tuning.publishing:PUBLICATIONS",
)
MADE = ("observer", "agent")  # kinds whose entries are called, and may find then that weights are missing


def registries() -> list[Registry]:
    """Return every registry: ours, then those that plug-ins bring."""
    found = []
    for target in CATALOGUE:
        module, name = target.split(":")
        found.append(getattr(import_module(module), name))
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
