"""The shape of the code: who may import whom, no cycles, files that can be read in one sitting."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sim", "predictors", "agents", "experiments")
ALLOWED = {
    "sim": {"sim"},
    "predictors": {"predictors", "sim"},
    "agents": {"agents", "sim"},
    "experiments": set(PACKAGES),
}
# What only judges may see: no observer and no agent looks at the truth or at the loop that holds it. Physiology is
# open to them, as belief: what they make of it is their own patient, not the one in the theatre.
TRUTH = {"environment", "faults", "metrics", "monitors", "theatre", "truth"}
LONGEST = 350  # lines
LARGEST_ROOM = 12  # files


@cache
def modules() -> dict[str, Path]:
    """Every module of the packages by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(name: str) -> ast.Module:
    """What a module says."""
    return ast.parse(modules()[name].read_text())


@cache
def imports_of(name: str) -> set[str]:
    """Names a module imports, relative ones resolved; `from a import b` counts as a.b where that is a module."""
    path = modules()[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                found.add(inner if inner in modules() else source)
    return found


def of_ours(name: str) -> set[str]:
    return {one for one in imports_of(name) if one.partition(".")[0] in PACKAGES}


def test_every_package_is_looked_at():
    counts = {package: sum(name.split(".")[0] == package for name in modules()) for package in PACKAGES}
    assert counts["sim"] >= 25
    assert min(counts.values()) >= 2
    assert "sim.patient" in of_ours("sim.theatre.loop")
    assert "sim.pharmacodynamics.hemodynamics" in of_ours("sim.patient")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_it_may(package):
    for name in modules():
        if name.split(".")[0] == package:
            others = {one.split(".")[0] for one in of_ours(name)} - ALLOWED[package]
            assert not others, f"{name} imports {others}"


def test_nothing_imports_the_tests():
    for name in modules():
        assert not any(one.split(".")[0] == "tests" for one in imports_of(name)), name


def reached(name: str) -> set[str]:
    """Every module of ours that comes along with one, itself included."""
    found, waiting = set(), {name}
    while waiting:
        found |= waiting
        waiting = {other for one in waiting for other in of_ours(one) if other in modules()} - found
    return found


@pytest.mark.parametrize("package", ["agents", "predictors"])
def test_neither_agents_nor_observers_can_see_the_truth(package):
    """Not even through a module that they may import."""
    for name in modules():
        if name.split(".")[0] == package:
            leaks = {one for one in reached(name) if one.startswith("sim.") and one.split(".")[1] in TRUTH}
            assert not leaks, f"{name} reaches {leaks}"


def test_a_look_at_the_truth_by_a_detour_would_be_found():
    assert {"sim.truth", "sim.patient"} <= reached("sim.environment.rewards")
    assert "sim.truth" in reached("experiments.closed_loop")
    assert "sim.truth" not in reached("sim.patient")


def cycle_from(
    name: str, graph: dict[str, set[str]], path: tuple[str, ...], done: set[str]
) -> tuple[str, ...]:
    """Depth first: the modules of a cycle, or none."""
    if name in path:
        return (*path[path.index(name) :], name)
    if name in done:
        return ()
    for other in sorted(graph[name]):
        if found := cycle_from(other, graph, (*path, name), done):
            return found
    done.add(name)
    return ()


def test_no_module_imports_itself_by_a_detour():
    graph = {name: {one for one in of_ours(name) if one in modules() and one != name} for name in modules()}
    done: set[str] = set()
    for name in graph:
        cycle = cycle_from(name, graph, (), done)
        assert not cycle, " -> ".join(cycle)


def test_a_cycle_would_be_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert cycle_from("d", graph, (), set()) == ("a", "b", "c", "a")


def test_no_file_is_too_long_to_read():
    files = [*modules().values(), *(ROOT / "tests").rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST}


def test_no_function_is_too_long_to_read():
    long = [
        f"{name}.{node.name}"
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    assert not long


def test_every_module_and_every_public_function_says_what_it_is():
    silent = []
    for name in modules():
        said = tree(name)
        if said.body and not ast.get_docstring(said):
            silent.append(name)
        for node in said.body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                silent.append(f"{name}.{node.name}")
    assert not silent


LIGHT = ("sim", "sim.cohort", "sim.environment.env", "predictors", "agents")


@cache
def heavy_with() -> dict[str, list[str]]:
    """Which heavy libraries are there once each package is imported, one after the other in a process of their own."""
    heavy = "torch stable_baselines3 matplotlib pandas"
    code = f"""
import importlib, json, sys
found = {{}}
for name in {LIGHT}:
    importlib.import_module(name)
    found[name] = [heavy for heavy in {heavy.split()} if heavy in sys.modules]
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("package", LIGHT)
def test_importing_a_package_stays_light(package):
    """Registries name models without loading them: no torch, no training library, no plotting."""
    assert heavy_with()[package] == []


def test_nothing_draws_from_global_chance():
    """It would make a case depend on what was computed before it; a generator made of a seed does not."""
    for name in modules():
        if name.split(".")[0] in ("sim", "agents", "predictors"):
            seeded = set()
            for node in ast.walk(tree(name)):
                if isinstance(node, ast.Attribute) and node.attr == "default_rng":
                    seeded.add(node.value)
                if isinstance(node, ast.Attribute) and node.attr == "random" and node not in seeded:
                    assert not (
                        isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy", "torch")
                    ), name
            assert not imports_of(name) & {"random", "numpy.random"}, name


def test_no_room_is_too_full_to_find_a_file_in():
    rooms = Counter(path.parent for path in [*modules().values(), *(ROOT / "tests").rglob("*.py")])
    for commands in (
        ROOT / "experiments",
        ROOT / "tests" / "experiments",
    ):  # one script a question, and its test
        del rooms[commands]
    assert not {str(room.relative_to(ROOT)): count for room, count in rooms.items() if count > LARGEST_ROOM}
