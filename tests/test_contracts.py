"""One contract over every registry: all that is listed loads, works, and keeps the protocol of its kind."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import warnings

import numpy as np
import pytest
import torch

import agents
import predictors
import sim
from experiments.loop.evaluation import AGENTS  # with the agents that have a predictor inside
from predictors import OBSERVERS
from predictors.nominal import NominalObserver
from sim import theatre
from sim.arrays import map_arrays, take, to_numpy
from sim.cohort import COHORTS
from sim.covariates import Covariates
from sim.environment.rewards import TERMS
from sim.faults import FAULTS
from sim.interfaces import Orders
from sim.monitors import HEART_RATE_MONITORS, INDEX_MONITORS, PRESSURE_MONITORS
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacodynamics.hypnosis import unconscious
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.compartments import Compartments
from sim.randomness import case_keys
from sim.registry import Registry
from sim.surgery import SURGERIES
from sim.theatre import Theatre
from sim.theatre.rollout import cases, check

TYPICAL = Covariates.of([25, 40, 70], ["F", "M", "F"], [165, 175, 158], [60, 78, 66])
EXTREME = [(0, "F", 40, 1), (5, "M", 105, 18), (18, "F", 140, 300), (90, "M", 150, 38), (110, "F", 230, 45)]
MODELS = (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE, SURFACES, TOLERANCE, CIRCULATION)
MONITORS = (INDEX_MONITORS, PRESSURE_MONITORS, HEART_RATE_MONITORS)
EVERY_MODEL = [
    pytest.param(registry, name, id=f"{registry.kind} {name}") for registry in MODELS for name in registry
]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


def registries() -> dict[str, Registry]:
    """Every registry of the package, wherever it is."""
    found = {}
    for package in (sim, predictors, agents):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            found |= {r.kind: r for r in vars(module).values() if isinstance(r, Registry)}
        found |= {r.kind: r for r in vars(package).values() if isinstance(r, Registry)}
    return found


def test_no_registry_is_forgotten_here():
    known = {
        registry.kind
        for registry in (
            *MODELS,
            CONSCIOUSNESS,
            COHORTS,
            SURGERIES,
            FAULTS,
            *MONITORS,
            TERMS,
            OBSERVERS,
            AGENTS,
        )
    }
    assert set(registries()) == known
    assert all(list(registry) for registry in registries().values())


@pytest.mark.parametrize("kind", sorted(registries()))
def test_everything_registered_loads(kind):
    for name in registries()[kind]:
        assert registries()[kind].get(name) is not None


@pytest.mark.parametrize("kind", sorted(registries()))
def test_taken_and_unknown_names_are_refused(kind):
    registry = registries()[kind]
    names = list(registry)
    with pytest.raises(ValueError, match=f"{kind} '{names[0]}' is already registered"):
        registry.register(names[0], object())
    with pytest.raises(ValueError, match=f"{kind}: unknown name 'nobody'; allowed are {', '.join(names)}"):
        registry.get("nobody")


def usable(parameters) -> None:
    """Arrays of finite numbers, volumes and clearances positive."""
    size = None
    for field in dataclasses.fields(parameters):
        value = getattr(parameters, field.name)
        if isinstance(value, str):
            continue
        value = to_numpy(value)
        size = size or value.shape
        assert value.shape == size, field.name
        assert value.dtype == np.float64, field.name
        infinite = "c50_remifentanil" in field.name  # a drug without effect
        assert (np.isfinite(value) | infinite).all(), field.name
        assert not np.isnan(value).any(), field.name
        if field.name in ("v1", "v2", "v3", "cl", "tpr0", "sv0", "hr0", "e0", "emax") or "c50" in field.name:
            assert (value > 0.0).all(), field.name


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
def test_a_model_describes_typical_people(registry, name):
    usable(registry.get(name)(TYPICAL))


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
@pytest.mark.parametrize("who", EXTREME)
def test_a_model_describes_extreme_people_or_refuses_them_by_name(registry, name, who):
    model, person, refusal = registry.get(name), Covariates.of(*who), ""
    try:
        usable(model(person))
    except ValueError as error:
        refusal = str(error)
    if refusal:
        assert refusal.startswith(f"{registry.kind} {name}: ")
        assert "(row 1) is not allowed" in refusal


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
def test_a_model_gives_the_same_in_torch(registry, name):
    model = registry.get(name)
    expected, found = model(TYPICAL), model(map_arrays(torch.from_numpy, TYPICAL))
    for field in dataclasses.fields(expected):
        value = getattr(found, field.name)
        if isinstance(value, str):
            continue
        assert isinstance(value, torch.Tensor), field.name
        np.testing.assert_allclose(
            value.numpy(), getattr(expected, field.name), rtol=1e-12, err_msg=field.name
        )


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
def test_a_model_gives_a_person_the_same_alone_and_in_a_crowd(registry, name):
    model = registry.get(name)
    crowd, alone = model(TYPICAL), model(take(TYPICAL, np.array([1])))
    for field in dataclasses.fields(crowd):
        value = getattr(crowd, field.name)
        if not isinstance(value, str):
            np.testing.assert_array_equal(getattr(alone, field.name)[0], value[1])


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
def test_a_spread_names_what_the_model_lets_vary(registry, name):
    model = registry.get(name)
    if registry is CIRCULATION:
        with pytest.raises(ValueError, match="'nothing'"):
            model(TYPICAL, {"nothing": np.zeros(3)})
        return
    typical = model(TYPICAL)
    for parameter, sd in model.log_sd.items():
        assert 0.0 <= sd < 1.5
        moved = model(TYPICAL, {parameter: np.full(3, 0.1)})
        changed = [
            field.name
            for field in dataclasses.fields(typical)
            if not isinstance(getattr(typical, field.name), str)
            and (getattr(moved, field.name) != getattr(typical, field.name)).any()
        ]
        assert changed or sd == 0.0, parameter
    if isinstance(typical, Compartments):
        with pytest.raises(ValueError, match="deviate 'nothing' is not allowed"):
            model(TYPICAL, {"nothing": np.zeros(3)})


@pytest.mark.parametrize("name", CONSCIOUSNESS)
def test_a_consciousness_model_gives_rising_probabilities(name):
    model = CONSCIOUSNESS.get(name)
    doses = np.linspace(0.0, 12.0, 50)
    for one in (unconscious(model, doses, 2.0), unconscious(model, 2.0 + 0.0 * doses, doses)):
        assert ((one >= 0.0) & (one <= 1.0)).all()
        assert (np.diff(one) > 0.0).all()
    np.testing.assert_allclose(
        unconscious(model, torch.from_numpy(doses), torch.tensor(2.0, dtype=torch.float64)).numpy(),
        unconscious(model, doses, 2.0),
    )


SIZE = 6


def room_for(agent) -> Theatre:
    return Theatre(orders=agent.orders, horizon=7200.0)


def lived(agent, numbers, until=None) -> list[Orders]:
    """Orders of an agent over a case with faults, surgery and noise, after 40 min in steps."""
    room = dataclasses.replace(room_for(agent), faults=("bis_dropout", "pressure_missing", "cautery"))
    case = cases(room, seed=5, numbers=numbers)
    person = case.patient.covariates
    observer = NominalObserver()
    memory, mind = agent.initial(person, case.keys), observer.initial(person)
    state, seen = theatre.begin(room, case)
    given = []
    for number in range(until or 180):
        mind, estimates = observer.update(mind, seen.readings)
        readings = seen.readings
        orders, memory = agent.act(memory, readings, estimates)
        given.append(orders)
        state, seen = theatre.turn(room, case, state, orders)
        if number == 100:  # on to closing and emergence
            state = dataclasses.replace(state, time=state.time + 4800.0)
    return given


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_gives_orders_that_a_room_takes(name):
    agent = AGENTS.get(name)()
    assert agent.orders in ("rates", "targets")
    given = lived(agent, SIZE)
    for orders in given:
        check(orders, SIZE)
        assert orders.infusions.shape == (3, SIZE)
        assert orders.boluses.shape == (3, SIZE)
    total = np.sum([orders.infusions + orders.boluses for orders in given], axis=0)
    assert (total[0] > 0.0).all()


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_treats_a_patient_alone_as_in_the_batch(name):
    agent = AGENTS.get(name)()
    for many, one in zip(lived(agent, SIZE), lived(agent, np.array([4])), strict=True):
        np.testing.assert_allclose(one.infusions[:, 0], many.infusions[:, 4], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(one.boluses[:, 0], many.boluses[:, 4], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_repeats_itself_and_keeps_no_memory_of_its_own(name):
    """Two cases played with the same object are those played with a new one each."""
    agent = AGENTS.get(name)()
    first, second, fresh = lived(agent, SIZE, 60), lived(agent, SIZE, 60), lived(AGENTS.get(name)(), SIZE, 60)
    for one, two, three in zip(first, second, fresh, strict=True):
        np.testing.assert_array_equal(one.infusions, two.infusions)
        np.testing.assert_array_equal(one.infusions, three.infusions)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_leaves_what_it_is_given_as_it_was(name):
    agent = AGENTS.get(name)()
    room = room_for(agent)
    case = cases(room, seed=5, numbers=SIZE)
    memory = agent.initial(case.patient.covariates, case.keys)
    observer = NominalObserver()
    mind = observer.initial(case.patient.covariates)
    state, seen = theatre.begin(room, case)
    for _ in range(12):
        mind, estimates = observer.update(mind, seen.readings)
        before = map_arrays(np.copy, memory), map_arrays(np.copy, seen.readings)
        kept = {key: value.copy() for key, value in estimates.items()}
        orders, after = agent.act(memory, seen.readings, estimates)
        for tree, copy in zip((memory, seen.readings), before, strict=True):
            map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), tree, copy)
        for key, value in estimates.items():
            np.testing.assert_array_equal(value, kept[key])
        memory = after
        state, seen = theatre.turn(room, case, state, orders)


def test_every_fault_can_meet_every_agent():
    """Whatever fails, orders stay what a pump can give."""
    for name in AGENTS:
        agent = AGENTS.get(name)()
        room = Theatre(orders=agent.orders, horizon=1200.0, faults=tuple(FAULTS))
        case = cases(room, seed=1, numbers=2)
        memory, observer = agent.initial(case.patient.covariates, case.keys), NominalObserver()
        mind = observer.initial(case.patient.covariates)
        state, seen = theatre.begin(room, case)
        for _ in range(120):
            mind, estimates = observer.update(mind, seen.readings)
            orders, memory = agent.act(memory, seen.readings, estimates)
            check(orders, len(case.keys))
            state, seen = theatre.turn(room, case, state, orders)


def observed(observer, numbers) -> list[dict[str, np.ndarray]]:
    """Estimates over a case dosed by a script."""
    room = Theatre(orders="targets", horizon=7200.0, faults=("bis_dropout",))
    case = cases(room, seed=5, numbers=numbers)
    mind, (state, seen) = observer.initial(case.patient.covariates), theatre.begin(room, case)
    size, found = len(case.keys), []
    for number in range(90):
        before = map_arrays(np.copy, mind)
        after, estimates = observer.update(mind, seen.readings)
        map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), mind, before)
        mind = after
        found.append(dict(estimates))
        infusions = np.array([[2.0 + number / 45.0], [3.0], [0.05]]) * np.ones(size)
        state, seen = theatre.turn(room, case, state, Orders(infusions, np.zeros((3, size))))
    return found


@pytest.mark.parametrize("name", OBSERVERS)
def test_an_observer_streams_what_it_declares_alike_alone_and_in_the_batch(name):
    observer = OBSERVERS.get(name)()
    many, one = observed(observer, SIZE), observed(observer, np.array([4]))
    for batch, single in zip(many, one, strict=True):
        assert set(batch) == set(observer.estimates)
        for key, (low, high, unit) in observer.estimates.items():
            assert isinstance(unit, str)
            assert batch[key].shape == (SIZE,)
            assert np.isfinite(batch[key]).all()
            assert ((batch[key] >= low) & (batch[key] <= high)).all(), key
            np.testing.assert_allclose(single[key][0], batch[key][4], rtol=1e-9, atol=1e-12)


def test_a_planning_observer_answers_in_the_shape_and_order_that_it_declares():
    planners = [one for name in OBSERVERS if hasattr(one := OBSERVERS.get(name)(), "forecast_each")]
    assert planners
    for observer in planners:
        horizons, quantiles = np.array(observer.horizons), np.array(observer.quantiles)
        assert (np.diff(horizons) > 0.0).all()
        assert (np.diff([0.0, *quantiles, 1.0]) > 0.0).all()
        room = Theatre(horizon=7200.0)
        mind, _ = observer.update(
            observer.initial(TYPICAL), theatre.begin(room, cases(room, numbers=3))[1].readings
        )
        minutes = int(np.ceil(horizons[-1] / 60.0))
        plans = np.full((minutes + 1, 2, minutes, 3), 0.1)
        for minute in range(minutes):
            plans[minute, :, minute:] = 1.0  # more from this minute on; the last plan has no such minute
        found = observer.forecast_each(mind, plans)
        assert found.shape == (minutes + 1, 1 + len(quantiles), len(horizons), 3)
        assert (np.diff(found[:, 1:], axis=1) >= 0.0).all()
        for minute in range(minutes):  # doses act at the horizons after them, and at no other
            same = np.abs(found[minute] - found[-1]).max(axis=(0, 2)) < 1e-6
            np.testing.assert_array_equal(same, horizons <= 60.0 * minute)


def test_keys_seed_an_agents_chance_and_nothing_else_does():
    person = take(TYPICAL, np.array([0, 0, 0]))
    keys = case_keys(1, np.array([3, 3, 8]))
    for name in AGENTS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            memory = AGENTS.get(name)().initial(person, keys)
        map_arrays(lambda array: np.testing.assert_array_equal(array[..., 0], array[..., 1]), memory)
