"""Exposure: what the doses so far have done to the concentrations, under every model of the bank at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from predictors.depth.memory import exposure
from predictors.depth.memory.exposure import BANK, FEATURES, PROPOFOL_ROWS, REMIFENTANIL_ROWS, Exposure
from predictors.nominal import NominalObserver
from sim.arrays import map_arrays, take, to_numpy
from sim.covariates import Covariates
from sim.interfaces import Readings

CROWD = Covariates.of([25, 40, 60, 79], ["F", "M", "F", "M"], 170, [55, 70, 90, 62])
PERIOD = 10.0
RATES = np.array([0.2, 0.1])  # mg/s and µg/s
MATCHES = [("schnider", "minto"), ("marsh_pump", "minto"), ("eleveld", "eleveld")]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def given_doses(doses, person=CROWD, period=PERIOD) -> Exposure:
    """Exposure after doses (periods, 2, ...), mg and µg."""
    state = exposure.begin(person, period)
    for infused in doses:
        state = exposure.advance(state, infused + 0.0 * person.age, period)
    return state


def irregular(periods, seed=0, patients=4):
    """Infusions that change, stop and go on, with a bolus at the start, (periods, 2, patients)."""
    random = np.random.default_rng(seed)
    doses = PERIOD * RATES[:, None] * random.uniform(0.0, 2.0, (periods, 2, patients))
    doses[random.uniform(size=doses.shape) < 0.2] = 0.0
    doses[0, 0] = 100.0
    return doses


def row(drug, model):
    return BANK.index((drug, model, None))


@pytest.mark.parametrize(("propofol", "remifentanil"), MATCHES)
def test_each_row_of_the_bank_is_what_the_nominal_observer_says_with_that_model(propofol, remifentanil):
    observer = NominalObserver(propofol=propofol, remifentanil=remifentanil)
    mind, state = observer.initial(CROWD), exposure.begin(CROWD, PERIOD)
    nothing = dict.fromkeys(Readings.__dataclass_fields__, np.zeros(4))
    for doses in irregular(200):
        infused = np.concatenate([doses, np.zeros((1, 4))])
        mind, said = observer.update(mind, Readings(**(nothing | {"infused": infused})))
        state = exposure.advance(state, infused, PERIOD)
        effect, plasma = exposure.effect_sites(state), state.drugs[0] / state.v1
        for name, at in (("propofol", row(0, propofol)), ("remifentanil", row(1, remifentanil))):
            np.testing.assert_allclose(effect[at], said[f"effect_{name}"], rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(plasma[at], said[f"plasma_{name}"], rtol=1e-10, atol=1e-14)


def test_a_second_ke0_changes_the_effect_site_and_not_the_plasma():
    slow, fast = row(0, "eleveld"), BANK.index((0, "eleveld", 0.4))
    state = given_doses(irregular(30))
    np.testing.assert_array_equal(state.drugs[:3, fast], state.drugs[:3, slow])
    assert (given_doses(irregular(3)).drugs[3, fast] > 1.5 * given_doses(irregular(3)).drugs[3, slow]).all()


def test_looking_ahead_under_a_constant_plan_is_stepping_on():
    state = given_doses(irregular(50))
    plan = RATES[:, None, None] * np.ones((2, 5, 4))
    looked = exposure.ahead(state, plan)
    assert looked.shape == (5, len(BANK), 4)
    for minute in range(5):
        for _ in range(6):
            state = exposure.advance(state, PERIOD * RATES[:, None] * np.ones(4), PERIOD)
        np.testing.assert_allclose(looked[minute], exposure.effect_sites(state), rtol=1e-9)


def test_a_plan_that_changes_from_minute_to_minute_is_followed():
    state = given_doses(irregular(20))
    plan = np.random.default_rng(3).uniform(0.0, 0.5, (2, 5, 4))
    looked = exposure.ahead(state, plan)
    for minute in range(5):
        for _ in range(6):
            state = exposure.advance(state, PERIOD * plan[:, minute], PERIOD)
        np.testing.assert_allclose(looked[minute], exposure.effect_sites(state), rtol=1e-9)


def test_pumps_that_have_run_evenly_go_on_so():
    state = given_doses(np.tile(PERIOD * RATES[:, None], (360, 1, 1)))
    plan = exposure.unchanged(state, 5)
    assert plan.shape == (2, 5, 4)
    np.testing.assert_allclose(plan, RATES[:, None, None] * np.ones((2, 5, 4)), rtol=1e-4)


def test_a_bolus_ends_by_itself_and_a_stopped_pump_stays_off():
    even = list(np.tile(PERIOD * RATES[:, None], (360, 1, 1)))
    bolus = given_doses([*even, np.array([[100.0], [1.0]])])
    plan = exposure.unchanged(bolus, 5)
    # what 100 mg in 10 s weigh in the average of five minutes
    expected = RATES[0] + (1.0 - np.exp(-PERIOD / 300.0)) * (100.0 / PERIOD - RATES[0])
    np.testing.assert_allclose(plan[0], expected, rtol=1e-4)
    np.testing.assert_allclose(plan[1], RATES[1], rtol=1e-4)
    stopped = given_doses([*even, np.array([[0.0], [1.0]])])
    np.testing.assert_array_equal(exposure.unchanged(stopped, 5)[0], 0.0)


def test_clocks_count_from_the_first_propofol_and_from_the_last():
    dose, none = np.array([[2.0], [1.0]]), np.array([[0.0], [1.0]])
    state = given_doses([none] * 3)
    np.testing.assert_array_equal([state.given, state.off], np.zeros((2, 4)))
    state = given_doses([none] * 3 + [dose] * 4 + [none] * 2)
    np.testing.assert_array_equal(state.given, 60.0)
    np.testing.assert_array_equal(state.off, 20.0)
    state = given_doses([dose, none, dose])
    np.testing.assert_array_equal(state.off, 0.0)


@pytest.mark.parametrize("periods", [0, 1, 400])
def test_features_are_as_many_as_announced_finite_and_of_order_one(periods):
    found = exposure.features(given_doses(irregular(periods) if periods else []))
    assert found.shape == (FEATURES, 4)
    assert np.isfinite(found).all()
    assert (np.abs(found) < 6.0).all()


def test_features_show_the_present_plasma_and_effect_site_of_every_model():
    state = given_doses(irregular(40))
    plasma, effect = state.drugs[0] / state.v1, exposure.effect_sites(state)
    rows = exposure.features(state)[2 : 2 + 2 * len(BANK)]
    np.testing.assert_allclose(np.expm1(rows), np.concatenate([plasma, effect]), rtol=1e-9, atol=1e-12)


def test_features_tell_people_and_doses_apart():
    one, two = (
        exposure.features(given_doses(irregular(30, seed), take(CROWD, [1, 1, 1, 1]))) for seed in (0, 1)
    )
    demographics = slice(FEATURES - 4, FEATURES)
    np.testing.assert_array_equal(one[demographics], two[demographics])
    assert (np.abs(one - two).max(axis=1)[: FEATURES - 6] > 1e-3).all()
    assert len(np.unique(exposure.features(exposure.begin(CROWD, PERIOD))[demographics], axis=1).T) == 4


def test_torch_gives_the_same_as_numpy():
    doses = irregular(60)
    expected = given_doses(doses)
    found = exposure.begin(map_arrays(torch.from_numpy, CROWD), PERIOD)
    for infused in doses:
        found = exposure.advance(found, torch.from_numpy(infused), PERIOD)
    plan = np.random.default_rng(0).uniform(0.0, 0.5, (2, 5, 4))
    for numpy_says, torch_says in (
        (exposure.features(expected), exposure.features(found)),
        (exposure.unchanged(expected, 5), exposure.unchanged(found, 5)),
        (exposure.ahead(expected, plan), exposure.ahead(found, torch.from_numpy(plan))),
    ):
        assert isinstance(torch_says, torch.Tensor)
        np.testing.assert_allclose(to_numpy(torch_says), numpy_says, rtol=1e-9, atol=1e-12)


def test_a_patient_alone_is_the_same_as_in_the_batch():
    doses = irregular(50)
    together = given_doses(doses)
    alone = given_doses(doses[:, :, [2]], take(CROWD, np.array([2])))
    map_arrays(lambda a, b: np.testing.assert_array_equal(a[..., 2], b[..., 0]), together, alone)


@settings(deadline=None, max_examples=40)
@given(
    doses=st.lists(st.tuples(st.floats(0.0, 150.0), st.floats(0.0, 50.0)), min_size=1, max_size=20),
    extra=st.tuples(st.floats(0.1, 100.0), st.floats(0.1, 50.0)),
    where=st.integers(0, 19),
)
def test_more_drug_never_lowers_a_concentration_now_or_later(doses, extra, where):
    doses = np.array(doses)[:, :, None]
    more = doses.copy()
    more[where % len(doses)] += np.array(extra)[:, None]
    plan = np.zeros((2, 5, 4))
    less, higher = given_doses(doses), given_doses(more)
    slack = 1e-12
    assert (higher.drugs[[0, 3]] >= less.drugs[[0, 3]] - slack).all()
    assert (exposure.ahead(higher, plan) > exposure.ahead(less, plan)).all()


def test_a_drug_leaves_the_rows_of_the_other_alone():
    propofol = given_doses([np.array([[100.0], [0.0]])] * 3)
    assert (propofol.drugs[3][list(PROPOFOL_ROWS)] > 0.0).all()
    np.testing.assert_array_equal(propofol.drugs[3][list(REMIFENTANIL_ROWS)], 0.0)
    assert sorted(PROPOFOL_ROWS + REMIFENTANIL_ROWS) == list(range(len(BANK)))
