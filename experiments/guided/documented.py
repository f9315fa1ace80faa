"""The tables of the page on images in the loop, from the small files that were kept of results."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.guided import page, relief_page


def needles() -> str:
    """Return where needles ended and what they blocked."""
    return with_origin("guided_block", page.of_needles(measured.read("guided_block")))


def block() -> str:
    """Return what followed, agent by agent."""
    rows = measured.read("guided_block")
    parts = [f"**{agent}**\n\n{page.of_agent(rows, agent)}" for agent in dict.fromkeys(rows["agent"])]
    return with_origin("guided_block", "\n\n".join(parts))


def recovery() -> str:
    """Return what treating pain came to, by who treated it."""
    return with_origin("guided_recovery", relief_page.of_arms(measured.read("guided_recovery")))


def watchers() -> str:
    """Return how well pain to be treated is told from less."""
    return with_origin("guided_watchers", relief_page.of_watchers(measured.read("guided_watchers")))
