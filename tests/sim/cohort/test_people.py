"""People on paper: sampled as stated, or read from a file with care."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.arrays import take
from sim.cohort import draw
from sim.cohort.population import MIDDLE_AGE, recorded
from sim.covariates import body_mass_index
from sim.theatre import Theatre
from sim.theatre.rollout import cases
from tests.sim.cohort.crowd import KEYS, MANY, same

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_random_people_are_those_of_the_published_protocol():
    """18-69 years, 150-189 cm, 50-99 kg, whole numbers, evenly; half of them women."""
    people = draw("random", KEYS, MANY).covariates
    for values, low, high in ((people.age, 18, 69), (people.height, 150, 189), (people.weight, 50, 99)):
        counts = np.bincount(values.astype(int), minlength=high + 2)
        assert (values == np.floor(values)).all()
        assert counts[low : high + 1].sum() == len(MANY)
        assert (counts[low : high + 1] > 0.4 * len(MANY) / (high - low + 1)).all()
    assert people.female.mean() == pytest.approx(0.5, abs=0.03)


def test_recorded_people_are_those_of_the_fitted_table_none_of_them_put_on_a_border():
    table = recorded().people
    person = draw("recorded", KEYS, MANY).covariates
    assert person.female.mean() == pytest.approx(table.female, abs=0.03)
    low, high = table.probabilities[0], table.probabilities[-1]  # nobody is drawn beyond
    inside = (np.array(table.probabilities[1:-1]) - low) / (high - low)
    np.testing.assert_allclose(np.quantile(person.age, inside), table.ages[1:-1], atol=1.0)
    assert person.age.min() >= np.round(table.ages[0])
    assert person.age.max() <= np.round(table.ages[-1])
    assert max(np.mean(person.age == edge) for edge in (person.age.min(), person.age.max())) < 0.02
    logs = (np.log(body_mass_index(person)), person.height)
    for values, (middle, per_year, women, sd) in zip(logs, (table.log_bmi, table.height), strict=True):
        rest = values - (middle + per_year * (person.age - MIDDLE_AGE) + women * person.female)
        assert rest.mean() == pytest.approx(0.0, abs=0.05 * sd)
        assert rest.std() == pytest.approx(0.96 * sd, rel=0.05)  # truncated at 2.6 SD
        assert np.abs(rest).max() < 2.75 * sd  # and rounded


def test_surgical_people_are_adults_with_plausible_bodies():
    people = draw("surgical", KEYS, MANY).covariates
    bmi = people.weight / (people.height / 100.0) ** 2
    assert people.age.min() >= 18.0
    assert people.age.max() <= 80.0
    assert bmi.min() > 17.5
    assert bmi.max() < 35.5
    assert np.median(people.age) == pytest.approx(49.0, abs=1.0)
    assert people.female.mean() == pytest.approx(0.5, abs=0.03)
    taller = people.height[people.female == 0].mean() - people.height[people.female == 1].mean()
    assert taller == pytest.approx(13.0, abs=0.7)
    assert abs(np.corrcoef(people.age, people.height)[0, 1]) < 0.06


@pytest.fixture
def people_file(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "people.csv"
        path.write_text(text)
        return str(path)

    return write


def test_people_come_from_a_file_in_order_again_and_again(people_file):
    path = people_file("caseid,age,sex,height,weight\n1,40,M,170,70\n2,70,F,160,60\n")
    found = draw(path, KEYS[:5], MANY[:5])
    assert found.covariates.age.tolist() == [40, 70, 40, 70, 40]
    assert found.covariates.female.tolist() == [0, 1, 0, 1, 0]
    assert found.kinetics.v1[0, 0] != found.kinetics.v1[0, 2]  # the same demographics, another individual
    same(draw(path, KEYS[[3]], MANY[[3]]), take(found, np.array([3])))


def test_a_table_in_memory_and_a_path_are_the_same_people_as_the_file(people_file):
    path = people_file("caseid,age,sex,height,weight\n1,40,M,170,70\n2,70,F,160,60\n")
    found = draw(path, KEYS[:5], MANY[:5])
    same(draw(pd.read_csv(path), KEYS[:5], MANY[:5]), found)
    room = Theatre(cohort=Path(path), horizon=600.0)
    assert room.cohort == path
    same(
        cases(room, numbers=5).patient,
        cases(Theatre(cohort=pd.read_csv(path), horizon=600.0), numbers=5).patient,
    )
    with pytest.raises(
        ValueError, match="cohort: the table has no column 'sex'; found caseid, age, height, weight"
    ):
        draw(pd.read_csv(path).drop(columns="sex"), KEYS[:2], MANY[:2])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age,sex,height\n40,M,170\n", "cohort: .* has no column 'weight'; found age, sex, height"),
        ("age,sex,height,weight\n40,M,170,70\n40,M,1.7,70\n", r"height: 1\.7 \(row 2\) is not allowed"),
        ("age,sex,height,weight\n40,M,170,\n", r"weight: nan \(row 1\) is not allowed"),
        ("age,sex,height,weight\n40,?,170,70\n", r"sex: '\?' \(row 1\) is not allowed; F or M"),
        ("age,sex,height,weight\n", "cohort: .* has no rows; at least one is needed"),
        ("", "cohort: cannot read"),
    ],
)
def test_a_bad_file_is_refused_by_what_is_wrong_with_it(people_file, text, message):
    with pytest.raises(ValueError, match=message):
        draw(people_file(text), KEYS[:2], MANY[:2])


def test_unreadable_numbers_in_a_file_are_refused_by_column(people_file):
    with pytest.raises(ValueError, match="age"):
        draw(people_file("age,sex,height,weight\nforty,M,170,70\n"), KEYS[:2], MANY[:2])


def test_people_between_semicolons_with_decimal_commas_are_read(people_file):
    path = people_file("age;sex;height;weight\n40;M;170,5;70,25\n50;F;160;60.5\n")
    who = draw(path, KEYS[:2], np.arange(2)).covariates
    assert who.height.tolist() == [170.5, 160.0]
    assert who.weight.tolist() == [70.25, 60.5]
