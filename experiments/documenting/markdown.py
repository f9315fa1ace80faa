"""Markdown that is made: tables, and the places in pages that they are put into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

# Marks stand on lines of their own: a sentence that names them is no mark.
PLACE = re.compile(r"^(<!-- made: (\w+) -->\n)(.*?)^(<!-- end -->)$", re.M | re.S)


def table(header: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """Return a table; `numbers` is how many columns, from the right, are set flush right."""
    rules = ["---"] * (len(header) - numbers) + ["--:"] * numbers
    return "\n".join(f"| {' | '.join(map(cell, row))} |" for row in (header, rules, *rows))


def cell(content: object) -> str:
    """Return what stands in a cell, in one line."""
    return " ".join(str(content).split()).replace("|", "\\|")


def filled(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with every `<!-- made: NAME -->` up to `<!-- end -->` filled anew.

    Raises:
        ValueError: a place for something that is not made.
    """

    def fill(place: re.Match[str]) -> str:
        if place[2] not in parts:
            raise ValueError(f"made: {place[2]!r} is not allowed; {', '.join(parts)}")
        return f"{place[1]}\n{parts[place[2]]()}\n\n{place[4]}"

    return PLACE.sub(fill, page)
