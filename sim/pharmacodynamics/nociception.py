"""Tolerance of noxious stimuli: how much of a stimulus two drugs keep from the brain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sim.arrays import Array, within
from sim.covariates import Covariates
from sim.published import Deviates, EffectModel, full, individual, log_sd

LARGEST = 1e30  # a very steep response overflows; infinity over infinity would be no number
SYMPATHETIC_C50 = 5.0  # ng/mL
VARIES = ("c50_propofol", "c50_remifentanil", "gamma_propofol", "gamma_remifentanil", "pre")


@dataclass(frozen=True)
class Tolerance:
    """Hierarchical tolerance: the opioid weakens the stimulus, propofol deals with what is left.

    Attributes:
        c50_propofol: µg/mL that stops half of a unit stimulus.
        c50_remifentanil: ng/mL that halves a unit stimulus.
        gamma_propofol, gamma_remifentanil: steepness.
        pre: intensity of the stimulus (laryngoscopy) before the opioid.
    """

    c50_propofol: Array
    c50_remifentanil: Array
    gamma_propofol: Array
    gamma_remifentanil: Array
    pre: Array


def tolerance(params: Tolerance, ce_propofol: Array, ce_remifentanil: Array) -> Array:
    """Return the probability of tolerating laryngoscopy, 0 to 1. Bouillon, Anesthesiology 2004;100:1353."""
    opioid = (ce_remifentanil / (params.c50_remifentanil * params.pre)) ** params.gamma_remifentanil
    post = params.pre / (1.0 + opioid)
    hypnotic = (ce_propofol / (params.c50_propofol * post)) ** params.gamma_propofol
    hypnotic = within(hypnotic, 0.0, LARGEST)
    return hypnotic / (1.0 + hypnotic)


def blunting(ce_remifentanil: Array) -> Array:
    """Return the share of a stimulus that remifentanil keeps from heart and vessels, 0 to 1.

    Under propofol at BIS 40-50, 5.0 ng/mL blunts the sympathetic response to intubation in half of the patients
    (Albertin, Anesth Analg 2005;101:125); that this is half of the response, and the slope, are a choice.
    """
    return ce_remifentanil / (SYMPATHETIC_C50 + ce_remifentanil)


def _tolerance(person: Covariates, eta: Deviates, **typical: float) -> Tolerance:
    return Tolerance(**{name: individual(full(person, value), eta, name) for name, value in typical.items()})


BOUILLON = EffectModel(
    "bouillon tolerance model",
    "Bouillon, Anesthesiology 2004;100:1353, population estimates.",
    partial(
        _tolerance,
        c50_propofol=8.04,
        c50_remifentanil=1.07,
        gamma_propofol=5.1,
        gamma_remifentanil=0.97,
        pre=1.05,
    ),
    VARIES,
    log_sd({"c50_remifentanil": 0.26, "gamma_propofol": 0.9, "gamma_remifentanil": 0.23}),
)
BOUILLON_BAYESIAN = EffectModel(
    "bouillon_bayesian tolerance model",
    "Bouillon, Anesthesiology 2004;100:1353, Bayesian predicted estimates.",
    partial(
        _tolerance,
        c50_propofol=6.68,
        c50_remifentanil=1.01,
        gamma_propofol=6.9,
        gamma_remifentanil=0.72,
        pre=0.83,
    ),
    VARIES,
)
