"""Which published models make a patient."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Models:
    """Which published models make the patients, and whether patients differ beyond their covariates."""

    propofol: str = "eleveld"
    remifentanil: str = "eleveld"
    norepinephrine: str = "li"
    bis: str = "eleveld"
    circulation: str = "vitaldb"
    variability: bool = True
