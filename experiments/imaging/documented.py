"""The tables of the pages on images, from the small files that were kept of results: of any system, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.contract import System
from experiments.imaging.page import DIGITS, tables
from experiments.imaging.shifting import SHIFT
from experiments.reporting.tables import number, span


def parts() -> Mapping[str, Callable[[], str]]:
    """Return what makes the table of each system of which results were kept, and that of them all."""
    return {
        "image_systems": compared,
        **{f"image_{name}": partial(judged, name) for name in measured.IMAGES},
    }


def judged(name: str) -> str:
    """Return what a system's learners are worth on every set and kind of phantoms."""
    kept = f"image_{name}"
    return with_origin(kept, "\n\n".join(tables(IMAGE_SYSTEMS.get(name), measured.read(kept))))


def compared() -> str:
    """Return how good each system's main learner is, from home to another machine and other people."""
    systems: list[System] = [IMAGE_SYSTEMS.get(name) for name in measured.IMAGES]
    header = ["system", "learner", "judged by", "knows no image", "home", "¼", "½", "¾", "elsewhere"]
    return table(header, [_course(system) for system in systems], numbers=6)


def _course(system: System) -> tuple[str, ...]:
    rows = measured.read(f"image_shift_{system.name}").set_index(["learner", SHIFT])
    own = rows.loc[system.shown]
    means = {share: number(row["estimate"], DIGITS) for share, row in own.iterrows()}
    ends = {share: f"{means[share]} {span(*own.loc[share, ['low', 'high']], DIGITS)}" for share in (0.0, 1.0)}
    naive = number(rows.loc[(system.naive, 0.0), "estimate"], DIGITS)
    between = [means.get(share, "–") for share in (0.25, 0.5, 0.75)]
    return (system.name, system.shown, str(own["measure"].iloc[0]), naive, ends[0.0], *between, ends[1.0])
