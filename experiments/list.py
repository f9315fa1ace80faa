"""What there is: every kind of thing that an option can name, with a line for each, plug-ins included."""

from __future__ import annotations

from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from experiments.running import catalogue
from experiments.running.command_line import run
from sim.registry import Registry


@dataclass(frozen=True)
class Listing:
    """List what can be named: agents, observers, drug models, ..., with a line for each.

    Piped, it is one line an entry: kind, name and description, separated by tabs.

    Attributes:
        kind: only this kind; all by default.
    """

    kind: str = ""


def main(config: Listing, console: Console | None = None) -> None:
    """Print. Raises ValueError on an unknown kind."""
    console = console or Console()
    every = catalogue.registries()
    kinds = [registry.kind for registry in every]
    if config.kind and config.kind not in kinds:
        raise ValueError(f"kind: {config.kind!r} is not allowed; {', '.join(kinds)}")
    for registry in every:
        if config.kind in ("", registry.kind):
            show(registry, console)


def show(registry: Registry, console: Console) -> None:
    """Print the entries of a registry, if it has any."""
    rows = [(name, catalogue.line(registry, name)) for name in registry]
    if console.is_terminal and rows:
        console.print(table(registry.kind, rows))
    elif rows:
        print(*(f"{registry.kind}\t{name}\t{line}" for name, line in rows), sep="\n", file=console.file)


def table(kind: str, rows: list[tuple[str, str]]) -> Table:
    """Return the entries of a kind for a terminal."""
    shown = Table(title=kind, title_justify="left", box=box.SIMPLE, show_header=False)
    shown.add_column(no_wrap=True)
    shown.add_column()
    for name, line in rows:
        shown.add_row(name, line)
    return shown


if __name__ == "__main__":
    run(main, Listing)
