"""Risk of what becomes of people after surgery: systems as data, and whoever learns them."""

from sim.registry import Registry

_SYSTEMS = "experiments.risk.systems"

SYSTEMS = Registry(
    "risk system",
    kidney=f"{_SYSTEMS}.kidney:KIDNEY",
)
