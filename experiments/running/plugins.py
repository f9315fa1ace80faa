"""Plug-ins: a user's Python file takes part in every command, and in its workers, without a line of ours changed.

The file registers what it brings:

    from agents import AGENTS

    AGENTS.register("my_agent", MyAgent)

and is named on the command line, `--plugin my_lab.py` (repeatable), or in the environment variable
ANESTHESIA_PLUGINS (several are separated as in PATH), which is also how workers come to know of it. It is a module of
its stem's name, `my_lab`, and may import files beside it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from experiments.running.imports import Root, closure

OPTION = "--plugin"
VARIABLE = "ANESTHESIA_PLUGINS"
HELP = (
    f"Every command takes {OPTION} FILE.py, too (repeatable; or the environment variable {VARIABLE}): a Python file "
    "that registers agents, observers, drug models, ... of your own."
)

_loaded: dict[Path, ModuleType] = {}


def loaded() -> tuple[Path, ...]:
    """Return the files of the plug-ins that take part, in the order of loading."""
    return tuple(_loaded)


def modules() -> tuple[ModuleType, ...]:
    """Return them as modules."""
    return tuple(_loaded.values())


def take(arguments: Sequence[str]) -> list[str]:
    """Load the plug-ins of the environment variable and of a command line; return the rest of the command line.

    Raises:
        ValueError: a plug-in cannot be loaded, see `load`.
    """
    load_named()
    rest, words = [], iter(arguments)
    for word in words:
        option, given, value = word.partition("=")
        if option != OPTION:
            rest.append(word)
            continue
        path = value if given else next(words, "")
        if not path or path.startswith("-"):
            raise ValueError(f"plugin: {OPTION} needs a Python file")
        load(path)
    return rest


def load_named() -> None:
    """Load the plug-ins that the environment variable names. Raises ValueError if one cannot be loaded."""
    for path in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        load(path)


def load(path: str | Path) -> ModuleType:
    """Load a plug-in, once, in this process and in every worker that it starts from now on.

    Args:
        path: a Python file. Its folder can be imported from, after everything else.

    Returns:
        The module.

    Raises:
        ValueError: the file is missing, is no Python file, has a name that is taken, or fails (with its line).
    """
    file = Path(path).expanduser().resolve()
    if file not in _loaded:
        _check(file)
        _loaded[file] = _module(file)
        os.environ[VARIABLE] = os.pathsep.join(map(str, _loaded))
    return _loaded[file]


def _check(file: Path) -> None:
    """Raise ValueError unless a file, and those beside it that it imports, can be modules of their own."""
    if file.suffix != ".py" or not file.stem.isidentifier() or os.pathsep in str(file):
        raise ValueError(f"plugin: {file} is not allowed; a Python file like my_lab.py")
    if not file.is_file():
        raise ValueError(f"plugin: {file} does not exist")
    try:
        modules = {file.stem: file, **siblings(file)}
    except SyntaxError as error:
        raise _failure(error, file) from None
    for name, path in modules.items():
        other = _other(name) if "." not in name else None
        if other is not None and Path(other).resolve() != path:
            raise ValueError(f"plugin: {path} has the name of another module, {name} ({other}); rename it")


def _other(name: str) -> str | None:
    """Return where a top-level module is or would be imported from, None if there is none."""
    if name in sys.modules:
        return getattr(sys.modules[name], "__file__", None) or "built-in"
    spec = importlib.util.find_spec(name)
    return (spec.origin or "a folder") if spec else None


def _module(file: Path) -> ModuleType:
    """Run a plug-in and return its module; nothing stays behind if it fails."""
    if file.stem in sys.modules:  # another plug-in has imported it
        return sys.modules[file.stem]
    folder, path = str(file.parent), list(sys.path)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    sys.path += [folder] if folder not in sys.path else []
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[file.stem]
        sys.path[:] = path
        raise _failure(error, file) from error
    return module


def siblings(file: Path) -> dict[str, Path]:
    """Return a plug-in and the modules of its folder that it leads to, by name."""
    return closure([file.stem], [Root(file.parent)])


def _failure(error: Exception, file: Path) -> ValueError:
    """Return an error of a plug-in as one of input, with the line, as deep as it lies in the plug-in's folder."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [
        (frame.filename, frame.lineno) for frame in frames if Path(frame.filename).parent == file.parent
    ]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno))
    said = error.msg if isinstance(error, SyntaxError) else error
    name, line = places[-1] if places else (file, None)
    where = f"{Path(name).name}: line {line}" if line else file.name
    return ValueError(f"plugin: {where}: {type(error).__name__}: {said}")
