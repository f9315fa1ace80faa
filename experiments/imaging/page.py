"""The report and the plate of an image system."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from experiments.documenting.markdown import table
from experiments.imaging.contract import HOME, OWN, SHIFTED, Heard, Said, System
from experiments.imaging.judging import leading, ranked
from experiments.reporting.figures import COLOURS, REFERENCE
from experiments.reporting.tables import number, span
from experiments.tuning import cards
from sim.imaging.phantoms import Phantoms

DIGITS = 2
KINDS = ("best", "median", "worst")
WAYS = "-", (0, (4, 1)), (0, (1, 1))  # of lines, when colours begin anew
PHANTOMS = {HOME: "phantoms as learned from", SHIFTED: "another machine, other people", OWN: "own images"}


def report(system: System, folder: Path, more: Sequence[str] = ()) -> str:
    """Return the tables of a folder, and more of them, as Markdown."""
    parts = [f"# {system.title}", system.caveat, system.quoted]
    return "\n\n".join([*parts, *tables(system, pd.read_csv(folder / "scores.csv")), *more]) + "\n"


def card(system: System, folder: Path, again: str, network: nn.Module) -> str:
    """Return the card of the main learner's weights, of a folder with its scores; `again` are the options."""
    rows = pd.read_csv(folder / "scores.csv")
    record = cards.made("experiments.imaging")
    own = rows[rows["learner"].isin((system.naive, system.shown))]
    count = sum(one.numel() for one in network.state_dict().values())
    return cards.card(
        f"{system.title}: {system.shown}",
        f"{type(network).__name__}, {count:,} numbers, of the first training. {system.caveat}",
        record,
        f"python -m experiments.imaging --system {system.name} {again}",
        "phantoms made on the fly, no image of anybody",
        "means over all trainings with 95 % intervals over images or people, and paired differences",
        ["\n\n".join(tables(system, own))],
    )


def tables(system: System, rows: pd.DataFrame) -> list[str]:
    """Return a table with its title for each set and kind of phantoms, and one of who meets the claims."""
    parts = []
    for where in dict.fromkeys(rows["where"]):
        parts.append(f"**{titled(where)}**\n\n{scored(system, rows, where)}")
    return [*parts, f"**Claims, met?**\n\n{claimed(system, rows)}"] if system.claims else parts


def claimed(system: System, rows: pd.DataFrame) -> str:
    """Return the table of who meets which claim, and where: with the whole interval, or on average alone."""
    by = {(one["learner"], one["where"], one["measure"]): one for one in rows.to_dict("records")}
    columns = [(where, name) for where in dict.fromkeys(rows["where"]) for name in system.claims]

    def told(row: Mapping[Hashable, float] | None, name: str) -> str:
        if row is None:
            return "–"
        sign, worse = (1.0, "low") if name in system.ascending else (-1.0, "high")
        beyond = [sign * (row[end] - system.claims[name]) >= 0.0 for end in ("estimate", worse)]
        return "yes" if all(beyond) else "on average" if beyond[0] else "no"

    shown = [
        (learner, *(told(by.get((learner, *column)), column[1]) for column in columns))
        for learner in dict.fromkeys(rows["learner"])
    ]
    bounds = [
        f"{name} {'≥' if name in system.ascending else '≤'} {system.claims[name]:g}, {where}"
        for where, name in columns
    ]
    return table(["learner", *bounds], shown)


def titled(where: str) -> str:
    """Return how a set, or a kind of it, is called above its table."""
    made, *kind = where.split(", ")
    return ": ".join([PHANTOMS[made], *kind])


def scored(system: System, rows: pd.DataFrame, where: str) -> str:
    """Return the table of one kind of phantoms: a row a learner, a column whatever rows tell of."""
    own = rows[rows["where"] == where]
    judged = set(rows["measure"])
    by = {(row["learner"], row["measure"]): row for row in own.to_dict("records")}
    names = [name for name in (*system.measures, *system.pooled) if name in judged]
    shown = []
    for name in dict.fromkeys(own["learner"]):
        first = next(by[name, measure] for measure in names if (name, measure) in by)
        cells = [
            f"{number(one['estimate'], DIGITS)} {span(one['low'], one['high'], DIGITS)}" if one else "–"
            for one in (by.get((name, measure)) for measure in names)
        ]
        between = f"{number(first['lowest'], DIGITS)}–{number(first['highest'], DIGITS)}"
        less = f"{number(first['difference'], DIGITS, sign=True)} " + span(
            first["difference_low"], first["difference_high"], DIGITS, sign=True
        )
        if system.measures:
            cells += [number(first["median"], DIGITS), number(first["worst_tenth"], DIGITS)]
        cells += [between, less if name != system.naive else "–", (system.printed or {}).get(name, "–")]
        shown.append((name, *cells))
    header = [
        "learner",
        *names,
        *(("median", "worst tenth from") if system.measures else ()),
        "single trainings",
    ]
    return table([*header, f"less {system.naive}", "printed"], shown, numbers=len(header) + 1)


def line(system: System, name: str, number: int) -> dict[str, Any]:
    """Return how the line of a learner is drawn, the number-th one; who knows no image is dashed."""
    if name == system.naive:
        return {"color": REFERENCE, "linestyle": "--"}
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": WAYS[number // len(COLOURS)]}


def plate(system: System, tests: Mapping[str, Phantoms], heard: Heard) -> Figure:
    """Draw best, median and worst images of all sets of phantoms, with what is there and what was said."""
    shown = tests[HOME]
    height, width = (pixels * mm for pixels, mm in zip(shown.images.shape[-2:], shown.pixel, strict=True))
    size = (2.6 * len(KINDS) * len(tests), 2.6 * height / width + 0.4)  # as high as an image and its title
    figure = Figure(figsize=size, layout="constrained")
    panels = iter(figure.subplots(1, len(KINDS) * len(tests)))
    said = heard[system.shown][0]
    for where, test in tests.items():
        values = leading(system, said[where], test)
        order = ranked(system, values)
        for kind, place in zip(KINDS, (0, len(order) // 2, -1), strict=True):
            axes, chosen = next(panels), int(order[place])
            image(system, axes, test, said[where], chosen)
            axes.set_title(f"{where}, {kind}: {values[chosen]:.{DIGITS}f}", fontsize=9)
    return figure


def image(system: System, axes: Axes, test: Phantoms, said: Said, number: int) -> None:
    """Draw one of the images, of a film the first, in mm, with what is there and what was said."""
    height, width = test.images.shape[-2:]
    axes.imshow(
        np.asarray(test.images[number].reshape(-1, height, width)[0].cpu()),
        cmap="gray",
        vmin=0,
        vmax=1,
        extent=(0.0, width * test.pixel[1], height * test.pixel[0], 0.0),
    )
    system.draw(axes, test, said, number)
    axes.set_xticks([])
    axes.set_yticks([])
