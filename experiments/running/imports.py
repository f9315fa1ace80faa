"""What Python files import, read from their text: nothing is executed, so any process finds the same."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PACKAGES = ("sim", "predictors", "agents", "experiments")
LAZY = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*):\w*")  # "module:attribute", as registries name what they load


@dataclass(frozen=True)
class Root:
    """A folder that modules are imported from.

    Attributes:
        folder: as it stands in `sys.path`.
        ours: whether it holds our packages, and counts for nothing else; they are found in no other folder.
    """

    folder: Path
    ours: bool = False

    def find(self, module: str) -> Path | None:
        """Return the file of a module by its dotted name, None if it is not here."""
        if (module.partition(".")[0] in PACKAGES) != self.ours:
            return None
        stem = os.path.join(
            self.folder, *module.split(".")
        )  # thousands of names are looked for: paths take longer
        return next(
            (Path(path) for path in (f"{stem}/__init__.py", f"{stem}.py") if os.path.isfile(path)), None
        )


OURS = Root(Path(__file__).resolve().parents[2], ours=True)


def closure(entries: Iterable[str], roots: Sequence[Root]) -> dict[str, Path]:
    """Return every module that importing these leads to, now or when a registry loads an entry: name to file.

    Args:
        entries: dotted names.
        roots: where modules are looked for, in this order; what is in none of them (NumPy) is left out.

    Raises:
        SyntaxError: a file is not Python.
    """
    found: dict[str, Path] = {}
    waiting, seen = list(entries), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = next((file for root in roots if (file := root.find(name))), None)
        if path is None:
            continue
        found[name] = path
        parent = name.rpartition(".")[0]
        waiting += [parent] if parent else []
        waiting += imported(path, name if path.name == "__init__.py" else parent)
    return dict(sorted(found.items()))


def imported(path: Path, package: str = "") -> set[str]:
    """Return the dotted names that a file may import; `from a import b` gives both a and a.b.

    Args:
        path: a Python file.
        package: what its relative imports are relative to.
    """
    return _imported(path.read_bytes(), str(path), package)


@lru_cache(maxsize=1024)
def _imported(text: bytes, file: str, package: str) -> set[str]:
    tree = ast.parse(text, file)
    texts = _constants(tree)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            names |= {source, *(f"{source}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant | ast.JoinedStr) and (lazy := LAZY.fullmatch(_text(node, texts))):
            names.add(lazy[1])
    return names


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the names that a module binds to a string at its top."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def _text(node: ast.expr, texts: dict[str, str]) -> str:
    """Return a string as far as it can be read: f"{PLACE}.module:{name}" with PLACE known, name left empty."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, texts) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return texts.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
