"""The tables of the page on images in the loop, from the small files that were kept of results."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.guided import page


def needles() -> str:
    """Return where needles ended and what they blocked."""
    return with_origin("guided_block", page.of_needles(measured.read("guided_block")))


def block() -> str:
    """Return what followed, agent by agent."""
    rows = measured.read("guided_block")
    parts = [f"**{agent}**\n\n{page.of_agent(rows, agent)}" for agent in dict.fromkeys(rows["agent"])]
    return with_origin("guided_block", "\n\n".join(parts))
