"""Every script: what it answers, how it is called, what it can be told. From their docstrings and --help."""

from __future__ import annotations

import ast
import importlib
import re
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import tyro

from experiments.documenting.markdown import table
from experiments.running.results import ROOT

STARTS = re.compile(r"^    run\(\w+, (\w+)\)", re.M)  # the last line of a script
DEFAULT = re.compile(r"\s*\((default: (?P<default>.*)|required)\)$", re.S)
HELP = ("-h", "--help")


@cache
def scripts() -> dict[str, tuple[Path, str]]:
    """Return what follows `python -m experiments.`: file and the name of its configuration."""
    found = {}
    for path in sorted((ROOT / "experiments").rglob("*.py")):
        starts = STARTS.search(path.read_text(encoding="utf-8"))
        if starts:
            name = ".".join(path.relative_to(ROOT / "experiments").with_suffix("").parts)
            found[name.removesuffix(".__main__")] = (path, starts[1])
    return found


def configuration(name: str) -> Any:
    """Return the dataclass that is a script's command line."""
    path, config = scripts()[name]
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return getattr(module, config)


def overview() -> str:
    """Return the table of all scripts with the first sentence of what they say."""
    rows = ((f"[`{name}`](#{anchor(name)})", about(path)[0]) for name, (path, _) in scripts().items())
    return table(["script", "what it answers"], rows)


def anchor(name: str) -> str:
    """Return the link target of a script's heading."""
    return name.replace(".", "")


def chapters() -> str:
    """Return one chapter a script: what it says, how it is called, its options."""
    return "\n\n".join(chapter(name) for name in scripts())


def chapter(name: str) -> str:
    """Return a script's chapter."""
    first, rest = about(scripts()[name][0])
    rows = table(["option", "default", "what"], options(name))
    return "\n\n".join(part for part in (f"### {name}", first, rest, rows) if part)


def about(path: Path) -> tuple[str, str]:
    """Return a script's first line, and what else it says of itself: its indented lines are commands."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first, _, rest = text.partition("\n\n")
    return " ".join(first.split()), "\n\n".join(map(paragraph, filter(None, rest.strip("\n").split("\n\n"))))


def paragraph(text: str) -> str:
    """Return a paragraph as it is, or indented lines as a block of text."""
    lines = text.strip("\n").splitlines()
    if all(line.startswith("    ") for line in lines):
        return "\n".join(["```text", *(line[4:] for line in lines), "```"])
    return text.strip()


def options(name: str) -> Iterator[tuple[str, str, str]]:
    """Return every option of a script: name, default, what it says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parser = tyro.extras.get_parser(configuration(name))
    for action in parser._actions:
        if action.option_strings and not set(action.option_strings) & set(HELP):
            said = (action.help or "").replace("%%", "%")
            default = DEFAULT.search(said)
            value = (default["default"] or "") if default else ""
            flag = ", ".join(f"`{option}`" for option in action.option_strings)
            yield flag, f"`{value}`" if value else "", DEFAULT.sub("", said)
