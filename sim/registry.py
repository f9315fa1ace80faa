"""Names to things, imported only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any


class Registry:
    """A lazy table of names: `registry.get("schnider")` imports `module:attribute` on first use.

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

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._targets))

    def __contains__(self, name: object) -> bool:
        return name in self._targets
