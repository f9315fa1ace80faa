"""One contract over every published model of a drug or an effect: usable parameters for whoever it may describe."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from sim.arrays import map_arrays, take, to_numpy
from sim.covariates import Covariates
from sim.pharmacodynamics import CONSCIOUSNESS, SURFACES, TOLERANCE
from sim.pharmacodynamics.circulation import CIRCULATION
from sim.pharmacodynamics.hypnosis import unconscious
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.compartments import Compartments

TYPICAL = Covariates.of([25, 40, 70], ["F", "M", "F"], [165, 175, 158], [60, 78, 66])
EXTREME = [(0, "F", 40, 1), (5, "M", 105, 18), (18, "F", 140, 300), (90, "M", 150, 38), (110, "F", 230, 45)]
MODELS = (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE, SURFACES, TOLERANCE, CIRCULATION)
EVERY_MODEL = [
    pytest.param(registry, name, id=f"{registry.kind} {name}") for registry in MODELS for name in registry
]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


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
