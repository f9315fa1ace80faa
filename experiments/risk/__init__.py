"""Risk of what becomes of people after surgery: systems as data, whoever learns them, and `python -m experiments.risk`."""

from sim.registry import Registry

_SYSTEMS = "experiments.risk.systems"

SYSTEMS = Registry(
    "risk system",
    kidney=f"{_SYSTEMS}.kidney:KIDNEY",
)
