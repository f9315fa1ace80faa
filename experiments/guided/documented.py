"""The tables of the page on images in the loop, from the small files that were kept of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.guided import page, relief_page
from experiments.imaging import IMAGE_SYSTEMS


def needles() -> str:
    """Return where needles ended and what they blocked."""
    return with_origin("guided_block", page.of_needles(measured.read("guided_block")))


def block() -> str:
    """Return what followed, agent by agent."""
    rows = measured.read("guided_block")
    parts = [f"**{agent}**\n\n{page.of_agent(rows, agent)}" for agent in dict.fromkeys(rows["agent"])]
    return with_origin("guided_block", "\n\n".join(parts))


def parts() -> Mapping[str, Callable[[], str]]:
    """Return what makes the brief table of each other system by which needles were guided."""
    others = [name for name in IMAGE_SYSTEMS if f"guided_block_{name}" in measured.KEPT]
    return {f"guided_block_{name}": partial(briefly, f"guided_block_{name}") for name in others}


def briefly(kept: str) -> str:
    """Return where needles ended and what followed, in a row an arm."""
    return with_origin(kept, page.briefly(measured.read(kept)))


def recovery() -> str:
    """Return what treating pain came to, by who treated it."""
    return with_origin("guided_recovery", relief_page.of_arms(measured.read("guided_recovery")))


def watchers() -> str:
    """Return how well pain to be treated is told from less."""
    return with_origin("guided_watchers", relief_page.of_watchers(measured.read("guided_watchers")))
