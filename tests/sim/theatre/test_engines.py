"""Engines: whoever computes the turns, the same patients live the same cases."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats

from agents.fixed_targets import FixedTargets
from predictors.nominal import NominalObserver
from sim import theatre
from sim.arrays import map_arrays, to_numpy
from sim.faults import FAULTS
from sim.interfaces import Orders
from sim.randomness import case_keys, normals, uniforms
from sim.settings import Models
from sim.theatre import Theatre, compiling, engines
from sim.theatre.engines import ENGINES, Torch, engine
from sim.theatre.packing import Layout, join, leaves
from sim.theatre.rollout import cases, simulate

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
TRACED: dict = {}  # takes some seconds: once
DOUBLE, SINGLE = Torch(False, "float64", "cpu"), Torch(False, "float32", "cpu")


@pytest.fixture
def traced(monkeypatch):
    """Compiled plays run the graph of a control period as it was traced; only the code generator is left out."""
    monkeypatch.setattr(compiling, "generated", lambda graph, blocks: graph)
    monkeypatch.setattr(compiling, "_programs", TRACED)
    monkeypatch.setattr(compiling, "CROWDED", 3)  # rows are made longer, as those of 4096 patients are
    monkeypatch.setattr(compiling, "LONGER", 2)
    return Torch(True, "float64", "cpu")


def misfortune(orders: str, pressure: str, horizon: float = 600.0, size: int = 6):
    """A room where every fault strikes, and cases that bleed from the second minute on."""
    room = Theatre(
        orders=orders, pressure=pressure, horizon=horizon, faults=tuple(FAULTS), bleeding_probability=1.0
    )
    case = cases(room, numbers=size, seed=4)
    starts = 0.0 * case.surgery.bleeding_starts + 120.0
    return room, dataclasses.replace(case, surgery=dataclasses.replace(case.surgery, bleeding_starts=starts))


def ordered(number: int, size: int, mode: str) -> Orders:
    """An induction, steps, boluses, a vasopressor, and now and then one given by hand."""
    infusions = np.array([[4.0 if number < 40 else 2.5], [3.0], [0.12 if number > 20 else 0.0]])
    infusions[:2] *= 0.05 if mode == "rates" else 1.0
    boluses = np.array([[20.0], [0.0], [5.0]]) * (number % 40 == 20)
    pressors = np.array([[5.0], [50.0]]) * np.ones(size) if number % 30 == 15 else None
    return Orders(infusions * np.ones(size), boluses * np.ones(size), pressors)


def differences(room, case, one, other, turns: int):
    """Yield what is seen of both, turn by turn."""
    plays = [by.play(room, case, *theatre.begin(room, case)) for by in (one, other)]
    for number in range(turns):
        orders = ordered(number, len(case.keys), room.orders)
        for by, play in zip((one, other), plays, strict=True):
            play.turn(by.moved(orders))
        yield [play.hosted() for play in plays]


@pytest.mark.parametrize(("orders", "pressure"), [("rates", "cuff"), ("targets", "arterial")])
def test_torch_turns_the_same_minutes_as_numpy(orders, pressure):
    """Surgery, bleeding, noise and every fault, to 1e-9 in double precision."""
    room, case = misfortune(orders, pressure)
    for mine, theirs in differences(room, case, engine("numpy"), DOUBLE, 45):
        map_arrays(lambda a, b: np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-9), mine, theirs)


def test_a_compiled_control_period_is_the_same(traced):
    """Five minutes, in which blood is lost and the kinetics are renewed in the blocks."""
    room, case = misfortune("targets", "arterial")
    for mine, theirs in differences(room, case, engine("numpy"), traced, 30):
        map_arrays(lambda a, b: np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-9), mine, theirs)


def test_single_precision_keeps_index_and_pressure():
    """Six minutes with bleeding and faults: 0.05 and 0.2 mmHg; three hours in `experiments.benchmark`."""
    room, case = misfortune("rates", "arterial")
    for mine, theirs in differences(room, case, engine("numpy"), SINGLE, 36):
        for name, allowed in (("bis", 0.05), ("mean_arterial_pressure", 0.2), ("heart_rate", 0.2)):
            np.testing.assert_allclose(
                getattr(theirs.truth, name), getattr(mine.truth, name), rtol=0.0, atol=allowed
            )


def test_a_program_is_not_shared_by_models_that_only_differ_in_words_and_constants(monkeypatch):
    """Of the same shapes: response surfaces with a product term and with a quadratic in the fraction."""
    monkeypatch.setattr(compiling, "_compiled", lambda *_: object())
    monkeypatch.setattr(compiling, "_programs", {})
    room = Theatre(orders="targets", horizon=600.0)

    def of(interaction: str, seed: int):
        case = cases(room, numbers=3, seed=seed, models=Models(bis="bouillon"))
        surface = dataclasses.replace(case.patient.hypnosis, interaction=interaction)
        patient = dataclasses.replace(case.patient, hypnosis=surface)
        case = dataclasses.replace(case, patient=patient)
        case, (state, _), orders = map_arrays(
            torch.as_tensor, (case, theatre.begin(room, case), ordered(0, 3, "targets"))
        )
        return compiling.program(room, case, state, orders)

    assert of("greco", seed=4) is of("greco", seed=5)
    assert of("greco", seed=4) is not of("minto", seed=4)


def test_everything_is_made_where_the_patients_lie():
    """On a GPU, too: whatever a turn makes without saying where would be made elsewhere here, and fail to meet them."""
    room, case = misfortune("targets", "cuff")
    play = DOUBLE.play(room, case, *theatre.begin(room, case))
    orders = DOUBLE.moved(ordered(0, 6, "targets"))
    with torch.device("meta"):
        for _ in range(15):  # bleeding begins in the 13th
            play.turn(orders)
    assert play.hosted().truth.bis.shape == (6,)


@pytest.mark.parametrize("by", [DOUBLE, "compiled"])
def test_other_cases_in_some_beds_go_on_as_they_would_alone(by, request):
    by = request.getfixturevalue("traced") if by == "compiled" else by
    room, case = misfortune("targets", "arterial")
    later = cases(room, numbers=np.array([8, 9]), seed=5)
    play = by.play(room, case, *theatre.begin(room, case))
    alone = DOUBLE.play(room, later, *theatre.begin(room, later))
    for number in range(3):
        play.turn(by.moved(ordered(number, 6, "targets")))
    play.admit(*by.moved((later, *theatre.begin(room, later))), np.array([1, 4]))
    for number in range(3):
        many = by.hosted(play.turn(by.moved(ordered(number, 6, "targets"))))
        few = DOUBLE.hosted(alone.turn(DOUBLE.moved(ordered(number, 2, "targets"))))
        map_arrays(
            lambda a, b: np.testing.assert_allclose(a[..., [1, 4]], b, rtol=1e-9, atol=1e-9), many, few
        )


@pytest.mark.parametrize("anywhere", [True, False])
def test_agents_and_observers_that_know_numpy_alone_are_given_numpy(anywhere, monkeypatch):
    """The trace is the same; one that takes any array is given the engine's."""
    kinds = []

    class Watched(FixedTargets):
        any_arrays = anywhere

        def act(self, state, readings, estimates):
            kinds.extend((type(readings.bis), type(estimates["bis"])))
            orders, state = FixedTargets().act(state, readings, estimates)
            return orders, state

    room = Theatre(orders="targets", horizon=300.0)
    case = cases(room, numbers=3)
    expected = simulate(room, case, FixedTargets(), NominalObserver()).signals()
    found = simulate(room, case, Watched(), NominalObserver(), engine=DOUBLE).signals()
    assert set(kinds) == {torch.Tensor if anywhere else np.ndarray}
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-5, err_msg=name)


