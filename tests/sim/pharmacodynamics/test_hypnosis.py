"""BIS and consciousness against published surfaces."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.covariates import Covariates
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES
from sim.pharmacodynamics.hypnosis import (
    ResponseSurface,
    eleveld_delay,
    index,
    potency,
    unclipped,
    unconscious,
)

PROPOFOL = np.array([0.0, 2, 3, 4, 6, 0, 2, 3, 3, 4, 2])  # µg/mL
REMIFENTANIL = np.array([0.0, 0, 0, 0, 0, 4, 2, 2, 4, 4, 8])  # ng/mL
AT_35 = Covariates.of(35, "M", 170, 70)
CHILD = Covariates.of(9, "F", 135, 30)
quick = settings(max_examples=60, deadline=None, derandomize=True)

PUBLISHED = {
    "eleveld": [93, 64.49, 47.66, 37.68, 25.37, 93, 64.49, 47.66, 47.66, 37.68, 64.49],
    "bouillon": [97.40, 73.98, 62.22, 52.56, 38.60, 88.12, 68.28, 57.49, 53.20, 45.32, 53.85],
    "vanluchene": [95.90, 88.76, 77.61, 64.03, 40.74, 95.90, 88.76, 77.61, 77.61, 64.03, 88.76],
    "fuentes": [94, 74.72, 55.76, 41.75, 28.00, 93.13, 69.13, 51.14, 47.03, 36.30, 53.44],
    "yumuk": [93.97, 93.57, 91.94, 87.74, 68.59, 93.97, 92.99, 89.32, 84.99, 70.92, 87.64],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_index_equals_the_published_table(name):
    person = CHILD if name == "fuentes" else AT_35
    found = index(SURFACES.get(name)(person), PROPOFOL, REMIFENTANIL)
    np.testing.assert_allclose(found, PUBLISHED[name], atol=0.00501, rtol=0)


def test_eleveld_index_deepens_with_age():
    printed = [93, 55.59, 39.85, 30.63, 19.81, 93, 55.59, 39.85, 39.85, 30.63, 55.59]
    found = index(SURFACES.get("eleveld")(Covariates.of(70, "M", 170, 70)), PROPOFOL, REMIFENTANIL)
    np.testing.assert_allclose(found, printed, atol=0.00501, rtol=0)


def test_synergistic_minto_surface_equals_the_published_table():
    surface = ResponseSurface(3.08, 12.7, 1.89, 1.89, 1.0, 93.0, 93.0, "minto")
    printed = [93, 64.49, 47.66, 35.24, 20.55, 83.58, 48.42, 35.67, 27.54, 21.08, 24.85]
    np.testing.assert_allclose(index(surface, PROPOFOL, REMIFENTANIL), printed, atol=0.00501, rtol=0)


@pytest.mark.parametrize(
    ("name", "printed"),
    [("kern", [0, 0.598, 0.872, 0.953, 0.989, 0.014, 0.949, 0.987, 0.997, 0.999, 0.998])],
)
def test_loss_of_consciousness_equals_the_published_table(name, printed):
    found = unconscious(CONSCIOUSNESS.get(name), PROPOFOL, REMIFENTANIL)
    np.testing.assert_allclose(found, printed, atol=0.000501, rtol=0)


@pytest.mark.parametrize(("name", "c50", "opioid_c50"), [("mertens", 2.92, 5.15), ("johnson", 2.20, 33.1)])
def test_half_of_people_are_unconscious_at_the_published_concentrations(name, c50, opioid_c50):
    assert unconscious(CONSCIOUSNESS.get(name), c50, 0.0) == pytest.approx(0.5)
    assert unconscious(CONSCIOUSNESS.get(name), 0.0, opioid_c50) == pytest.approx(0.5)


def test_clinical_windows_of_the_bouillon_surface():
    surface = SURFACES.get("bouillon")(AT_35)
    assert index(surface, np.zeros(1), np.zeros(1)) >= 90
    assert index(surface, np.array([12.0]), np.array([8.0])) <= 20


def test_steepness_changes_at_half_effect_without_a_jump():
    surface = SURFACES.get("eleveld")(AT_35)
    light, half, deep = (unclipped(surface, np.array([3.08 * f]), 0.0)[0] for f in (0.5, 1.0, 2.0))
    assert half == pytest.approx(46.5)
    assert light == pytest.approx(93.0 / (1.0 + 0.5**1.89))  # steep towards waking
    assert deep == pytest.approx(93.0 / (1.0 + 2.0**1.47))


@pytest.mark.parametrize(("age", "seconds"), [(20, 17.8), (40, 22.9), (60, 37.2), (80, 77.6)])
def test_delay_of_the_index_grows_with_age(age, seconds):
    assert eleveld_delay(np.array([float(age)]))[0] == pytest.approx(seconds, abs=0.05)


surfaces = st.sampled_from(sorted(SURFACES))
doses = st.floats(0.0, 15.0)


@quick
@given(surfaces, doses, doses, st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_more_drug_never_wakes(name, propofol, remifentanil, more_propofol, more_remifentanil):
    surface = SURFACES.get(name)(CHILD)
    less = index(surface, propofol, remifentanil)
    assert index(surface, propofol + more_propofol, remifentanil + more_remifentanil) <= less + 1e-9


@quick
@given(surfaces, doses, doses, st.floats(-60.0, 60.0), st.integers(0, 1000))
def test_index_stays_in_range_whoever_it_is_and_whatever_is_done(
    name, propofol, remifentanil, stimulus, seed
):
    model = SURFACES.get(name)
    deviates = np.random.default_rng(seed).normal(size=(6, 1))
    eta = {key: 3.0 * deviate for key, deviate in zip(model.varies, deviates, strict=True)}
    surface = model(CHILD, eta)
    assert 0.0 <= index(surface, propofol, remifentanil, stimulus)[0] <= 100.0
    assert surface.e0[0] <= 100.0
    assert surface.emax[0] <= surface.e0[0]


def test_a_stimulus_raises_the_index_and_is_clipped_at_100():
    surface = SURFACES.get("bouillon")(AT_35)
    assert index(surface, 4.47, 0.0, 10.0) == pytest.approx(48.7 + 10.0)
    assert index(surface, 0.0, 0.0, 20.0) == pytest.approx(100.0)


def test_mixture_without_drug_has_no_potency():
    assert potency(SURFACES.get("bouillon")(AT_35), np.zeros(1), np.zeros(1)) == pytest.approx([0.0])


def test_spread_is_the_published_one():
    """Coefficients of variation are converted once: log-SD² = ln(1 + CV²)."""
    draws = np.random.default_rng(3).normal(size=40_000)
    model = SURFACES.get("bouillon")
    crowd = Covariates.of(35, "M", 170, [70.0] * draws.size)
    surface = model(crowd, {name: sd * draws for name, sd in model.log_sd.items()})
    for name, cv in {"c50_propofol": 0.182, "c50_remifentanil": 0.888, "gamma_deep": 0.304}.items():
        values = getattr(surface, name)
        assert np.log(values).std() == pytest.approx(np.sqrt(np.log1p(cv**2)), rel=0.02)
    assert np.median(surface.c50_propofol) == pytest.approx(4.47, rel=0.01)


def test_an_unknown_deviate_is_refused():
    with pytest.raises(ValueError, match=r"eleveld BIS model: deviate 'ke0' is not allowed"):
        SURFACES.get("eleveld")(AT_35, {"ke0": np.zeros(1)})


def test_a_model_of_children_warns_for_adults():
    with pytest.warns(UserWarning, match="fuentes.*age 0 to 18 years"):
        SURFACES.get("fuentes")(AT_35)


@pytest.mark.parametrize("name", SURFACES)
def test_torch_gives_what_numpy_gives(name):
    child = Covariates(*(torch.tensor(getattr(CHILD, f.name)) for f in dataclasses.fields(Covariates)))
    theirs = index(SURFACES.get(name)(child), torch.tensor(PROPOFOL), torch.tensor(REMIFENTANIL), 1.5)
    mine = index(SURFACES.get(name)(CHILD), PROPOFOL, REMIFENTANIL, 1.5)
    assert theirs.dtype == torch.float64
    np.testing.assert_allclose(theirs.numpy(), mine, rtol=1e-9)
