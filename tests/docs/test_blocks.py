"""Every block of the pages is run or held to what there is: python and bash are executed, commands elsewhere parsed."""

from __future__ import annotations

import contextlib
import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest
import tyro

from experiments import report
from experiments.documenting.__main__ import pages
from experiments.documenting.scripts import configuration, scripts
from experiments.running.results import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
EXECUTED = ("python", "bash")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
START = "python -m experiments."
PAGES = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in pages()}


def blocks(page: str) -> list[tuple[str, str]]:
    """The language and the text of every fenced block of a page."""
    return FENCE.findall(PAGES[page])


def lines(text: str) -> list[str]:
    """The commands of a block, without comments."""
    return [line for line in (line.partition("#")[0].strip() for line in text.splitlines()) if line]


def commands(page: str) -> list[str]:
    """What follows `python -m experiments.` on a page: in blocks that are not executed, in tables and in sentences."""
    shown = [line for kind, text in blocks(page) if kind not in EXECUTED for line in lines(text)]
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", FENCE.sub("", PAGES[page]))]
    found = [
        line.removeprefix(START) for line in (*shown, *spans) if line.startswith(START) and line != START
    ]
    return sorted({*found, *(span for span in spans if span.split() and span.split()[0] in scripts())})


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(kind in EXECUTED for kind, _ in blocks(page))]
)
@pytest.mark.usefixtures("fresh")
def test_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report, "write", lambda folder: folder)  # takes seconds; tests of the report draw it
    there: dict[str, object] = {"__name__": "page"}
    for kind, text in blocks(page):
        if kind == "python":
            exec(compile(text, page, "exec"), there)
        elif kind == "bash":
            for line in lines(text):
                call(line, monkeypatch)


def call(line: str, monkeypatch) -> None:
    """Run a command of ours, here: another process would load everything again."""
    assert line.startswith(START), f"{line}: only our own commands are executed"
    words = shlex.split(line)
    monkeypatch.setattr(sys, "argv", words[2:])
    monkeypatch.delitem(sys.modules, words[2], raising=False)
    runpy.run_module(words[2], run_name="__main__", alter_sys=True)


def test_every_kind_of_block_is_known():
    kinds = {kind for page in PAGES for kind, _ in blocks(page)}
    assert kinds <= {*EXECUTED, "text", "sh"}


@pytest.mark.parametrize(
    ("page", "command"), [(page, command) for page in PAGES for command in commands(page)]
)
def test_a_command_takes_the_options_it_is_given(page, command):
    name, *options = shlex.split(command)
    assert name in scripts(), f"{page} names a script that is not there"
    if options:
        with contextlib.suppress(SystemExit) if "--help" in options else contextlib.nullcontext():
            tyro.cli(configuration(name), args=without_plugins(options))


def without_plugins(options: list[str]) -> list[str]:
    """Options without --plugin FILE, which every command takes."""
    if "--plugin" not in options:
        return options
    at = options.index("--plugin")
    return options[:at] + options[at + 2 :]


@pytest.mark.parametrize("page", PAGES)
def test_other_lines_of_a_shell_are_true_too(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for kind, text in blocks(page):
        for line in lines(text) if kind in ("sh", "text") else []:
            if line.startswith("make "):
                assert re.search(rf"^{line.split()[1]}( |:)", makefile, re.M), line
            elif line.startswith("pip install"):
                extra = re.fullmatch(r"pip install 'anesthesia-testbed\[(\w+)\]'", line)
                assert extra, f"{line}: only our own extras are installed"
                assert re.search(rf"^{extra[1]} = \[", PROJECT, re.M), line
            elif kind == "sh":
                assert line.startswith(START), f"{line}: neither make, nor pip install, nor a command of ours"


def test_every_script_is_named_with_what_it_is_for():
    assert len(scripts()) > 12
    table = Path(ROOT / "docs" / "commands.md").read_text(encoding="utf-8").partition("## All scripts")[0]
    named = {span.split()[0] for span in re.findall(r"`([^`]+)`", table)}
    assert set(scripts()) - named == set()
