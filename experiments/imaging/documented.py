"""The tables of the page on images, from the small files that were kept of results: of any system, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.documenting.results import with_origin
from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.causes.__main__ import of_worlds
from experiments.imaging.compared import differences, speeds
from experiments.imaging.contract import System
from experiments.imaging.page import DIGITS, tables
from experiments.imaging.shifting import SHIFT
from experiments.reporting.tables import number, span

CAUSES = "image_face_causes"


def parts() -> Mapping[str, Callable[[], str]]:
    """Return what makes the table of each system, and those beside them."""
    return {
        **{f"image_{name}": partial(judged, name) for name in measured.IMAGES},
        "image_systems": systems,
        "image_trackers_beside": trackers_beside,
        "image_trackers_speed": trackers_speed,
        CAUSES: causes,
    }


def causes() -> str:
    """Return what makes pain hard to see in a drawn face."""
    return with_origin(CAUSES, of_worlds(measured.read(CAUSES)))


def judged(name: str) -> str:
    """Return what a system's learners are worth on every set and kind of phantoms."""
    kept = f"image_{name}"
    return with_origin(kept, "\n\n".join(tables(IMAGE_SYSTEMS.get(name), measured.read(kept))))


def systems() -> str:
    """Return how good each system's main learner is, from home to another machine and other people."""
    header = ["system", "learner", "judged by", "who knows no image", "home", "¼", "½", "¾", "elsewhere"]
    return table(header, [_course(IMAGE_SYSTEMS.get(name)) for name in measured.IMAGES], numbers=6)


def _course(system: System) -> tuple[str, ...]:
    """Return a row of `systems`: means with intervals at both ends, and means on the way where it was judged."""
    rows = measured.read(f"image_shift_{system.name}")
    own = {row[SHIFT]: row for row in rows[rows["learner"] == system.shown].to_dict("records")}
    naive = rows[(rows["learner"] == system.naive) & (rows[SHIFT] == 0.0)].to_dict("records")[0]
    means = {share: number(row["estimate"], DIGITS) for share, row in own.items()}
    home, elsewhere = (
        f"{means[share]} {span(own[share]['low'], own[share]['high'], DIGITS)}" for share in (0.0, 1.0)
    )
    between = [means.get(share, "–") for share in (0.25, 0.5, 0.75)]
    judged_by = str(naive["measure"])
    return system.name, system.shown, judged_by, number(naive["estimate"], DIGITS), home, *between, elsewhere


def trackers_beside() -> str:
    """Return how trackers compare with correlation and with the particle filter, film by film."""
    kept = "image_trackers_beside"
    return with_origin(kept, "\n\n".join(differences(IMAGE_SYSTEMS.get("trackers"), measured.read(kept))))


def trackers_speed() -> str:
    """Return how many frames a second trackers follow."""
    kept = "image_trackers_speed"
    return with_origin(kept, speeds(IMAGE_SYSTEMS.get("trackers"), measured.read(kept)))
