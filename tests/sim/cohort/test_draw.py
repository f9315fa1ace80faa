"""Who the patients are: the same person for a seed and a number, whoever lies beside; unknown names refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.arrays import take
from sim.cohort import COHORTS, Published, brought, draw, sample, surgical_people
from sim.randomness import case_keys
from sim.settings import Models
from tests.plugged import plug
from tests.sim.cohort.crowd import KEYS, MANY, same

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("name", COHORTS)
def test_a_patient_is_the_same_person_in_any_batch_and_order(name):
    crowd = draw(name, KEYS[:100], MANY[:100])
    chosen = np.array([93, 7, 41])
    same(draw(name, KEYS[chosen], MANY[chosen]), take(crowd, chosen))
    same(draw(name, KEYS[[7]], MANY[[7]]), take(crowd, np.array([7])))


@pytest.mark.parametrize("name", ["surgical", "random"])
def test_seeds_and_numbers_give_different_people(name):
    first, other = draw(name, KEYS, MANY), draw(name, case_keys(2, MANY), MANY)
    for field in ("v1", "cl", "ke0"):
        values, others = (getattr(p.kinetics, field)[0] for p in (first, other))
        assert len(np.unique(values)) == len(MANY)
        assert abs(np.corrcoef(np.log(values), np.log(others))[0, 1]) < 0.06


def test_changing_a_model_keeps_the_person():
    one, other = (
        draw("surgical", KEYS[:50], MANY[:50], Models(propofol=name)) for name in ("eleveld", "schnider")
    )
    same(one.covariates, other.covariates)
    same(one.circulation, other.circulation)
    np.testing.assert_array_equal(one.kinetics.v1[1], other.kinetics.v1[1])
    assert (one.kinetics.v1[0] != other.kinetics.v1[0]).all()


def test_a_missing_file_and_an_unknown_cohort_are_refused():
    with pytest.raises(ValueError, match=r"cohort: cannot read nowhere\.csv"):
        draw("nowhere.csv", KEYS[:1], MANY[:1])
    allowed = ", ".join(COHORTS)
    with pytest.raises(ValueError, match=f"cohort: unknown name 'x'; allowed are {allowed} or a .csv file"):
        draw("x", KEYS[:1], MANY[:1])


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(Models) if f.type == "str"])
@pytest.mark.parametrize("variability", [True, False])
def test_an_unknown_model_is_refused(field, variability):
    with pytest.raises(ValueError, match="model: unknown name 'x'; allowed are"):
        draw("surgical", KEYS[:1], MANY[:1], Models(**{field: "x"}, variability=variability))


@pytest.mark.parametrize("name", ["ionescu13", "ares44"])
@pytest.mark.parametrize(
    ("field", "other"), [("propofol", "marsh"), ("remifentanil", "kim"), ("bis", "bouillon")]
)
def test_published_patients_refuse_a_model_they_would_ignore(name, field, other):
    with pytest.raises(ValueError, match=f"{field} model: '{other}' is not allowed with cohort '{name}'"):
        draw(name, case_keys(0, np.arange(2)), np.arange(2), Models(**{field: other}))


def test_a_registered_cohort_is_drawn_by_its_name_and_described_by_its_words(monkeypatch):
    def elderly(keys, numbers, models):
        """Return surgical people 30 years on."""
        people = surgical_people(keys)
        return sample(dataclasses.replace(people, age=people.age + 30.0), keys, models)

    plug(monkeypatch, COHORTS, "elderly", elderly)
    found, younger = draw("elderly", KEYS[:9], MANY[:9]), draw("surgical", KEYS[:9], MANY[:9])
    np.testing.assert_array_equal(found.covariates.age, younger.covariates.age + 30.0)
    assert COHORTS.describe("elderly") == "Surgical people 30 years on."
    assert brought("elderly") == {}


def test_a_registered_cohort_says_itself_which_models_it_brings(monkeypatch):
    everybody = Published("nobody in particular", {"bis": "their own"}, lambda numbers, models: len(numbers))
    plug(monkeypatch, COHORTS, "mine", everybody)
    assert brought("mine") == {"bis": "their own"}
    assert draw("mine", KEYS[:3], MANY[:3], Models(propofol="marsh")) == 3
    with pytest.raises(ValueError, match="bis model: 'bouillon' is not allowed with cohort 'mine'"):
        draw("mine", KEYS[:3], MANY[:3], Models(bis="bouillon"))


def test_only_published_patients_bring_models_of_their_own():
    assert list(brought("ares44")) == list(brought("ionescu13")) == ["propofol", "remifentanil", "bis"]
    assert brought("surgical") == brought("people.csv") == {}
