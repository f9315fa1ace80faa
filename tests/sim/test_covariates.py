"""Demographics and lean masses against published numbers; nonsense is refused before anything is simulated."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sim.covariates import (
    Covariates,
    body_mass_index,
    fat_free_mass_al_sallami,
    fat_free_mass_janmahasatian,
    lean_body_mass_james,
)

REFERENCE = Covariates.of(35, "M", 170, 70)


def test_reference_man_has_the_published_fat_free_mass():
    assert fat_free_mass_janmahasatian(REFERENCE)[0] == pytest.approx(54.4752, abs=5e-5)
    assert fat_free_mass_al_sallami(REFERENCE)[0] == pytest.approx(54.4752, abs=1e-3)


def test_obese_people_have_the_published_lean_masses():
    """Body mass index 55 at 170 cm: James has turned over, fat-free mass has not."""
    both = Covariates.of(40, ["M", "F"], 170, 55 * 1.7**2)
    np.testing.assert_allclose(lean_body_mass_james(both), [62.9, 40.7], atol=0.05)
    np.testing.assert_allclose(fat_free_mass_al_sallami(both), [79.4, 67.3], atol=0.05)


@pytest.mark.parametrize(("sex", "bmi"), [("M", 43.0), ("F", 36.1)])
def test_james_turns_over_at_the_known_body_mass_index_and_is_negative_above_twice_it(sex, bmi):
    def mass(index):
        return lean_body_mass_james(Covariates.of(40, sex, 170, index * 1.7**2))[0]

    assert mass(bmi) > mass(bmi - 3.0)
    assert mass(bmi) > mass(bmi + 3.0)
    assert mass(2.0 * bmi - 0.5) > 0.0 > mass(2.0 * bmi + 0.5)


def test_fat_free_mass_matures_with_age():
    """Al-Sallami's factor: 0.88 in newborn boys, 1.11 in newborn girls; half of the way at 13.4 and 7.1 years."""
    born = Covariates.of(0, ["M", "F"], 50, 3.5)
    ratio = fat_free_mass_al_sallami(born) / fat_free_mass_janmahasatian(born)
    np.testing.assert_allclose(ratio, [0.88, 1.11], rtol=1e-6)
    half = Covariates.of([13.4, 7.1], ["M", "F"], 140, 35)
    ratio = fat_free_mass_al_sallami(half) / fat_free_mass_janmahasatian(half)
    np.testing.assert_allclose(ratio, [0.88 + 0.06, 1.11 - 0.055], rtol=1e-9)


def test_body_mass_index_takes_height_in_cm():
    assert body_mass_index(REFERENCE)[0] == pytest.approx(70.0 / 1.7**2)


def test_formulas_work_in_torch():
    people = Covariates.of([0, 35, 70], ["F", "M", "F"], [50, 170, 160], [3.5, 70, 60])
    tensors = Covariates(
        *(torch.from_numpy(getattr(people, f)) for f in ("age", "female", "height", "weight"))
    )
    for formula in (lean_body_mass_james, fat_free_mass_janmahasatian, fat_free_mass_al_sallami):
        np.testing.assert_allclose(formula(tensors).numpy(), formula(people), rtol=1e-12)


def test_numbers_lists_and_columns_become_arrays_of_one_length():
    people = Covariates.of(40, ["F", "m", " Female ", "male"], 170, [60, 70, 80, 90])
    assert people.female.tolist() == [1.0, 0.0, 1.0, 0.0]
    for name in ("age", "female", "height", "weight"):
        array = getattr(people, name)
        assert (array.shape, array.dtype) == ((4,), np.float64)
        array += 1.0  # own memory, not a view of a broadcast


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("age", 111, r"^age: 111 \(row 2\) is not allowed; 0 to 110 years$"),
        ("age", -0.5, r"^age: -0.5 \(row 2\)"),
        ("height", 1.7, r"^height: 1.7 \(row 2\) is not allowed; 40 to 230 cm$"),
        ("weight", 0, r"^weight: 0 \(row 2\) is not allowed; 1 to 300 kg$"),
        ("weight", float("nan"), r"^weight: nan \(row 2\)"),
        ("age", float("inf"), r"^age: inf \(row 2\)"),
        ("sex", "x", r"^sex: 'x' \(row 2\) is not allowed; F or M$"),
        ("sex", None, r"^sex: None \(row 2\)"),
    ],
)
def test_nonsense_is_refused_by_field_and_row(field, value, message):
    good = {"age": 40, "sex": "M", "height": 170, "weight": 70}
    rows = {name: [other, other] for name, other in good.items()}
    rows[field][1] = value
    with pytest.raises(ValueError, match=message):
        Covariates.of(**rows)


def test_the_edges_of_what_is_allowed_are_allowed():
    Covariates.of([0, 110], "F", [40, 230], [1, 300])


def test_columns_of_different_lengths_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^height: 3 values are not allowed; 1 or 2"):
        Covariates.of([40, 50], "M", [170, 170, 170], 70)
