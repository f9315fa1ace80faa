"""Options are stated once, wherever they are offered, and what is no value of their type gets one clear line."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields

import numpy as np
import pandas as pd
import pytest

from experiments.loop.evaluation import Evaluation
from predictors.nominal import NominalObserver
from sim.environment.env import AnesthesiaEnv
from sim.environment.ward import Options
from sim.settings import Models, Room, Scenario, shown, whole, wholes
from sim.theatre import Theatre


def defaults(kind) -> dict:
    return {f.name: f.default for f in fields(kind) if f.default is not MISSING}


@pytest.mark.parametrize("kind", [Theatre, Options, Evaluation])
def test_rooms_and_scenarios_have_one_default_for_an_option_wherever_it_is_offered(kind):
    assert issubclass(kind, Scenario)
    assert defaults(Scenario).items() <= defaults(kind).items()
    own = {f.name for f in fields(Scenario)} & set(inspect.get_annotations(kind))
    assert not own, f"{kind.__name__} states {own} again"


def test_the_environment_takes_its_patients_from_the_models_unless_told_otherwise():
    assert Options().models() == Models() == Evaluation().models
    other = Models("schnider", "minto", "beloeil", "bouillon", "su2023", variability=False)
    options = {"propofol": "schnider", "remifentanil": "minto", "norepinephrine_model": "beloeil"}
    assert Options(bis="bouillon", circulation="su2023", variability=False, **options).models() == other


def test_a_theatre_is_the_scenario_it_is_made_of():
    options = Options(horizon=600.0, faults=("cautery",), cohort="random", noise=False, pressure="cuff")
    room = Theatre.of(options, "targets")
    assert room == Theatre(
        horizon=600.0, faults=("cautery",), cohort="random", noise=False, pressure="cuff", orders="targets"
    )


def test_every_option_says_what_it_is():
    for kind in (Models, Room, Scenario, Theatre, Options, Evaluation):
        text = inspect.getdoc(kind)
        for name in inspect.get_annotations(kind):
            assert f"{name}:" in text or f"{name}," in text, f"{kind.__name__}.{name}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizon": "600"}, "horizon: '600' is not allowed; a number"),
        ({"horizon": True}, "horizon: True is not allowed; a number"),
        ({"control_period": None}, "control_period: None is not allowed; a number"),
        ({"bleeding_probability": "often"}, "bleeding_probability: 'often' is not allowed; a number"),
        ({"noise": "no"}, "noise: 'no' is not allowed; True or False"),
        ({"noise": 1}, "noise: 1 is not allowed; True or False"),
        ({"norepinephrine": "li"}, "norepinephrine: 'li' is not allowed; True or False"),
        ({"variability": 0}, "variability: 0 is not allowed; True or False"),
        ({"spread": 0.0}, "spread: 0.0 is not allowed; a positive number"),
        (
            {"spread": 1.5, "variability": False},
            "spread: 1.5 is not allowed; 1 where no variability is drawn",
        ),
        ({"index_delay": float("inf")}, "index_delay: inf is not allowed; a positive number"),
        ({"faults": "cautery"}, "faults: 'cautery' is not allowed; a tuple of names"),
        ({"faults": (1,)}, r"faults: \(1,\) is not allowed; a tuple of names"),
        ({"faults": None}, "faults: None is not allowed; a tuple of names"),
        ({"cohort": 3}, "cohort: 3 is not allowed; a name, a CSV file or its table"),
        ({"surgery": ["none"]}, r"surgery: \['none'\] is not allowed; a name, a CSV file or its table"),
        ({"cohort": np.zeros(3)}, r"cohort: array\(\[0., 0., 0.\]\) is not allowed; a name, a CSV file"),
        ({"actions": ["rates"]}, r"actions: \['rates'\] is not allowed; rates or targets"),
        ({"horizon": np.float64("nan")}, "horizon: nan is not allowed; a positive number of seconds"),
        (
            {"noise": pd.DataFrame({"a": [1]})},
            "noise: a table with the columns a is not allowed; True or False",
        ),
        ({"physiology_step": 1e-9}, "physiology_step: 1e-09 s is not allowed; at least 0.01 s"),
        ({"propofol": None}, "propofol: None is not allowed; a name"),
        ({"pressure": ["cuff"]}, r"pressure: \['cuff'\] is not allowed; a name"),
        ({"reward": "depth"}, "reward: 'depth' is not allowed; numbers by name"),
        ({"reward": {"depth": "much"}}, "reward: {'depth': 'much'} is not allowed; numbers by name"),
        ({"observer": NominalObserver}, "observer: the class NominalObserver is not allowed; an object"),
        ({"observer": object()}, "observer: an object of class object is not allowed; an object"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_option_the_value_and_what_is_allowed(options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        AnesthesiaEnv(**options)


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        *((value, "a whole number") for value in (2.5, "2", True, None)),
        (0, "1 or more"),
        (-7, "1 or more"),
        (2**63, "at most 9223372036854775807"),
    ],
)
def test_what_is_no_whole_number_is_refused_alone_and_among_others(value, allowed):
    with pytest.raises(ValueError, match=f"^count: {value!r} is not allowed; {allowed}$"):
        whole("count", value, lowest=1)
    if value != 0:
        with pytest.raises(
            ValueError, match=f"^counts: {value!r} is not allowed; {allowed.replace('1', '0', 1)}$"
        ):
            wholes("counts", [3, value])


def test_whole_numbers_keep_value_and_shape():
    assert whole("count", np.int32(7)) == 7
    for values in (5, [3, 2**63 - 1], np.arange(4), np.zeros((2, 2), np.uint64), []):
        found = wholes("counts", values)
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, values)
        assert found.shape == np.shape(values)


def test_whole_numbers_and_lists_may_stand_for_numbers_and_tuples():
    options = Options(horizon=600, control_period=10, faults=["cautery"], reward={"depth": 1})
    assert options.horizon == 600.0


def test_a_whole_number_and_an_object_are_asked_for_by_name():
    with pytest.raises(ValueError, match=r"patients: 2\.5 is not allowed; a whole number"):
        Evaluation(patients=2.5)
    with pytest.raises(ValueError, match="models: the class Models is not allowed; a Models"):
        Evaluation(models=Models)
    with pytest.raises(ValueError, match="bis: 5 is not allowed; a name"):
        Models(bis=5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(-0.8), "-0.8"),
        (np.float64(-0.8), "-0.8"),
        (np.int64(3), "3"),
        (np.str_("x"), "'x'"),
        (np.bool_(True), "True"),
        ("x", "'x'"),
        (int, "the class int"),
    ],
)
def test_error_lines_write_numbers_of_numpy_as_numbers(value, text):
    assert shown(value) == text
