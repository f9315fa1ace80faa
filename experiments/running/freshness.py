"""Whether a result is still what its code would make: a hash of every file that decides it.

These are the modules that an entry module leads to (also those that a registry would load), data files in their
package folders (settings, weights, tables, templates), plug-ins with what they import and name beside them, and files
that the configuration names. All of it is read from the text, so that every process finds the same.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.running import plugins
from experiments.running.imports import OURS, Root, closure

NO_DATA = (".py", ".pyc", ".md")  # cards and other prose decide no number
FILE_NAME = re.compile(r"[\w./ -]{1,200}\.\w+")
SHOWN = 5  # names in a message


def files(entry: str, config: Any = None, also: Iterable[Path] = ()) -> dict[str, str]:
    """Return a hash of every file that decides a result, by its path (relative to the checkout where it is in it).

    Args:
        entry: dotted name of the module that makes the result.
        config: a dataclass; files that its options name count, folders do not.
        also: further files and folders.

    Raises:
        OSError: one cannot be read.
    """
    folders = dict.fromkeys(path.parent for path in plugins.loaded())
    entries = [entry, *(path.stem for path in plugins.loaded())]
    modules = closure(entries, [OURS, *map(Root, folders)])
    foreign = [path for path in modules.values() if not path.is_relative_to(OURS.folder)]
    found = {*modules.values(), *_data(modules), *_named(config)}
    found.update(*map(_beside, {*plugins.loaded(), *foreign}))
    found.update(*(path.rglob("*") if path.is_dir() else [path] for path in also))
    there = [path for path in sorted(found) if path.is_file()]
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for name, path in zip(_labels(there), there, strict=True)
    }


def digest(hashes: Mapping[str, str]) -> str:
    """Return one hash of all of them."""
    return hashlib.sha256(repr(sorted(hashes.items())).encode()).hexdigest()[:16]


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return which files differ, are gone or are new, in words: "sim/pumps.py, my_lab.py"; nothing if none does."""
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    shown = [Path(name).name if Path(name).is_absolute() else name for name in names[:SHOWN]]
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join(shown + more)


def _data(modules: Mapping[str, Path]) -> Iterator[Path]:
    """Yield the data files in the folders of packages: beside the modules, and in folders that are no packages."""
    packages = {path.parent for name, path in modules.items() if "." in name or path.name == "__init__.py"}
    for folder in packages:
        for path in folder.iterdir():
            inner = path.is_dir() and path.name[0] not in "._" and not (path / "__init__.py").exists()
            for file in path.rglob("*") if inner else [path]:
                if file.suffix not in NO_DATA and not file.name.startswith("."):
                    yield file


def _named(value: Any) -> Iterator[Path]:
    """Yield the files that a configuration names."""
    if dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, list | tuple):
        for item in value:
            yield from _named(item)
    elif isinstance(value, str | Path):
        yield Path(value)


def _beside(path: Path) -> Iterator[Path]:
    """Yield the files that the text of a module names relative to its folder: `folder / "gains.json"`."""
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and FILE_NAME.fullmatch(node.value):
            yield path.parent / node.value


def _labels(paths: Sequence[Path]) -> list[str]:
    """Return what files are called; their folders are resolved once."""
    folders = {folder: folder.resolve() for folder in {path.parent for path in paths}}
    real = [path.resolve() if path.is_symlink() else folders[path.parent] / path.name for path in paths]
    return [
        path.relative_to(OURS.folder).as_posix() if path.is_relative_to(OURS.folder) else str(path)
        for path in real
    ]