def test_a_tree_comes_back_from_its_blocks():
    room = Theatre(orders="targets", faults=tuple(FAULTS))
    case = DOUBLE.moved(cases(room, numbers=3))
    back = Layout.of(case).unpack(join(leaves(case)))
    map_arrays(lambda a, b: torch.testing.assert_close(a, b, rtol=0.0, atol=0.0), case, back)


def test_without_a_compiler_torch_takes_over_and_says_so_in_one_line(monkeypatch):
    monkeypatch.setattr(engines.shutil, "which", lambda name: None)
    with pytest.warns(UserWarning, match="engine: 'compiled' needs a C"):
        fallen_back = engine("compiled")
    assert fallen_back == Torch(False, "float32")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: engine("fortran"), "engine: unknown name 'fortran'; allowed are numpy, torch, compiled"),
        (lambda: engine(Torch), "engine: .*Torch.* is not allowed; numpy, torch, compiled"),
        (lambda: Torch(False, "half"), "precision: 'half' is not allowed; float64 or float32"),
    ],
)
def test_an_engine_that_is_none_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_every_engine_says_what_it_is():
    assert list(ENGINES) == ["numpy", "torch", "compiled"]
    assert all(ENGINES.describe(name) for name in ENGINES)


@pytest.mark.slow
def test_compiled_code_lives_three_hours_as_numpy_does():
    room = Theatre(orders="rates", bleeding_probability=1.0)
    case = cases(room, numbers=64, seed=3)
    for mine, theirs in differences(room, case, engine("numpy"), engine("compiled"), 1080):
        assert np.abs(theirs.truth.bis - mine.truth.bis).max() < 0.05
        assert np.abs(theirs.truth.mean_arterial_pressure - mine.truth.mean_arterial_pressure).max() < 0.2


def test_the_keys_of_tensors_draw_the_chance_of_numpy():
    keys, counts = case_keys(3, np.arange(200_000)), np.arange(200_000)
    same = DOUBLE.moved(keys)
    u = uniforms(same, "here", torch.from_numpy(counts), 2)
    np.testing.assert_array_equal(to_numpy(u), uniforms(keys, "here", counts, 2))
    np.testing.assert_allclose(to_numpy(normals(same, "here", 7, 2)), normals(keys, "here", 7, 2), rtol=1e-9)
    single = normals(same, "here", 7, 2, torch.zeros(1))
    assert single.dtype == torch.float32
    exact = normals(keys, "here", 7, 2)
    resolved = 2.0**-23 / stats.norm.pdf(exact)  # single precision has 23 bits of chance
    assert (np.abs(to_numpy(single) - exact) <= 1e-5 + resolved).all()
