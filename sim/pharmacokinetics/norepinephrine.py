"""Norepinephrine: the published kinetic models (µg, ng/mL); no effect site, plasma acts."""

from __future__ import annotations

from sim.arrays import namespace
from sim.covariates import Covariates, lean_body_mass_james
from sim.pharmacokinetics.compartments import Compartments
from sim.pharmacokinetics.models import KineticModel, build
from sim.published import Deviates, log_sd
from sim.units import SECONDS_PER_MINUTE

SAPS_II = 30.0  # severity score assumed by the Beloeil model: a moderately ill adult


def li(person: Covariates, eta: Deviates) -> Compartments:
    """Li, Clin Pharmacokinet 2024;63:1597 (healthy volunteers, awake and anaesthetised).

    Concentrations are those above the endogenous level (0.4977 (w/70)^0.75 µg/min), which the effect is
    counted from, so the endogenous release itself is not simulated. The factor exp(-0.0357 Cp of propofol)
    on the clearance is left out: it makes the kinetics time-varying, and where it is 1 is unsettled.
    """
    xp = namespace(person.age)
    size = person.weight / 70.0
    return build(
        person,
        eta,
        v1=2.4 * size,
        v2=3.6 * size,
        cl=2.1 * xp.exp(-0.00377 * (person.age - 35.0)) * size**0.75,
        q2=0.6 * size**0.75,
        lag=13.7 * size**0.25,
    )


def beloeil(person: Covariates, eta: Deviates) -> Compartments:
    """Beloeil, Br J Anaesth 2005;95:782 (septic shock, trauma); clearance by severity score, at `SAPS_II`."""
    return build(person, eta, v1=8.84, cl=59.6 / SAPS_II)


def joachim(person: Covariates, eta: Deviates) -> Compartments:
    """Joachim, Br J Clin Pharmacol 2024 (low dose, peripheral vein): absorbed from a depot."""
    xp = namespace(person.age)
    v1 = 0.49
    k10 = xp.exp(0.64 * xp.log(lean_body_mass_james(person)) - 5.52)  # 1/s
    k12, k21, ka = 0.06, 0.04, 0.02  # 1/s
    return build(
        person,
        eta,
        v1=v1,
        v2=v1 * k12 / k21,
        cl=v1 * k10 * SECONDS_PER_MINUTE,
        q2=v1 * k12 * SECONDS_PER_MINUTE,
        ka=ka * SECONDS_PER_MINUTE,
        lag=25.0,
    )


# As published (coefficients of variation): there are no measured concentrations here to hold them against.
LI = KineticModel("li", "norepinephrine", li, log_sd({"v1": 0.445, "cl": 0.106, "v2": 0.404}), compartments=2)
BELOEIL = KineticModel("beloeil", "norepinephrine", beloeil, compartments=1)
JOACHIM = KineticModel("joachim", "norepinephrine", joachim, compartments=2, lean_mass=lean_body_mass_james)
