"""Results on disk: every file appears whole or not at all, and every run says what made it."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.running import plugins

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DPI = 150  # of figures
PACKAGES = (
    "anesthesia-testbed",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "torch",
    "gymnasium",
    "stable-baselines3",
)
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it becomes `path` when the block ends well, else it is removed.

    The temporary name keeps the suffix, so writers that choose a format by it work. Missing folders are made.

    Raises:
        OSError: with the name of `path`, whatever the writer said (a full disk, no permission).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, partial, str(partial)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text, atomically."""
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON, atomically. Takes dataclasses, paths and NumPy arrays; NaN and infinity become null."""
    write_text(path, json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as CSV without its index, atomically and at full precision."""
    with atomic(path) as partial:
        table.to_csv(partial, index=False)


def write_parquet(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as parquet without its index, atomically."""
    with atomic(path) as partial:
        table.to_parquet(partial, index=False)


def write_figure(path: str | Path, figure: Figure) -> None:
    """Write a matplotlib figure in the format of the suffix, atomically."""
    with atomic(path) as partial:
        figure.savefig(partial, dpi=DPI)


def write_run(folder: str | Path, config: Any) -> Path:
    """Make the folder of a run and write `config.json`: configuration, seed, plug-ins, versions, commit, date, command.

    Args:
        folder: where the run's results go; made if missing.
        config: the dataclass that configured the run; its `seed`, if it has one, is repeated on top.

    Returns:
        The folder.
    """
    record = {
        "config": config,
        "seed": getattr(config, "seed", None),
        "plugins": plugins.loaded(),
        "versions": package_versions(),
        "commit": git_commit(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
    }
    write_json(Path(folder) / "config.json", record)
    return Path(folder)


@cache
def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a result, without importing them."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def git_commit() -> str | None:
    """Return the commit of this checkout ("-dirty" if files differ from it), None where there is none."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def plain(value: Any) -> Any:
    """Turn dataclasses, mappings, sequences, paths and NumPy values into what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
