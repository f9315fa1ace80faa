"""Names to things, imported only when asked for, and what each thing says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any


class Registry:
    """A lazy table of names: `registry.get("schnider")` imports `module:attribute` on first use.

    It is walked through in the order of registration.

    Args:
        kind: what the entries are, as it should read in an error ("propofol model").
        **targets: name = "package.module:attribute".
    """

    def __init__(self, kind: str, **targets: str):
        self.kind = kind
        self._targets: dict[str, Any] = {}
        for name, target in targets.items():
            self.register(name, target)

    def register(self, name: str, target: Any) -> None:
        """Add an entry: a "module:attribute" string or the object itself. Raises ValueError on a taken name."""
        if name in self._targets:
            raise ValueError(f"{self.kind} {name!r} is already registered")
        self._targets[name] = target

    def get(self, name: str) -> Any:
        """Return the entry. Raises ValueError that names what is allowed."""
        if name not in self._targets:
            raise ValueError(f"{self.kind}: unknown name {name!r}; allowed are {', '.join(self)}")
        target = self._targets[name]
        if isinstance(target, str):
            module, attribute = target.split(":")
            target = getattr(import_module(module), attribute)
        return target

    def describe(self, name: str) -> str:
        """Return what the entry is, in a line. Raises ValueError that names what is allowed."""
        return summary(self.get(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __contains__(self, name: object) -> bool:
        return name in self._targets


def summary(thing: Any) -> str:
    """Return a thing's own `description`, else the first line of its documentation (an instance has its class's).

    "Return the filter ..." of a function becomes "The filter ..."; empty where nothing is said.
    """
    text = getattr(thing, "description", None)
    if not isinstance(text, str):
        text = (thing.func if isinstance(thing, partial) else thing).__doc__ or ""
    line = text.strip().split("\n")[0].removeprefix("Return ").replace("`", "")
    return line[:1].upper() + line[1:]


def constants(module: str, names: str) -> dict[str, str]:
    """Return the targets of entries that are constants of one module, called as the entries are, in capitals.

    Args:
        module: "package.module:".
        names: separated by spaces.
    """
    return {name: f"{module}{name.upper()}" for name in names.split()}
