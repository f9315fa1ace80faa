"""The tables of the page on intensive care, from the small files that were kept of results."""

from __future__ import annotations

from experiments.documenting import measured
from experiments.documenting.results import with_origin
from experiments.risk.charted import page


def forward() -> str:
    """Return who foresees what, at the prevalence that there is."""
    return with_origin("intensive_care", page.forward(measured.read("intensive_care")))


def alarms() -> str:
    """Return what alarms are worth, balanced beside natural."""
    return with_origin("intensive_care_alarms", page.alarms(measured.read("intensive_care_alarms")))
