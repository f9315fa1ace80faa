"""The catalogue knows every registry there is, and what each entry is."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import agents
import experiments
import predictors
import sim
from agents import AGENTS
from experiments.running import catalogue, plugins
from experiments.running.imports import OURS, closure
from sim.registry import Registry

LAB = """
from agents import AGENTS
from sim.registry import Registry

SOLVERS = Registry("solver", mine="plugin_lab:solve", lost="plugin_lab:absent")

def solve():
    "Return the answer."

def unlucky():
    raise FileNotFoundError("mine.safetensors: No such file")

AGENTS.register("unlucky", unlucky)
"""


def test_every_registry_of_every_package_is_in_it():
    found = []
    for package in (sim, predictors, agents, experiments):
        names = [info.name for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
        for module in map(importlib.import_module, [package.__name__, *names]):
            found += [thing for thing in vars(module).values() if isinstance(thing, Registry)]
    assert {registry.kind for registry in found} == {registry.kind for registry in catalogue.CATALOGUE}
    assert {*map(id, found)} == {*map(id, catalogue.CATALOGUE)}


def test_what_an_entry_loads_is_part_of_what_decides_a_result():
    """Freshness sees only what it can read: a target put together at run time would escape it."""
    seen = closure(["experiments.running.catalogue"], [OURS])
    for registry in catalogue.CATALOGUE:
        for name, target in registry._targets.items():
            if isinstance(target, str):
                assert target.partition(":")[0] in seen, f"{registry.kind} {name}"


@pytest.mark.usefixtures("fresh")
def test_what_a_plugin_brings_is_found_and_what_cannot_be_loaded_says_why(tmp_path):
    (tmp_path / "plugin_lab.py").write_text(LAB)
    plugins.load(tmp_path / "plugin_lab.py")
    solvers = catalogue.registries()[-1]
    assert catalogue.registries().count(AGENTS) == 1
    assert [catalogue.line(solvers, name) for name in solvers] == [
        "The answer.",
        "cannot be loaded: module 'plugin_lab' has no attribute 'absent'",
    ]
    assert catalogue.line(AGENTS, "unlucky") == "cannot be loaded: mine.safetensors: No such file"
