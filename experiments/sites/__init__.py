"""Where cases come from, simulated and recorded, in one schema."""

from sim.registry import Registry

_HERE = "experiments.sites.depth"

SITES = Registry(
    "site",
    tuned=f"{_HERE}:TUNED",
    shifted=f"{_HERE}:SHIFTED",
    untuned=f"{_HERE}:UNTUNED",
    recorded=f"{_HERE}:RECORDED",
    titrated=f"{_HERE}:TITRATED",
    wandering=f"{_HERE}:WANDERING",
)
