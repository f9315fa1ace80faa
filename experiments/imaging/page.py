"""The report and the plate of an image system."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.documenting.markdown import table
from experiments.imaging.contract import HOME, SHIFTED, Said, System
from experiments.imaging.judging import measured, ranked
from experiments.reporting.tables import number, span
from sim.imaging.phantoms import Phantoms

DIGITS = 2
KINDS = ("best", "median", "worst")
PHANTOMS = {HOME: "phantoms as learned from", SHIFTED: "another machine, other people"}


def report(system: System, folder: Path) -> str:
    """Return the tables of a folder as Markdown."""
    rows = pd.read_csv(folder / "scores.csv")
    parts = [f"# {system.title}", system.caveat, system.quoted]
    parts += [f"**{title}**\n\n{scored(system, rows, where)}" for where, title in PHANTOMS.items()]
    return "\n\n".join(parts) + "\n"


def scored(system: System, rows: pd.DataFrame, where: str) -> str:
    """Return the table of one kind of phantoms: a row a learner."""
    own = rows[rows["where"] == where]
    by = {(row["learner"], row["measure"]): row for row in own.to_dict("records")}
    main = next(iter(system.measures))
    shown = []
    for name in dict.fromkeys(own["learner"]):
        first = by[name, main]
        cells = [
            f"{number(one['estimate'], DIGITS)} {span(one['low'], one['high'], DIGITS)}" if one else "–"
            for one in (by.get((name, measure)) for measure in system.measures)
        ]
        between = f"{number(first['lowest'], DIGITS)}–{number(first['highest'], DIGITS)}"
        less = f"{number(first['difference'], DIGITS, sign=True)} " + span(
            first["difference_low"], first["difference_high"], DIGITS, sign=True
        )
        cells += [number(first["median"], DIGITS), number(first["worst_tenth"], DIGITS), between]
        cells += [less if name != system.naive else "–", (system.printed or {}).get(name, "–")]
        shown.append((name, *cells))
    header = ["learner", *system.measures, "median", "worst tenth from", "single trainings"]
    return table([*header, f"less {system.naive}", "printed"], shown, numbers=len(header) + 1)


def plate(system: System, tests: Mapping[str, Phantoms], said: Mapping[str, Said]) -> Figure:
    """Draw best, median and worst images of both kinds of phantoms, with what is there and what was said."""
    figure = Figure(figsize=(2.6 * len(KINDS) * len(tests), 3.6), layout="constrained")
    panels = iter(figure.subplots(1, len(KINDS) * len(tests)))
    main = next(iter(system.measures))
    for where, test in tests.items():
        values = measured(system, said[where], test)[main]
        order = ranked(system, values)
        for kind, place in zip(KINDS, (0, len(order) // 2, -1), strict=True):
            axes, chosen = next(panels), int(order[place])
            image = test.images[chosen].reshape(-1, *test.images.shape[-2:])[0]  # of a film the first
            axes.imshow(
                np.asarray(image.cpu()),
                cmap="gray",
                vmin=0,
                vmax=1,
                extent=(
                    0.0,
                    test.images.shape[-1] * test.pixel[1],
                    test.images.shape[-2] * test.pixel[0],
                    0.0,
                ),
            )
            system.draw(axes, test, said[where], chosen)
            axes.set_title(f"{where}, {kind}: {values[chosen]:.{DIGITS}f}", fontsize=9)
            axes.set_xticks([])
            axes.set_yticks([])
    return figure
