"""The tables of pages on those who read charts, from the small files that were kept of results."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.risk.charted import page


def forward(name: str) -> str:
    """Return who foresees what, at the prevalence that there is."""
    return with_origin(name, page.forward(measured.read(name)))


def alarms(name: str) -> str:
    """Return what alarms are worth, balanced beside natural."""
    return with_origin(name, page.alarms(measured.read(name)))
