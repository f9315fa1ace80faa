"""The table of the page on ectopic beats, from the small file that was kept of results."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.risk.rhythm import page


def kept() -> str:
    """Return who tells kinds of beats apart, on people and on beats left out."""
    return with_origin("rhythm", page.rows(measured.read("rhythm")))
