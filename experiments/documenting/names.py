"""What can be named in an option or registered by a plug-in, and what environments take and show."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from agents.control.shield.alarms import ALARMS
from experiments.documenting.markdown import table
from experiments.running import catalogue
from sim.environment.actions import LEVERS
from sim.environment.observations import OBSERVATIONS
from sim.environment.ward import Options
from sim.faults import FAULTS
from sim.faults.fault import Fault, Parameter
from sim.metrics import metric_table

ATTRIBUTE = re.compile(r"^    (\w[\w, ]*): (.*(?:\n {8,}.*)*)", re.M)


def registries() -> str:
    """Return every registry, each with its entries and a line for each."""
    chapters = []
    for registry in catalogue.registries():
        rows = [(f"`{name}`", registry.describe(name)) for name in registry]
        shown = (
            table(["name", "what it is"], rows)
            if rows
            else "None is shipped; a plug-in can register its own."
        )
        chapters.append(f"### {registry.kind}\n\n{shown}")
    return "\n\n".join(chapters)


def faults() -> str:
    """Return every fault: what it does, for how long, and the numbers it takes."""
    rows = []
    for name in FAULTS:
        fault: Fault = FAULTS.get(name)
        rest = "to the end" if fault.lasts else "from then on"
        lasts = "whole case" if fault.seconds is None else f"{fault.seconds:g} s" if fault.seconds else rest
        rows.append(
            (f"`{name}`", FAULTS.describe(name), lasts, "; ".join(map(_parameter, fault.parameters.items())))
        )
    return table(["fault", "what happens", "lasts", "numbers: default (allowed)"], rows)


def alarms() -> str:
    """Return every alarm of the shield, and after how long it is raised."""
    rows = ((f"`{name}`", words, f"{seconds:g} s") for name, (words, seconds) in ALARMS.items())
    return table(["alarm", "says that", "after"], rows)


def _parameter(named: tuple[str, Parameter]) -> str:
    name, one = named
    return f"`{name}` {one.meaning}: {one.default:g} ({one.low:g} to {one.high:g}{f' {one.unit}'.rstrip()})"


def metrics() -> str:
    """Return every metric of a case."""
    rows = ((f"`{name}`", row.label, row.unit) for name, row in metric_table().items())
    return table(["metric", "what it is", "unit"], rows)


def actions() -> str:
    """Return what agents may do, in both modes."""
    rows = []
    for name in LEVERS["rates"]:
        levers = [levers[name] for levers in LEVERS.values()]
        rows.append((f"`{name}`", *(f"0–{lever.high:g} {lever.unit}, {lever.meaning}" for lever in levers)))
    return table(["action", *(f'`actions="{mode}"`' for mode in LEVERS)], rows)


def observations() -> str:
    """Return what agents are shown."""
    rows = (
        (f"`{name}`", signal.unit, f"{signal.low:g}–{signal.high:g}", signal.meaning)
        for name, signal in OBSERVATIONS.items()
    )
    return table(["observation", "unit", "range", "meaning"], rows)


def options() -> str:
    """Return every option of an environment."""
    said = described(Options)
    rows = ((f"`{f.name}`", f"`{_default(f)!r}`", said.get(f.name, "")) for f in fields(Options))
    return table(["option", "default", "what"], rows)


def described(configuration: type) -> dict[str, str]:
    """Return what a dataclass and those it is made from say of their attributes."""
    return {name: text for base in reversed(configuration.__mro__) for name, text in _attributes(base)}


def _attributes(of: type) -> Iterator[tuple[str, str]]:
    _, _, listed = (inspect.cleandoc(of.__doc__ or "")).partition("Attributes:\n")
    for names, text in ATTRIBUTE.findall(listed):
        for name in names.split(","):
            yield name.strip(), " ".join(text.split())


def _default(field: Any) -> Any:
    return field.default if field.default is not MISSING else field.default_factory()
