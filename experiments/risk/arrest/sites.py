"""Simulated weeks on a general ward."""

from __future__ import annotations

from experiments.risk.charted.chart import Chart
from experiments.risk.charted.simulated import Simulated
from sim.outcomes.arrest.channels import CHANNELS, ENDS, HOURS, KNOWN
from sim.outcomes.arrest.week import FOLLOWED, SHOWN, charted, coming, foreseen, weeks
from sim.registry import Registry, constants

CHART = Chart(CHANNELS, KNOWN, ENDS, HOURS, SHOWN, HOURS * FOLLOWED, coming)
GENERAL = Simulated(
    "general", "a week on a general ward", CHART, weeks, charted, foreseen, futures=30, every=6
)
WEEKS = Registry("site with arrests", **constants("experiments.risk.arrest.sites:", "general"))
"""Where simulated weeks come from."""
