"""The table of the page on shortcomings, from the small file that was kept of results."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.shortcomings.page import lesson_table


def lessons() -> str:
    """Return every pitfall: the flattering number, the honest one, and what it teaches."""
    return with_origin("shortcomings", lesson_table(measured.read("shortcomings")))
