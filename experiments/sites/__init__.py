"""Where cases come from, simulated and recorded, in one schema."""

from sim.registry import Registry

_HERE = "experiments.sites.depth"

SITES = Registry(
    "site",
    tuned=f"{_HERE}:TUNED",
    shifted=f"{_HERE}:SHIFTED",
    untuned=f"{_HERE}:UNTUNED",
    recorded_like=f"{_HERE}:RECORDED_LIKE",
    tuned_recorded=f"{_HERE}:TUNED_RECORDED",
    wandering=f"{_HERE}:WANDERING",
)
