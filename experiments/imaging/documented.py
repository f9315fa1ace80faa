"""The tables of the page on images, from the small files that were kept of results: of any system, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.causes.__main__ import of_worlds
from experiments.imaging.page import tables

CAUSES = "image_face_causes"


def parts() -> Mapping[str, Callable[[], str]]:
    """Return what makes the table of each system of which results were kept."""
    return {f"image_{name}": partial(judged, name) for name in measured.IMAGES} | {CAUSES: causes}


def causes() -> str:
    """Return what makes pain hard to see in a drawn face."""
    return with_origin(CAUSES, of_worlds(measured.read(CAUSES)))


def judged(name: str) -> str:
    """Return what a system's learners are worth on every set and kind of phantoms."""
    kept = f"image_{name}"
    return with_origin(kept, "\n\n".join(tables(IMAGE_SYSTEMS.get(name), measured.read(kept))))
