"""The tables of the page on images, from the small files that were kept of results: of any system, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.causes.__main__ import of_worlds
from experiments.imaging.compared import differences, speeds
from experiments.imaging.page import tables

CAUSES = "image_face_causes"


def parts() -> Mapping[str, Callable[[], str]]:
    """Return what makes the table of each system of which results were kept."""
    return {
        **{f"image_{name}": partial(judged, name) for name in measured.IMAGES},
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


def trackers_beside() -> str:
    """Return how trackers compare with correlation and with the particle filter, film by film."""
    kept = "image_trackers_beside"
    return with_origin(kept, "\n\n".join(differences(IMAGE_SYSTEMS.get("trackers"), measured.read(kept))))


def trackers_speed() -> str:
    """Return how many frames a second trackers follow."""
    kept = "image_trackers_speed"
    return with_origin(kept, speeds(IMAGE_SYSTEMS.get("trackers"), measured.read(kept)))
