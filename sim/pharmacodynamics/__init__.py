"""What a drug does: concentrations to hypnosis, tolerance of stimuli and hemodynamics."""

from sim.registry import Registry

_HERE = "sim.pharmacodynamics"

SURFACES = Registry(
    "BIS model",
    bouillon=f"{_HERE}.hypnosis:BOUILLON",
    vanluchene=f"{_HERE}.hypnosis:VANLUCHENE",
    eleveld=f"{_HERE}.hypnosis:ELEVELD",
    fuentes=f"{_HERE}.hypnosis:FUENTES",
    yumuk=f"{_HERE}.hypnosis:YUMUK",
)
CONSCIOUSNESS = Registry(
    "loss-of-consciousness model",
    kern=f"{_HERE}.hypnosis:KERN",
    mertens=f"{_HERE}.hypnosis:MERTENS",
    johnson=f"{_HERE}.hypnosis:JOHNSON",
)
TOLERANCE = Registry(
    "tolerance model",
    bouillon=f"{_HERE}.nociception:BOUILLON",
    bouillon_bayesian=f"{_HERE}.nociception:BOUILLON_BAYESIAN",
)
