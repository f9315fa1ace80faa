"""Simulated stays in intensive care after cardiac surgery: who decides there on them."""

from __future__ import annotations

from functools import partial

from experiments.risk.charted.chart import Chart
from experiments.risk.charted.simulated import Simulated
from sim.outcomes.intensive_care.channels import CHANNELS, ENDS, HOURS, KNOWN
from sim.outcomes.intensive_care.charting import charted
from sim.outcomes.intensive_care.people import PRINTED, TUNED, Practice
from sim.outcomes.intensive_care.stay import FOLLOWED, SHOWN, coming, foreseen, stays
from sim.registry import Registry, constants

CHART = Chart(CHANNELS, KNOWN, ENDS, HOURS, SHOWN, HOURS * FOLLOWED, coming)


def _site(name: str, description: str, practice: Practice) -> Simulated:
    return Simulated(
        name, description, CHART, partial(stays, practice=practice), charted, foreseen, futures=30, every=8
    )


SURGICAL = _site("surgical", "after cardiac surgery on bypass; tuned so that ends can be foreseen", TUNED)
ELSEWHERE = _site(
    "elsewhere", "the same people, but who decides on them differs as much as what is printed", PRINTED
)
STAYS = Registry(
    "site in intensive care", **constants("experiments.risk.intensive_care.sites:", "surgical elsewhere")
)
"""Where simulated stays come from."""
