"""Where a drug goes: compartments, and one function a published model, covariates -> parameters."""

from sim.registry import Registry

_HERE = "sim.pharmacokinetics"

PROPOFOL = Registry(
    "propofol model",
    schnider=f"{_HERE}.propofol:SCHNIDER",
    marsh=f"{_HERE}.propofol:MARSH",
    marsh_modified=f"{_HERE}.propofol:MARSH_MODIFIED",
    marsh_pump=f"{_HERE}.propofol:MARSH_PUMP",
    schuttler=f"{_HERE}.propofol:SCHUTTLER",
    eleveld=f"{_HERE}.propofol:ELEVELD",
    eleveld_no_opioid=f"{_HERE}.propofol:ELEVELD_NO_OPIOID",
    eleveld_venous=f"{_HERE}.propofol:ELEVELD_VENOUS",
    eleveld_no_opioid_venous=f"{_HERE}.propofol:ELEVELD_NO_OPIOID_VENOUS",
    eleveld_rounded=f"{_HERE}.propofol:ELEVELD_ROUNDED",
)
REMIFENTANIL = Registry(
    "remifentanil model",
    minto=f"{_HERE}.remifentanil:MINTO",
    eleveld=f"{_HERE}.remifentanil:ELEVELD",
    kim=f"{_HERE}.remifentanil:KIM",
)
NOREPINEPHRINE = Registry(
    "norepinephrine model",
    li=f"{_HERE}.norepinephrine:LI",
    beloeil=f"{_HERE}.norepinephrine:BELOEIL",
    joachim=f"{_HERE}.norepinephrine:JOACHIM",
)
