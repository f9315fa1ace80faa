"""Files that agents come with: those of the package, or of a folder of results."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

Settings = TypeVar("Settings")


def json_object(path: Path) -> dict[str, Any]:
    """Return what a JSON file holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds something else than an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON ({error})") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path.name}: {content!r} is not allowed; an object of names and values")
    return content


def settings_of(kind: type[Settings], path: Path) -> Settings:
    """Return the settings, a dataclass of numbers, that a JSON file has under "settings".

    Raises:
        OSError: it cannot be read.
        ValueError: it lacks one, has an unknown one, or one that the dataclass does not allow.
    """
    values = json_object(path).get("settings")
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if not isinstance(values, dict) or sorted(values) != sorted(names):
        raise ValueError(f"{path.name}: settings {values!r} is not allowed; {', '.join(names)}")
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None


def in_folder(path: Path, name: str) -> Path:
    """Return the file of this name if the path is a folder, else the path."""
    return path / name if path.is_dir() else path
