"""The table of causal links: what moves the odds of which outcome, by how much, who says so, and how far to believe it.

`sim/data/ward_links.csv` has one row a link, in the columns of `Link`. Nearly all are associations that observational
studies saw; `causal` says how much of the log odds whoever doses would move. The rest is taken to belong to people,
whatever is done to them. Rows that are not `used` are other studies of the same thing: each may take the place of the
used row of its outcome and subject, and never stands beside it.

`read` says how a row was come by: in an abstract, a supplement, in notes of somebody who had read the source, in the
news of a study, derived from an abstract's figures, recalled and not checked, or a choice.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.outcomes.ward.exposures import EXPOSURES
from sim.settings import read_text

READ = ("abstract", "supplement", "notes", "news", "derived", "recalled", "choice")
YES, NO = "yes", "no"
SHIPPED = Path(str(files("sim").joinpath("data", "ward_links.csv")))


@dataclass(frozen=True)
class Outcome:
    """What may become of somebody.

    Attributes:
        label: in words.
        incidence, low, high: how often it happens to people like recorded ones, and the range over studies.
        source: who says so, and how that was read.
    """

    label: str
    incidence: float
    low: float
    high: float
    source: str


OUTCOMES: Mapping[str, Outcome] = {
    "kidney": Outcome(
        "acute kidney injury", 0.063, 0.052, 0.09,
        "Sun, Anesthesiology 2015;123:515, within two days, abstract; range: an example of VitalDB, Mathis, "
        "Anesthesiology 2020;132:461",
    ),
    "heart": Outcome(
        "myocardial injury", 0.023, 0.015, 0.08,
        "Walsh, Anesthesiology 2013;119:507, abstract; range: a choice, and about 8 % where troponin is always asked "
        "for, recalled",
    ),
    "death": Outcome(
        "death within 30 days", 0.015, 0.0076, 0.021,
        "Walsh 2013, abstract; range: Dony, Acta Anaesthesiol Scand 2020, Ther Clin Risk Manag 2008;4:681, abstracts",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A row of the table.

    Attributes:
        outcome: of `OUTCOMES`.
        about: subject of the row: pressure, depth, ...
        exposure: of `sim.outcomes.ward.exposures.EXPOSURES`.
        per: how much of the exposure the odds ratio is for.
        odds_ratio, low, high: with its 95 % interval.
        usual: exposure of the people whose incidence is known; 0 where nobody moves it.
        causal: share of the log odds that whoever doses would move; 1 where nobody moves the exposure.
        used: whether it counts, or may take the place of one that does.
        read, source: see the top of the file.
    """

    outcome: str
    about: str
    exposure: str
    per: float
    odds_ratio: float
    low: float
    high: float
    usual: float
    causal: float
    used: bool
    read: str
    source: str

    @property
    def done(self) -> bool:
        """Whether whoever doses moves the exposure."""
        return EXPOSURES[self.exposure].done


Links = tuple[Link, ...]
NUMBERS: Mapping[str, tuple[float, float]] = {
    "per": (1e-6, 1e6),
    "odds_ratio": (0.01, 100.0),
    "low": (0.01, 100.0),
    "high": (0.01, 100.0),
    "usual": (0.0, 1e5),
    "causal": (0.0, 1.0),
}


@cache
def shipped() -> Links:
    """Return the table that comes with the package."""
    return read(SHIPPED)


def read(path: Path) -> Links:
    """Return the links of a CSV file.

    Raises:
        ValueError: naming file, column, row (1 is the first below the header), value and what is allowed.
        OSError: the file cannot be opened.
    """
    try:
        table = read_text(path)
    except ValueError as error:
        raise ValueError(f"links: {path.name} is no readable CSV file ({error})") from None
    for one in fields(Link):
        if one.name not in table:
            raise ValueError(
                f"links: {path.name} has no column {one.name!r}; there are {', '.join(table.columns)}"
            )
    if table.empty:
        raise ValueError(f"links: {path.name} has no rows; at least one is needed")
    links = tuple(_row(f"{path.name} (row {i + 1})", row) for i, row in enumerate(table.to_dict("records")))
    _refuse_doubled(path.name, links)
    return links


def written(links: Links) -> str:
    """Return the links as the text of a CSV file."""
    file = io.StringIO()
    names = [one.name for one in fields(Link)]
    rows = [{**asdict(link), "used": YES if link.used else NO} for link in links]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([names, *([row[name] for name in names] for row in rows)])
    return file.getvalue()


def _row(where: str, cells: Mapping[Any, str]) -> Link:
    words = {one.name: cells[one.name].strip() for one in fields(Link)}
    numbers = {name: _number(where, name, words[name]) for name in NUMBERS}
    named = {"outcome": OUTCOMES, "exposure": EXPOSURES, "read": READ, "used": (YES, NO)}
    for name, allowed in named.items():
        if words[name] not in allowed:
            raise ValueError(f"links: {where}: {name} {words[name]!r} is not allowed; {', '.join(allowed)}")
    for name in ("about", "source"):
        if not words[name]:
            raise ValueError(f"links: {where}: {name} is empty; a name is needed")
    row: dict[str, Any] = {**words, **numbers, "used": words["used"] == YES}
    link = Link(**row)
    if not link.low <= link.odds_ratio <= link.high:
        raise ValueError(
            f"links: {where}: odds_ratio {link.odds_ratio:g} is not allowed; {link.low:g} to {link.high:g}, its low "
            "and high"
        )
    if not link.done and (link.causal, link.usual) != (1.0, 0.0):
        raise ValueError(
            f"links: {where}: causal {link.causal:g} and usual {link.usual:g} are not allowed; 1 and 0, as nobody "
            f"moves {link.exposure}"
        )
    return link


def _number(where: str, name: str, text: str) -> float:
    low, high = NUMBERS[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ValueError(f"links: {where}: {name} {text!r} is not allowed; {low:g} to {high:g}")
    return value


def _refuse_doubled(name: str, links: Links) -> None:
    seen = set()
    for row, link in enumerate(links, start=1):
        if link.used and (link.outcome, link.about) in seen:
            raise ValueError(
                f"links: {name} (row {row}): used 'yes' is not allowed; {link.outcome} has a used row about "
                f"{link.about!r} already"
            )
        seen |= {(link.outcome, link.about)} if link.used else set()


def used(links: Links, outcome: str) -> Links:
    """Return the rows of an outcome that count."""
    return tuple(link for link in links if link.outcome == outcome and link.used)


def believed(links: Links, share: float) -> Links:
    """Return the links with this share of what is done taken for causal. Raises ValueError outside 0 to 1."""
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"causal: {share} is not allowed; 0 to 1")
    return tuple(replace(link, causal=share) if link.done else link for link in links)


def instead(links: Links, other: Link) -> Links:
    """Return the links with another study of the same thing in the place of the used one."""
    same = [link.outcome == other.outcome and link.about == other.about for link in links]
    return tuple(
        replace(link, used=link == other) if it else link for link, it in zip(links, same, strict=True)
    )
