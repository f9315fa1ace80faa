"""What a card says of settings and weights: what they are, what made them, on which data, and how they scored."""

from __future__ import annotations

import datetime
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.running.results import git_commit, package_versions

CAUTION = "Research only: nothing here may guide the care of a patient."


def made(module: str) -> dict[str, Any]:
    """Return what makes a result now: command (of this module, with this process's options), date, commit, versions.

    Absolute paths are of one machine: they read DIR.
    """
    options = ["DIR" if Path(option).is_absolute() else option for option in sys.argv[1:]]
    return {
        "command": ["python", "-m", module, *options],
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": git_commit(),
        "versions": package_versions(),
    }


def card(
    title: str, about: str, record: Mapping[str, Any], again: str, data: str, scores: str, rows: Sequence[str]
) -> str:
    """Return a card, Markdown.

    Args:
        title: name of the settings or weights.
        about: what they are.
        record: what made them, see `made`.
        again: the command that makes them again.
        data: what they were made and scored on.
        scores: what the table shows.
        rows: the table, Markdown, a line each.
    """
    command = record["command"]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    lines = [
        f"# {title}\n",
        f"{about} {CAUTION}\n",
        f"- Made by `{command if isinstance(command, str) else shlex.join(command)}`, {record['date']}, "
        f"commit {record.get('commit') or 'not recorded'}",
        f"- Again: `{again}`",
        f"- Data: {data}",
        f"- Versions: {versions}",
        f"- Scores: {scores}\n",
        *rows,
    ]
    return "\n".join(lines) + "\n"
