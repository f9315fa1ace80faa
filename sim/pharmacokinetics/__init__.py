"""Where a drug goes: compartments, and one function a published model, covariates -> parameters."""

from sim.registry import Registry, constants

_HERE = "sim.pharmacokinetics"
_ELEVELD = "eleveld eleveld_no_opioid eleveld_venous eleveld_no_opioid_venous eleveld_rounded"

PROPOFOL = Registry(
    "propofol model",
    **constants(f"{_HERE}.propofol:", f"schnider marsh marsh_modified marsh_pump schuttler {_ELEVELD}"),
    recorded=f"{_HERE}.recorded:RECORDED",
)
REMIFENTANIL = Registry("remifentanil model", **constants(f"{_HERE}.remifentanil:", "minto eleveld kim"))
NOREPINEPHRINE = Registry(
    "norepinephrine model", **constants(f"{_HERE}.norepinephrine:", "li beloeil joachim")
)
