"""What a drug does: concentrations to hypnosis, tolerance of stimuli and hemodynamics."""

from sim.registry import Registry, constants

_HYPNOSIS = "sim.pharmacodynamics.hypnosis:"

SURFACES = Registry(
    "BIS model",
    **constants(_HYPNOSIS, "bouillon vanluchene eleveld fuentes yumuk"),
    recorded="sim.pharmacodynamics.recorded:RECORDED",
)
CONSCIOUSNESS = Registry("loss-of-consciousness model", **constants(_HYPNOSIS, "kern mertens johnson"))
TOLERANCE = Registry(
    "tolerance model", **constants("sim.pharmacodynamics.nociception:", "bouillon bouillon_bayesian")
)
