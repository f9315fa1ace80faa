"""How an experiment starts: its dataclass is its command line; bad input gets one line, not a traceback."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import tyro
from rich.console import Console

from experiments.running import plugins

Config = TypeVar("Config")

BAD_INPUT = 2
INTERRUPTED, UNREAD = 130, 141  # 128 + SIGINT and + SIGPIPE, as shells report them


def run(
    main: Callable[[Config], Any], config: Callable[..., Config], arguments: Sequence[str] | None = None
) -> None:
    """Load plug-ins, parse the command line into `config` and call `main` with it.

    Input errors (ValueError, and OSError such as a missing file) end as one line `error: ...` on stderr and
    exit status 2; Ctrl-C ends with status 130, and a reader who has gone (`| head`) quietly with 141.
    Warnings are one line each. Any other exception is a defect of ours and keeps its traceback.

    Args:
        main: does the work.
        config: a dataclass; its docstring is the help text.
        arguments: the command line, default that of the process.

    Raises:
        SystemExit: with status 2, 130 or 141, as above; tyro raises it for `--help` (0).
    """
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            rest = plugins.take(sys.argv[1:] if arguments is None else arguments)
            main(_parsed(config, rest))
            sys.stdout.flush()  # whoever reads no more is noticed here, not when Python ends
        except (ValueError, OSError) as error:
            if isinstance(error, BrokenPipeError) and _unread():
                raise SystemExit(UNREAD) from None
            print(f"error: {_one_line(error)}", file=sys.stderr)
            raise SystemExit(BAD_INPUT) from None
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise SystemExit(INTERRUPTED) from None


def show_report(folder: Path, console: Console) -> None:
    """Print the report that a folder of results holds, as it stands there, and where it lies."""
    report = (folder / "report.md").read_text(encoding="utf-8")
    console.print(report, markup=False, highlight=False, soft_wrap=True)
    console.print(f"results: {folder}", soft_wrap=True)


def _parsed(config: Callable[..., Config], arguments: Sequence[str]) -> Config:
    """Let tyro read the command line; what it refuses becomes one line instead of its box."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(config, prog=_program(), args=arguments)
    except SystemExit as stop:
        if stop.code == BAD_INPUT:
            refused = _unboxed(said.getvalue()).removeprefix(f"Error parsing {config.__name__}: ")
            print(f"error: {refused}", file=sys.stderr)
        elif not stop.code:
            print(_more_help(config), flush=True)
        raise


def _more_help(config: Callable[..., Config]) -> str:
    """Return what the help adds to tyro's: the names that options take, and how to bring one's own."""
    # No import statement: it leads to everything there is, and decides no result, see `experiments.running.freshness`.
    names = import_module("experiments.running.named").names
    listed = names(config) if isinstance(config, type) and dataclasses.is_dataclass(config) else ""
    return "\n".join(filter(None, (listed, plugins.HELP)))


def _unread() -> bool:
    """Say whether nobody reads what is printed; it goes nowhere from then on, or Python would complain at its end."""
    try:
        print(flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return True
    return False


def _unboxed(box: str) -> str:
    """Return the first paragraph inside a box of text, and tyro's suggestion, as one line."""
    lines = [line.strip("│╭╮╰╯─ ") for line in box.splitlines()[1:]]
    lines = [line if line.strip("-") else "" for line in lines]  # rules, where a terminal knows ASCII only
    lines = lines if lines[0] else lines[1:]
    rule = lines.index("") if "" in lines else len(lines)
    text = " ".join(lines[:rule])
    if "Perhaps you meant:" in lines:
        text += f"; perhaps you meant {lines[lines.index('Perhaps you meant:') + 1]}"
    return f"{text}; see --help"


def _program() -> str | None:
    """Return "python -m package.module" when started that way, so that usage lines can be pasted."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return f"python -m {spec.name.removesuffix('.__main__')}" if spec else None


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *rest: Any, **more: Any
) -> None:
    print(f"warning: {' '.join(str(message).split())}", file=sys.stderr)
