"""Perioperative risks foreseen: systems as data, whoever learns them, scores, and what they are worth."""

from sim.registry import Registry

_SYSTEMS = "experiments.risk.systems"

SYSTEMS = Registry(
    "risk system",
    kidney=f"{_SYSTEMS}.kidney:KIDNEY",
    mortality=f"{_SYSTEMS}.mortality:MORTALITY",
)
