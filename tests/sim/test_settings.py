"""Options are stated once, wherever they are offered, and what is no value of their type gets one clear line."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields

import pytest

from experiments.loop.evaluation import Evaluation
from predictors.nominal import NominalObserver
from sim.environment.env import AnesthesiaEnv
from sim.environment.ward import Options
from sim.settings import Models, Room, Scenario
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
        ({"faults": "cautery"}, "faults: 'cautery' is not allowed; a tuple of names"),
        ({"faults": (1,)}, r"faults: \(1,\) is not allowed; a tuple of names"),
        ({"cohort": 3}, "cohort: 3 is not allowed; a name"),
        ({"propofol": None}, "propofol: None is not allowed; a name"),
        ({"pressure": ["cuff"]}, r"pressure: \['cuff'\] is not allowed; a name"),
        ({"reward": "depth"}, "reward: 'depth' is not allowed; numbers by name"),
        ({"reward": {"depth": "much"}}, "reward: {'depth': 'much'} is not allowed; numbers by name"),
        ({"observer": NominalObserver}, "observer: the class NominalObserver is not allowed; an object"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_option_the_value_and_what_is_allowed(options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        AnesthesiaEnv(**options)


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
