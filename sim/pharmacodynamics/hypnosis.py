"""Hypnosis: effect-site concentrations to BIS, and to the probability of being unconscious.

Propofol in µg/mL, remifentanil in ng/mL; every array (patients,), or anything that broadcasts with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from sim.arrays import Array, namespace, within
from sim.covariates import Covariates
from sim.published import Deviates, EffectModel, full, individual, log_sd

HIGHEST_INDEX = 100.0
NO_EFFECT = float("inf")  # the C50 of a drug that a model leaves out
VARIES = ("c50_propofol", "c50_remifentanil", "gamma", "beta", "e0", "emax")


@dataclass(frozen=True)
class ResponseSurface:
    """BIS = e0 - emax U^γ / (1 + U^γ), U the combined potency of both drugs.

    Attributes:
        c50_propofol, c50_remifentanil: concentrations of half effect, µg/mL and ng/mL (inf: no effect).
        gamma_light, gamma_deep: steepness for U up to 1 and above.
        beta: strength of the interaction, 0 is additive.
        e0, emax: index awake, and the largest fall.
        interaction: "minto" (U-shaped in the mixture) or "greco" (a product term).
    """

    c50_propofol: Array
    c50_remifentanil: Array
    gamma_light: Array
    gamma_deep: Array
    beta: Array
    e0: Array
    emax: Array
    interaction: Literal["minto", "greco"]


HypnosisModel = EffectModel[ResponseSurface]


def potency(surface: ResponseSurface, ce_propofol: Array, ce_remifentanil: Array) -> Array:
    """Return U, the dose in units of half effect.

    Minto, Anesthesiology 2000;92:1603 (divided by a quadratic in the propofol fraction); Greco, Pharmacol Rev
    1995;47:331 (a product term).
    """
    propofol = ce_propofol / surface.c50_propofol
    remifentanil = ce_remifentanil / surface.c50_remifentanil
    total = propofol + remifentanil
    if surface.interaction == "greco":
        return total + surface.beta * propofol * remifentanil
    fraction = propofol / namespace(total).where(total > 0.0, total, total + 1.0)
    return total / (1.0 - surface.beta * fraction * (1.0 - fraction))


def unclipped(surface: ResponseSurface, ce_propofol: Array, ce_remifentanil: Array) -> Array:
    """Return the BIS of the equation alone, which published benchmarks score even outside 0 to 100."""
    dose = potency(surface, ce_propofol, ce_remifentanil)
    effect = dose ** namespace(dose).where(dose > 1.0, surface.gamma_deep, surface.gamma_light)
    return surface.e0 - surface.emax * effect / (1.0 + effect)


def index(
    surface: ResponseSurface, ce_propofol: Array, ce_remifentanil: Array, stimulus: Array | float = 0.0
) -> Array:
    """Return the true BIS, 0 to 100; `stimulus` (index points) is added before clipping."""
    return within(unclipped(surface, ce_propofol, ce_remifentanil) + stimulus, 0.0, HIGHEST_INDEX)


def eleveld_delay(age: Array) -> Array:
    """Return how long the index lags behind its effect site, s. Eleveld, Br J Anaesth 2018;120:942."""
    return 15.0 + namespace(age).exp(0.0517 * age)


@dataclass(frozen=True)
class LossOfConsciousness:
    """Greco surface of the probability of being unconscious: C50 (µg/mL, ng/mL), steepness, interaction, source."""

    c50_propofol: float
    c50_remifentanil: float
    gamma: float
    beta: float
    description: str


def unconscious(params: LossOfConsciousness, ce_propofol: Array, ce_remifentanil: Array) -> Array:
    """Return the probability of being unconscious without stimulation, 0 to 1."""
    propofol = ce_propofol / params.c50_propofol
    remifentanil = ce_remifentanil / params.c50_remifentanil
    effect = (propofol + remifentanil + params.beta * propofol * remifentanil) ** params.gamma
    return effect / (1.0 + effect)


def _surface(
    person: Covariates,
    eta: Deviates,
    c50_propofol: Array | float,
    gamma: float,
    e0: float,
    emax: float | None = None,
    c50_remifentanil: float = NO_EFFECT,
    gamma_deep: float | None = None,
    beta: float = 0.0,
    interaction: Literal["minto", "greco"] = "greco",
) -> ResponseSurface:
    """Put a person's deviates on typical values; without `emax` the fall is the whole of e0, whoever it is.

    An individual's e0 is held at 100 and emax at e0: the index has no room beyond.
    """

    def of(name: str, typical: Array | float) -> Array:
        return individual(full(person, typical), eta, name)

    xp = namespace(person.age)
    awake = xp.clip(of("e0", e0), 0.0, HIGHEST_INDEX)
    return ResponseSurface(
        c50_propofol=of("c50_propofol", c50_propofol),
        c50_remifentanil=of("c50_remifentanil", c50_remifentanil),
        gamma_light=of("gamma", gamma),
        gamma_deep=of("gamma", gamma if gamma_deep is None else gamma_deep),
        beta=of("beta", beta),
        e0=awake,
        emax=awake if emax is None else xp.minimum(of("emax", emax), awake),
        interaction=interaction,
    )


def _eleveld(person: Covariates, eta: Deviates) -> ResponseSurface:
    c50 = 3.08 * namespace(person.age).exp(-0.00635 * (person.age - 35.0))
    return _surface(person, eta, c50_propofol=c50, gamma=1.89, gamma_deep=1.47, e0=93.0)


def _fixed(
    name: str, source: str, spread: dict[str, float], typical: dict, **studied: tuple[float, float]
) -> HypnosisModel:
    return EffectModel(name, source, partial(_surface, **typical), VARIES, log_sd(spread), studied)


ELEVELD = EffectModel(
    "eleveld BIS model",
    "Eleveld, Br J Anaesth 2018;120:942; propofol only.",
    _eleveld,
    VARIES,
    # A log-SD, as the kinetic numbers of the same paper are: apparent sensitivities of recorded cases have .26, with
    # this one .32 is drawn, with 0.242 as a variance .48.
    {"c50_propofol": 0.242},
    {"age": (0.0, 88.0), "weight": (0.68, 160.0)},
)
BOUILLON = _fixed(
    "bouillon BIS model",
    "Bouillon, Anesthesiology 2004;100:1353.",
    {"c50_propofol": 0.182, "c50_remifentanil": 0.888, "gamma": 0.304},
    # Minto's form with β 0, which is additive: the same as Greco's.
    {"c50_propofol": 4.47, "c50_remifentanil": 19.3, "gamma": 1.43, "e0": 97.4},
)
VANLUCHENE = _fixed(
    "vanluchene BIS model",
    "Vanluchene, Anesthesiology 2004;101:34; propofol only.",
    {"c50_propofol": 0.34, "gamma": 0.32, "e0": 0.04, "emax": 0.11},
    {"c50_propofol": 4.92, "gamma": 2.69, "e0": 95.9, "emax": 87.5},
)
FUENTES = _fixed(
    "fuentes BIS model",
    "Fuentes, Pediatr Anesth 2018;28:1078 (children); emax is 81 % of e0.",
    {"c50_propofol": 0.354, "gamma": 0.445, "e0": 0.05, "emax": 0.148},
    {"c50_propofol": 2.99, "c50_remifentanil": 21.0, "gamma": 2.69, "e0": 94.0, "emax": 0.81 * 94.0},
    age=(0.0, 18.0),
)
YUMUK = _fixed(
    "yumuk BIS model",
    "Yumuk, J Process Control 2024;139:103243; the fall is the whole of e0.",
    {"c50_propofol": 0.297, "c50_remifentanil": 0.545, "gamma": 0.448, "beta": 0.539, "e0": 0.011},
    {"c50_propofol": 7.66, "c50_remifentanil": 149.62, "gamma": 4.07, "beta": 15.03, "e0": 93.97},
)

KERN = LossOfConsciousness(1.80, 12.5, 3.76, 5.1, "Kern, Anesthesiology 2004;100:1373.")
MERTENS = LossOfConsciousness(2.92, 5.15, 3.88, 0.0, "Mertens, Anesthesiology 2003;99:347.")
JOHNSON = LossOfConsciousness(2.20, 33.1, 5.00, 3.60, "Johnson, Anesth Analg 2008;106:471.")
