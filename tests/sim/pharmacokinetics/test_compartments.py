"""The exact step against closed forms, the matrix exponential, and the laws any linear disposition obeys."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from sim.covariates import Covariates
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.compartments import (
    Compartments,
    discretise,
    effect_site,
    effect_sites,
    empty,
    plasma,
    stack,
    step,
)

MAN = Covariates.of(40, "M", 170, 70)
EVERY_MODEL = [(registry, name) for registry in (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE) for name in registry]
WITHOUT_DEPOT = [(registry, name) for registry, name in EVERY_MODEL if name != "joachim"]
quick = settings(max_examples=25, deadline=None, derandomize=True)
adults = st.builds(
    Covariates.of, st.floats(25, 80), st.sampled_from("FM"), st.floats(165, 195), st.floats(45, 95)
)


def given_for(compartments: Compartments, rate: float, seconds: float) -> np.ndarray:
    """State of a drug-free patient after one constant infusion."""
    return step(discretise(compartments, seconds), empty(compartments), np.array([rate]))


def test_a_course_of_infusions_is_the_sum_of_what_each_leaves():
    kinetics = PROPOFOL.get("eleveld")(MAN)
    rates = np.array([[3.0], [3.0], [0.0], [0.5]])
    alone = [effect_site(given_for(kinetics, 1.0, seconds)) for seconds in (10.0, 20.0, 30.0, 40.0)]
    first, second, third, fourth = alone
    expected = [3.0 * first, 3.0 * second, 3.0 * (third - first), 3.0 * (fourth - second) + 0.5 * first]
    np.testing.assert_allclose(effect_sites(kinetics, rates, 10.0), expected)


def system(c: Compartments) -> np.ndarray:
    """Three compartments and an effect site written out for one patient, 1/s: an independent copy."""
    v1, v2, v3, cl, q2, q3, ke0 = (
        float(getattr(c, name)[0]) for name in ("v1", "v2", "v3", "cl", "q2", "q3", "ke0")
    )
    rows = [
        [-(cl + q2 + q3) / v1, q2 / v2, q3 / v3, 0],
        [q2 / v1, -q2 / v2, 0, 0],
        [q3 / v1, 0, -q3 / v3, 0],
        [ke0 / v1, 0, 0, -ke0],
    ]
    return np.array(rows) / 60.0


@pytest.mark.parametrize(("registry", "name"), WITHOUT_DEPOT)
@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0, 10.0, 977.0, 36000.0])
def test_transition_is_the_matrix_exponential(registry, name, seconds):
    compartments = registry.get(name)(MAN)
    transition = discretise(compartments, seconds)
    augmented = np.zeros((5, 5))
    augmented[:4, :4] = system(compartments)
    augmented[0, 4] = 1.0
    exact = expm(augmented * seconds)
    assert transition.phi[..., 0] == pytest.approx(exact[:4, :4], abs=1e-12)
    assert transition.gamma[..., 0] == pytest.approx(exact[:4, 4], rel=1e-11, abs=1e-12)


def test_transition_stays_exact_for_the_fastest_conceivable_patient():
    one = np.ones(1)
    fast = Compartments(0.05 * one, 0.5 * one, 5.0 * one, one, one, one, 5.0 * one, 0.0 * one, 0.0 * one)
    assert discretise(fast, 10.0).phi[..., 0] == pytest.approx(expm(system(fast) * 10.0), abs=1e-12)


def test_one_compartment_follows_its_closed_form():
    compartments = NOREPINEPHRINE.get("beloeil")(MAN)
    k = float(compartments.cl[0] / compartments.v1[0]) / 60.0
    state = given_for(compartments, 0.1, 90.0)
    assert state[:, 0] == pytest.approx([0.1 * -math.expm1(-90.0 * k) / k, 0, 0, 0], rel=1e-12)


def test_depot_is_filled_by_the_infusion_and_empties_into_plasma():
    compartments = NOREPINEPHRINE.get("joachim")(MAN)
    state = given_for(compartments, 0.1, 40.0)
    assert state[3, 0] == pytest.approx(0.1 * -math.expm1(-0.02 * 40.0) / 0.02, rel=1e-12)
    settled = plasma(compartments, given_for(compartments, 0.1, 1e6))
    assert settled == pytest.approx(6.0 / compartments.cl, rel=1e-9)
    assert compartments.lag[0] == 25.0


def test_no_infusion_leaves_the_empty_patient_empty():
    for registry, name in EVERY_MODEL:
        assert not given_for(registry.get(name)(MAN), 0.0, 60.0).any()


@quick
@given(adults, st.sampled_from(EVERY_MODEL), st.floats(0.01, 3.0))
def test_what_went_in_is_in_the_body_or_cleared(person, model, rate):
    registry, name = model
    compartments = registry.get(name)(person)
    second, state = discretise(compartments, 0.5), empty(compartments)
    concentrations = [0.0]
    for _ in range(240):
        state = step(second, state, np.array([rate]))
        concentrations.append(plasma(compartments, state)[0])
    simpson = np.array([1.0, *[4.0, 2.0] * 119, 4.0, 1.0]) * 0.5 / 3.0
    cleared = float(compartments.cl[0]) / 60.0 * np.dot(simpson, concentrations)
    depot = state[3, 0] if compartments.ka[0] > 0.0 else 0.0
    assert state[:3, 0].sum() + depot + cleared == pytest.approx(120.0 * rate, rel=1e-6)


@quick
@given(adults, st.sampled_from(EVERY_MODEL), st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_doses_superpose(person, model, early, late):
    registry, name = model
    transition = discretise(registry.get(name)(person), 30.0)
    none = np.zeros(1)

    def after(*rates):
        state = np.zeros((4, 1))
        for rate in rates:
            state = step(transition, state, none + rate)
        return state

    assert after(early, late) == pytest.approx(after(early, 0.0) + after(0.0, late), rel=1e-12)


@quick
@given(adults, st.sampled_from(EVERY_MODEL))
def test_steady_state_is_rate_over_clearance(person, model):
    registry, name = model
    compartments = registry.get(name)(person)
    state = given_for(compartments, 1.0, 1e8)
    assert plasma(compartments, state) == pytest.approx(60.0 / compartments.cl, rel=1e-8)
    if compartments.ke0[0] > 0.0:
        assert effect_site(state) == pytest.approx(60.0 / compartments.cl, rel=1e-8)


@quick
@given(adults, st.sampled_from(EVERY_MODEL), st.floats(0.2, 4000.0))
def test_half_the_step_twice_is_the_same(person, model, seconds):
    registry, name = model
    compartments = registry.get(name)(person)
    whole, half = discretise(compartments, seconds), discretise(compartments, seconds / 2.0)
    rate, state = np.array([0.7]), given_for(compartments, 2.0, 33.0)
    twice = step(half, step(half, state, rate), rate)
    assert twice == pytest.approx(step(whole, state, rate), rel=1e-9, abs=1e-12)


def people(count: int) -> Covariates:
    rng = np.random.default_rng(1)
    return Covariates.of(
        rng.uniform(25, 80, count),
        rng.choice(["F", "M"], count),
        rng.uniform(165, 195, count),
        rng.uniform(45, 95, count),
    )


def three_drugs(person: Covariates) -> Compartments:
    return stack(
        [
            PROPOFOL.get("eleveld")(person),
            REMIFENTANIL.get("minto")(person),
            NOREPINEPHRINE.get("joachim")(person),
        ]
    )


def test_a_patient_in_a_batch_is_the_same_patient_to_the_last_bit():
    everyone, durations = people(67), np.linspace(0.05, 300.0, 67)
    rates = np.linspace(0.1, 3.0, 67)[None, :] * np.ones((3, 1))
    compartments = three_drugs(everyone)
    together = {
        "shared": discretise(compartments, 7.0),
        "own": discretise(compartments, durations),
    }
    for patient in (0, 31, 66):
        person = Covariates(*(getattr(everyone, f.name)[[patient]] for f in dataclasses.fields(Covariates)))
        alone = three_drugs(person)
        for key, seconds in (("shared", 7.0), ("own", float(durations[patient]))):
            single = discretise(alone, seconds)
            batch = together[key]
            assert np.array_equal(single.phi[..., 0], batch.phi[..., patient])
            assert np.array_equal(single.gamma[..., 0], batch.gamma[..., patient])
            state, crowd = empty(alone), empty(compartments)
            for _ in range(5):
                state = step(single, state, rates[:, [patient]])
                crowd = step(batch, crowd, rates)
            assert np.array_equal(state[..., 0], crowd[..., patient])


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
def test_torch_gives_what_numpy_gives(registry, name):
    here = people(9)
    there = Covariates(*(torch.tensor(getattr(here, f.name)) for f in dataclasses.fields(Covariates)))
    deviates = {"v1": np.linspace(-1, 1, 9), "cl": np.linspace(0.5, -0.5, 9)}
    mine = registry.get(name)(here, deviates)
    theirs = registry.get(name)(there, {key: torch.tensor(value) for key, value in deviates.items()})
    rate = np.linspace(0.0, 2.0, 9)
    for seconds in (1.0, np.linspace(0.0, 400.0, 9)):
        elsewhere = torch.tensor(seconds) if isinstance(seconds, np.ndarray) else seconds
        state = step(discretise(mine, seconds), empty(mine), rate)
        other = step(discretise(theirs, elsewhere), empty(theirs), torch.tensor(rate))
        assert other.dtype == torch.float64
        np.testing.assert_allclose(other.numpy(), state, rtol=1e-9, atol=1e-14)


def test_clearance_is_learnable_through_a_torch_step():
    person = Covariates(*(torch.tensor(getattr(MAN, f.name)) for f in dataclasses.fields(Covariates)))
    deviate = torch.zeros(1, dtype=torch.float64, requires_grad=True)

    def concentration(eta):
        compartments = PROPOFOL.get("eleveld")(person, {"cl": eta})
        state = step(discretise(compartments, 600.0), empty(compartments), torch.ones(1).double())
        return plasma(compartments, state).sum()

    concentration(deviate).backward()
    nudge = torch.full((1,), 1e-5, dtype=torch.float64)
    slope = (concentration(nudge) - concentration(-nudge)) / 2e-5
    assert deviate.grad.item() == pytest.approx(slope.item(), rel=1e-6)


@pytest.mark.parametrize("seconds", [-1.0, math.inf, math.nan, np.array([1.0, -1.0])])
def test_impossible_durations_are_refused(seconds):
    with pytest.raises(ValueError, match="seconds"):
        discretise(PROPOFOL.get("marsh")(MAN), seconds)
