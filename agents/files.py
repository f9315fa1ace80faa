"""Files that agents come with: those of the package, or of a folder of results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


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


def in_folder(path: Path, name: str) -> Path:
    """Return the file of this name if the path is a folder, else the path."""
    return path / name if path.is_dir() else path
