"""Tolerance of laryngoscopy against published values."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.covariates import Covariates
from sim.pharmacodynamics import SURFACES, TOLERANCE
from sim.pharmacodynamics.hypnosis import index
from sim.pharmacodynamics.nociception import tolerance
from sim.pharmacokinetics import PROPOFOL as PROPOFOL_MODELS
from sim.pharmacokinetics import REMIFENTANIL as REMIFENTANIL_MODELS
from sim.pharmacokinetics.compartments import discretise, effect_site, empty, step

PROPOFOL = np.array([0.0, 2, 3, 4, 6, 0, 2, 3, 3, 4, 2])  # µg/mL
REMIFENTANIL = np.array([0.0, 0, 0, 0, 0, 4, 2, 2, 4, 4, 8])  # ng/mL
PERSON = Covariates.of(40, "M", 170, 70)
quick = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("bouillon", [0, 0.001, 0.005, 0.022, 0.149, 0, 0.101, 0.471, 0.910, 0.978, 0.956]),
        ("bouillon_bayesian", [0, 0.001, 0.014, 0.095, 0.633, 0, 0.560, 0.954, 0.996, 0.999, 0.996]),
    ],
)
def test_tolerance_equals_the_published_table(name, printed):
    found = tolerance(TOLERANCE.get(name)(PERSON), PROPOFOL, REMIFENTANIL)
    np.testing.assert_allclose(found, printed, atol=0.000501, rtol=0)


def test_published_infusions_hold_bis_50_and_tolerance_90_percent():
    propofol, remifentanil = (
        effect_site(step(discretise(kinetics, 1e8), empty(kinetics), np.array([rate])))
        for kinetics, rate in (
            (PROPOFOL_MODELS.get("schnider")(PERSON), 0.09856),
            (REMIFENTANIL_MODELS.get("minto")(PERSON), 0.13056),
        )
    )
    assert propofol == pytest.approx(3.610, abs=5e-4)
    assert remifentanil == pytest.approx(3.006, abs=5e-4)
    assert tolerance(TOLERANCE.get("bouillon")(PERSON), propofol, remifentanil) == pytest.approx(
        0.9, abs=1e-4
    )
    assert index(SURFACES.get("bouillon")(PERSON), propofol, remifentanil) == pytest.approx(50.0, abs=5e-3)


def test_the_opioid_alone_is_not_tolerance():
    assert tolerance(TOLERANCE.get("bouillon")(PERSON), 0.0, 20.0) == 0.0


@pytest.mark.filterwarnings("ignore:overflow")
@quick
@example(2.0, 2.0, 3.0, 3.0, 289)  # so steep that the power overflows
@given(st.floats(0, 12), st.floats(0, 20), st.floats(0, 3), st.floats(0, 3), st.integers(0, 1000))
def test_more_drug_never_lowers_tolerance(propofol, remifentanil, more_propofol, more_remifentanil, seed):
    model = TOLERANCE.get("bouillon")
    rng = np.random.default_rng(seed)
    params = model(PERSON, {name: 3 * sd * rng.normal(size=1) for name, sd in model.log_sd.items()})
    less = tolerance(params, propofol, remifentanil)[0]
    more = tolerance(params, propofol + more_propofol, remifentanil + more_remifentanil)[0]
    assert 0.0 <= less <= more + 1e-12 <= 1.0 + 1e-12


@pytest.mark.parametrize(
    ("name", "cv", "typical"),
    [("c50_remifentanil", 0.26, 1.07), ("gamma_propofol", 0.9, 5.1), ("gamma_remifentanil", 0.23, 0.97)],
)
def test_each_parameter_spreads_by_its_own_published_coefficient(name, cv, typical):
    model = TOLERANCE.get("bouillon")
    draws = np.random.default_rng(5).normal(size=40_000)
    crowd = Covariates.of(40, "M", 170, [70.0] * draws.size)
    values = getattr(model(crowd, {name: model.log_sd[name] * draws}), name)
    assert np.log(values).std() == pytest.approx(np.sqrt(np.log1p(cv**2)), rel=0.02)
    assert np.median(values) == pytest.approx(typical, rel=0.01)


def test_torch_gives_what_numpy_gives():
    there = Covariates(*(torch.tensor(getattr(PERSON, f.name)) for f in dataclasses.fields(Covariates)))
    params = TOLERANCE.get("bouillon")(there)
    theirs = tolerance(params, torch.tensor(PROPOFOL), torch.tensor(REMIFENTANIL))
    mine = tolerance(TOLERANCE.get("bouillon")(PERSON), PROPOFOL, REMIFENTANIL)
    np.testing.assert_allclose(theirs.numpy(), mine, rtol=1e-9, atol=1e-15)
