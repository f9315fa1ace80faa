"""The README keeps its word: its code runs, its commands are there and take the options it names."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import importlib
import re
import shlex
from pathlib import Path

import pytest
import tyro

from agents import AGENTS
from sim.environment.observations import OBSERVATIONS
from sim.environment.ward import Options
from sim.surgery import EVENTS

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def scripts() -> dict[str, tuple[Path, str]]:
    """What follows `python -m experiments.`: file and the name of its configuration."""
    found = {}
    for path in sorted((ROOT / "experiments").rglob("*.py")):
        run = re.search(r"^    run\(\w+, (\w+)\)", path.read_text(encoding="utf-8"), re.M)
        if run:
            name = ".".join(path.relative_to(ROOT / "experiments").with_suffix("").parts)
            found[name.removesuffix(".__main__")] = (path, run[1])
    return found


def commands() -> list[str]:
    """Commands the README gives: `name --option ...` in its tables and prose, without `python -m experiments.`."""
    spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.S))
    known = scripts()
    return sorted({" ".join(span.split()) for span in spans if span.split()[0] in known})


def test_every_script_is_listed():
    assert len(scripts()) > 12
    named = {command.split()[0] for command in commands()}
    assert set(scripts()) - named == set()


@pytest.mark.parametrize("command", [command for command in commands() if " " in command])
def test_a_command_takes_the_options_it_is_given(command):
    name, *options = shlex.split(command)
    path, config = scripts()[name]
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    with contextlib.suppress(SystemExit) if "--help" in options else contextlib.nullcontext():
        tyro.cli(getattr(module, config), args=options)


def test_every_block_of_code_runs(monkeypatch):
    monkeypatch.setattr(AGENTS, "_targets", dict(AGENTS._targets))
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    assert len(blocks) >= 3
    there: dict[str, object] = {"__name__": "readme"}
    for block in blocks:
        ast.parse(block)
        exec(compile(block, "README.md", "exec"), there)
    assert there["over"]
    assert "estimated_bis_in_180s_q90" in there["env"].unwrapped.observation_names
    assert AGENTS.get("proportional")().orders == "targets"


def test_every_observation_is_listed_with_its_unit():
    for name, signal in OBSERVATIONS.items():
        row = next((line for line in TEXT.splitlines() if f"`{name}`" in line and line.startswith("|")), "")
        assert signal.unit in row, name


def test_every_option_and_event_is_named():
    table = TEXT[TEXT.index("| options (") : TEXT.index("## Results")]
    named = set(re.findall(r"\w+", table))
    assert {option.name for option in dataclasses.fields(Options)} | set(EVENTS) <= named


def test_every_folder_is_on_the_map_and_the_map_names_no_other():
    drawn = TEXT[TEXT.index("## Folders") : TEXT.index("## Bring your own")]
    packages = ("sim", "predictors", "agents", "experiments")
    there = {path.parent.name for package in packages for path in (ROOT / package).rglob("__init__.py")}
    folders = {path.name for package in packages for path in (ROOT / package).rglob("*") if path.is_dir()}
    assert there <= set(re.findall(r"(\w+)/", drawn)) <= folders | {*packages, "tests"}
