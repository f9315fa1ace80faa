"""Folders of runs: begun once, continued by the same run, refused to another, made anew when the code has changed.

config.json says what was asked, with versions, commit and plug-ins; run.json which files made it, each with its hash
(see `experiments.running.freshness`). A script that keeps finished parts as files does

    with folders.begin(config.out, config, freshness.files(__name__, config), results=("parts", "scores.csv")) as same:

and works there on what is missing. No other process begins in the folder until then.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.running import freshness, locks
from experiments.running.results import plain, write_json, write_run

CONFIG, RUN = "config.json", "run.json"
FREE = ("runner", "workers", "out")  # options that change no number


@contextmanager
def begin(
    folder: Path,
    config: Any,
    files: Mapping[str, str],
    *,
    results: Collection[str] | None = None,
    free: Collection[str] = FREE,
    record: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = print,
) -> Iterator[bool]:
    """Make the folder of a run ready and hold it; yield whether it already holds this very run, or a part of it.

    Args:
        folder: of the run; made if missing.
        config: dataclass that configures the run.
        files: hashes of what decides its results, from `freshness.files`.
        results: what to remove from the folder, to begin anew, if other code or data made it; None refuses instead.
        free: options that may differ from those of the run in the folder.
        record: more to keep in run.json.
        say: is told, in one line, that the run begins anew and what has changed.

    Raises:
        ValueError: the folder holds a run with another option (the first is named) or, where `results` is None, of
            other code or data; or files that are no run; or another process works in it. Nothing has been written
            then.
    """
    _checked(folder, config, files, results, free)
    with locks.held(folder):
        held = _checked(folder, config, files, results, free)  # nobody held it until now
        names = freshness.changed(held["files"], files) if held else ""
        if held and not names:
            if held["config"] != plain(config):
                write_run(folder, config)
            yield True
            return
        if names:
            say(f"{folder}: code or data have changed since ({names}); beginning anew")
            for path in (folder / name for name in results or ()):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        write_json(folder / RUN, {"code": freshness.digest(files), "files": files, **(record or {})})
        write_run(folder, config)
        yield False


def _checked(
    folder: Path,
    config: Any,
    files: Mapping[str, str],
    results: Collection[str] | None,
    free: Collection[str],
) -> dict[str, Any] | None:
    """Return what `read` does. Raises ValueError, see `begin`, if it cannot be continued nor made anew."""
    held = read(folder)
    if held is not None:
        _refuse_another(folder, held["config"], plain(config), free)
        names = freshness.changed(held["files"], files)
        if names and results is None:
            raise ValueError(
                f"out: {folder} holds a run of other code or data ({names}); name another folder or remove this one"
            )
    return held


def read(folder: Path) -> dict[str, Any] | None:
    """Return "config" and "files" of the run in a folder, None if there is none.

    Raises:
        ValueError: the folder holds something else.
    """
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if all(name in (RUN, locks.LOCK) or name.startswith(".partial-") for name in names):
        return None  # nothing, or cut off at the beginning
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["config"]
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
        return {"config": config, "files": run.get("files", {})}
    except (OSError, ValueError, KeyError):
        raise ValueError(
            f"out: {folder} holds files that are no run of this script; name another folder"
        ) from None


def _refuse_another(
    folder: Path, old: Mapping[str, Any], new: Mapping[str, Any], free: Collection[str] = FREE
) -> None:
    """Raise ValueError at the first option in which the run in the folder differs."""
    for name, value in new.items():
        if name not in free and old.get(name) != value:
            raise ValueError(
                f"out: {folder} holds a run with {name} {old.get(name)!r}, not {value!r}; "
                "name another folder or remove this one"
            )
