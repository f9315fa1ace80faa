"""Propofol: the published kinetic models (mg, µg/mL). Each ke0 belongs to its own model and to no other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import exp

from sim.arrays import Array, namespace
from sim.covariates import Covariates, fat_free_mass_al_sallami, lean_body_mass_james
from sim.pharmacokinetics.compartments import Compartments
from sim.pharmacokinetics.models import KineticModel, build
from sim.published import Deviates, individual, log_sd

# Eleveld's θ under the paper's own numbers: as in its control file, and as its table prints them.
THETA = {
    **{1: exp(1.837860), 2: exp(3.238730), 3: exp(5.608800), 4: exp(0.581983), 5: exp(0.559672)},
    **{6: exp(0.103046), 8: exp(3.744220), 9: exp(2.203300), 10: -0.015633, 11: -0.00285709},
    **{12: exp(3.513130), 13: -0.0138166, 14: exp(4.223570), 15: exp(0.742043), 16: exp(0.265642)},
    **{17: exp(0.349885), 18: exp(-0.384927)},
}
THETA_ROUNDED = {
    **{1: 6.28, 2: 25.5, 3: 273.0, 4: 1.79, 5: 1.75, 6: 1.11, 8: 42.3, 9: 9.06, 10: -0.0156, 11: -0.00286},
    **{12: 33.6, 13: -0.0138, 14: 68.3, 15: 2.10, 16: 1.30, 17: 1.42, 18: 0.68},
}
FAT_FREE_MASS_REFERENCE = float(fat_free_mass_al_sallami(Covariates.of(35.0, "M", 170.0, 70.0))[0])  # kg
KE0, KE0_VENOUS = 0.146, 1.24  # Eleveld's, 1/min at 70 kg
SCHUTTLER_KE0 = 0.80  # 1/min
WEEKS_REFERENCE = 1860.0  # postmenstrual age at 35 years


def schnider(person: Covariates, eta: Deviates) -> Compartments:
    """Schnider, Anesthesiology 1998;88:1170 (kinetics) and 1999;90:1502 (ke0)."""
    lean = lean_body_mass_james(person)
    size = 0.0456 * (person.weight - 77.0) - 0.0681 * (lean - 59.0) + 0.0264 * (person.height - 177.0)
    return build(
        person,
        eta,
        v1=4.27,
        v2=18.9 - 0.391 * (person.age - 53.0),
        v3=238.0,
        cl=1.89 + size,
        q2=1.29 - 0.024 * (person.age - 53.0),
        q3=0.836,
        ke0=0.456,
    )


def marsh(person: Covariates, eta: Deviates, k12: float, k13: float, ke0: float) -> Compartments:
    """Marsh, Br J Anaesth 1991;67:41; k12, k13 and ke0 (1/min) as the pump in question has them."""
    v1 = 0.228 * person.weight
    return build(
        person,
        eta,
        v1=v1,
        v2=v1 * (k12 / 0.055),
        v3=v1 * (k13 / 0.0033),
        cl=v1 * 0.119,
        q2=v1 * k12,
        q3=v1 * k13,
        ke0=ke0,
    )


def schuttler(person: Covariates, eta: Deviates) -> Compartments:
    """Schüttler and Ihmsen, Anesthesiology 2000;92:727, arterial sampling during infusion.

    The paper has no effect site. ke0 is chosen so that an instantaneous bolus peaks after 1.6 min in a
    30-year-old of 70 kg, the time Schnider measured (Anesthesiology 1999;90:1502).
    """
    xp = namespace(person.age)
    size = person.weight / 70.0
    beyond_sixty = xp.where(person.age > 60.0, person.age - 60.0, 0.0 * person.age)
    return build(
        person,
        eta,
        v1=9.3 * size**0.71 * (person.age / 30.0) ** -0.39,
        v2=44.2 * size**0.61,
        v3=266.0,
        cl=1.44 * size**0.75 - 0.045 * beyond_sixty,
        q2=2.25 * size**0.62,
        q3=0.92 * size**0.55,
        ke0=SCHUTTLER_KE0,
    )


def eleveld(
    person: Covariates,
    eta: Deviates,
    opioid: bool = True,
    venous: bool = False,
    theta: Mapping[int, float] = THETA,
) -> Compartments:
    """Eleveld, Br J Anaesth 2018;120:942; with or without opioids given too, arterial or venous sampling.

    Q2 and Q3 follow the individual's V2 and V3, deviates included, as in the paper's control file.
    """
    size = person.weight / 70.0
    years = person.age if opioid else 0.0 * person.age
    weeks = 52.0 * person.age + 40.0
    central = _saturation(person.weight, theta[12])
    v1 = theta[1] * central / _saturation(70.0, theta[12])
    v2 = theta[2] * size * _exp(theta[10] * (person.age - 35.0))
    v3 = theta[3] * fat_free_mass_al_sallami(person) / FAT_FREE_MASS_REFERENCE * _exp(theta[13] * years)
    mature = _saturation(weeks, theta[8], theta[9]) / _saturation(WEEKS_REFERENCE, theta[8], theta[9])
    metabolic = theta[4] + (theta[15] - theta[4]) * person.female
    cl = metabolic * size**0.75 * mature * _exp(theta[11] * years)
    ripe = _saturation(weeks, theta[14])
    q2 = theta[5] * (individual(v2, eta, "v2") / theta[2]) ** 0.75 * (1.0 + theta[16] * (1.0 - ripe))
    q3 = theta[6] * (individual(v3, eta, "v3") / theta[3]) ** 0.75
    q3 = q3 * ripe / _saturation(WEEKS_REFERENCE, theta[14])
    if venous:
        v1 = v1 * (1.0 + theta[17] * (1.0 - central))
        q2 = q2 * theta[18]
    ke0 = (KE0_VENOUS if venous else KE0) * size**-0.25
    return build(person, eta, v1=v1, v2=v2, v3=v3, cl=cl, q2=q2, q3=q3, ke0=ke0)


def _exp(array: Array) -> Array:
    return namespace(array).exp(array)


def _saturation(x: Array, half: float, steepness: float = 1.0) -> Array:
    """Return x^steepness / (x^steepness + half^steepness)."""
    return 1.0 / (1.0 + (half / x) ** steepness)


_marsh = partial(KineticModel, drug="propofol")
_eleveld = partial(
    KineticModel,
    drug="propofol",
    # The paper's column reads as variances or as SDs. Of 337 adult arterial records of its own pool the log-SD between
    # records is .287; drawn it is .280 with these as SDs, .492 as variances (recorded.pharmacokinetics). A refit has
    # .50 .64 .50 .24 .32 .23 (v1 to q3). That of ke0 is read likewise.
    log_sd={"v1": 0.610, "v2": 0.565, "v3": 0.597, "cl": 0.265, "q2": 0.346, "q3": 0.209, "ke0": 0.702},
    studied={"age": (0.0, 88.0), "weight": (0.68, 160.0)},
)

# As published. Schnider's own 24 volunteers: log-SD between records .137 measured, .118 drawn. People of the pool
# differ more: .295 around Schnider, .392 around Schüttler, where .274 is drawn and the rest is the typical's misfit.
SCHNIDER = KineticModel(
    "schnider",
    "propofol",
    schnider,
    log_sd({"v1": 0.0404, "v3": 0.1435, "cl": 0.1005, "q3": 0.1179, "ke0": 0.42}),  # that of ke0 is a guess
    {"age": (25.0, 81.0), "weight": (44.0, 123.0)},
    lean_mass=lean_body_mass_james,
)
MARSH = _marsh("marsh", parameters=partial(marsh, k12=0.112, k13=0.042, ke0=0.26))
MARSH_MODIFIED = _marsh("marsh_modified", parameters=partial(marsh, k12=0.112, k13=0.042, ke0=1.2))
MARSH_PUMP = _marsh("marsh_pump", parameters=partial(marsh, k12=0.114, k13=0.0419, ke0=1.2195))
SCHUTTLER = KineticModel(
    "schuttler",
    "propofol",
    schuttler,
    log_sd({"v1": 0.400, "v2": 0.548, "v3": 0.469, "cl": 0.374, "q2": 0.519, "q3": 0.509}),
    {"age": (2.0, 88.0), "weight": (12.0, 100.0)},
)
ELEVELD = _eleveld("eleveld", parameters=eleveld)
ELEVELD_NO_OPIOID = _eleveld("eleveld_no_opioid", parameters=partial(eleveld, opioid=False))
ELEVELD_VENOUS = _eleveld("eleveld_venous", parameters=partial(eleveld, venous=True))
ELEVELD_NO_OPIOID_VENOUS = _eleveld(
    "eleveld_no_opioid_venous", parameters=partial(eleveld, opioid=False, venous=True)
)
ELEVELD_ROUNDED = _eleveld("eleveld_rounded", parameters=partial(eleveld, theta=THETA_ROUNDED))
