"""The nominal observer: what a display would show, from the doses of the pumps and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictors.nominal import NominalObserver
from sim import theatre
from sim.arrays import map_arrays, take
from sim.covariates import Covariates
from sim.interfaces import Orders, Readings
from sim.pharmacodynamics import SURFACES, TOLERANCE
from sim.pharmacodynamics.hypnosis import index
from sim.pharmacodynamics.nociception import tolerance
from sim.pharmacokinetics import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk
from sim.settings import Room
from sim.theatre import Theatre
from sim.theatre.rollout import cases

CROWD = Covariates.of([25, 40, 60, 79], ["F", "M", "F", "M"], 170, [55, 70, 90, 62])
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def readings(infused, time=0.0, size=4) -> Readings:
    """Nothing but doses: the observer must not need more."""
    one = np.ones(size)
    nothing = dict.fromkeys(Readings.__dataclass_fields__, np.nan * one)
    return Readings(**(nothing | {"time": time * one, "infused": np.array(infused)[:, None] * one}))


def watch(observer, infused_per_period, periods, person=CROWD):
    state = observer.initial(person)
    for _ in range(periods):
        state, estimates = observer.update(state, readings(infused_per_period, size=len(person.age)))
    return state, estimates


@pytest.mark.parametrize("period", [1.0, 10.0, 30.0, 60.0])
def test_a_constant_infusion_is_the_closed_form_at_any_control_period(period):
    """One matrix exponential over the whole hour, from the published models."""
    _, estimates = watch(
        NominalObserver(control_period=period), [0.2 * period, 0.1 * period, 9.0], round(3600 / period)
    )
    for drug, model, rate in (
        ("propofol", PROPOFOL.get(Room.assumed_propofol), 0.2),
        ("remifentanil", REMIFENTANIL.get("minto"), 0.1),
    ):
        kinetics = model(CROWD)
        state = pk.discretise(kinetics, 3600.0).gamma * rate
        np.testing.assert_allclose(estimates[f"plasma_{drug}"], state[0] / kinetics.v1, rtol=1e-9)
        np.testing.assert_allclose(estimates[f"effect_{drug}"], state[3], rtol=1e-9)
    effects = estimates["effect_propofol"], estimates["effect_remifentanil"]
    np.testing.assert_allclose(estimates["bis"], index(SURFACES.get("bouillon")(CROWD), *effects))
    np.testing.assert_allclose(estimates["tolerance"], tolerance(TOLERANCE.get("bouillon")(CROWD), *effects))
    assert (estimates["bis"] < 80.0).all()


@pytest.mark.parametrize("fault", [(), ("disconnection",), ("occlusion",), ("rate_gain",)])
def test_it_shows_what_the_pump_predicts_even_when_nothing_arrives(fault):
    room = Theatre(orders="targets", horizon=1200.0, faults=fault)
    case = cases(room, numbers=4, seed=2)
    observer = NominalObserver()
    mind = observer.initial(case.patient.covariates)
    state, seen = theatre.begin(room, case)
    orders = Orders(np.array([[3.0], [3.0], [0.05]]) * np.ones(4), np.zeros((3, 4)))
    for _ in range(100):
        mind, estimates = observer.update(mind, seen.readings)
        predicted = state.pumps.predicted[3]
        np.testing.assert_allclose(estimates["effect_propofol"], predicted[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(estimates["effect_remifentanil"], predicted[1], rtol=1e-9, atol=1e-12)
        state, seen = theatre.turn(room, case, state, orders)
    assert (np.abs(estimates["effect_propofol"] / seen.truth.effect_site[0] - 1.0) > 0.02).any()


def test_without_drug_everybody_is_awake_and_tolerates_nothing():
    _, estimates = watch(NominalObserver(), [0.0, 0.0, 0.0], 3)
    np.testing.assert_allclose(estimates["bis"], 97.4)
    np.testing.assert_array_equal(estimates["tolerance"], 0.0)
    np.testing.assert_array_equal(estimates["effect_propofol"], 0.0)


def test_estimates_are_those_it_declares_and_lie_in_their_ranges():
    for dose in ([0.0, 0.0, 0.0], [20.0, 20.0, 0.0]):
        observer = NominalObserver()
        _, estimates = watch(observer, dose, 200)
        assert list(estimates) == list(observer.estimates)
        for name, (low, high, _) in observer.estimates.items():
            assert (estimates[name] >= low).all(), name
            assert (estimates[name] <= high).all(), name


def test_models_are_those_asked_for():
    observer = NominalObserver(propofol="eleveld", remifentanil="eleveld", bis="eleveld")
    _, estimates = watch(observer, [2.0, 1.0, 0.0], 60)
    kinetics = PROPOFOL.get("eleveld")(CROWD)
    np.testing.assert_allclose(
        estimates["effect_propofol"], pk.discretise(kinetics, 600.0).gamma[3] * 0.2, rtol=1e-9
    )
    surface = SURFACES.get("eleveld")(CROWD)
    np.testing.assert_allclose(estimates["bis"], index(surface, estimates["effect_propofol"], 0.0), rtol=1e-9)


@pytest.mark.parametrize("field", ["propofol", "remifentanil", "bis"])
def test_an_unknown_model_is_refused(field):
    with pytest.raises(ValueError, match="model: unknown name 'x'; allowed are"):
        NominalObserver(**{field: "x"}).initial(CROWD)


def test_a_patient_alone_is_estimated_as_in_the_batch():
    state, together = watch(NominalObserver(), [2.0, 1.0, 0.0], 50)
    alone, single = watch(NominalObserver(), [2.0, 1.0, 0.0], 50, take(CROWD, np.array([2])))
    for name in together:
        np.testing.assert_array_equal(single[name][0], together[name][2])
    map_arrays(lambda a, b: np.testing.assert_array_equal(a[..., 2], b[..., 0]), state, alone)


def test_updating_leaves_the_old_state_as_it_was():
    observer = NominalObserver()
    state, _ = watch(observer, [2.0, 1.0, 0.0], 5)
    before = map_arrays(np.copy, state)
    observer.update(state, readings([5.0, 5.0, 0.0]))
    map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), replace(state), before)
