"""Mistakes that were seen in public implementations of these models, each with a test that would catch it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from sim.covariates import Covariates
from sim.pharmacodynamics.hemodynamics import pressor_effect
from sim.pharmacokinetics import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics.compartments import Compartments, discretise, effect_site, empty, plasma, step

MAN = Covariates.of(40, "M", 170, 70)
HEAVY_MAN = Covariates.of(40, "M", 175, 100)
NAMES = ("v1", "v2", "v3", "cl", "q2", "q3", "ke0")
EVERY_MODEL = [(registry, name) for registry in (PROPOFOL, REMIFENTANIL, NOREPINEPHRINE) for name in registry]


def infuse(compartments: Compartments, rate: float, seconds: float, steps: int) -> np.ndarray:
    """State after `steps` steps of `seconds` at a constant rate."""
    transition, state = discretise(compartments, seconds), empty(compartments)
    for _ in range(steps):
        state = step(transition, state, np.array([rate]))
    return state


def draw(model, count: int = 20_000) -> Compartments:
    """Many copies of one man with independent deviates of the published spread."""
    rng = np.random.default_rng(11)
    crowd = Covariates.of(40, "M", 170, np.full(count, 70.0))
    return model(crowd, {name: sd * rng.normal(size=count) for name, sd in model.log_sd.items()})


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
def test_ten_minutes_are_ten_minutes_in_any_number_of_steps(registry, name):
    """A step that covers one sample too few makes everything slower the coarser it is."""
    compartments = registry.get(name)(MAN)
    reference = infuse(compartments, 0.2, 600.0, 1)
    for seconds, steps in ((1.0, 600), (5.0, 120)):
        state = infuse(compartments, 0.2, seconds, steps)
        np.testing.assert_allclose(state, reference, rtol=1e-9, atol=1e-15)


def test_seconds_and_minutes_are_not_mixed_and_nothing_is_integrated_approximately():
    """Per-minute constants stepped as seconds run 60 times too fast; Euler at 1 s is 0.7 % off."""
    schnider = PROPOFOL.get("schnider")(MAN)
    assert plasma(schnider, infuse(schnider, 0.15, 1.0, 480))[0] == pytest.approx(2.51373, abs=5e-6)
    assert plasma(schnider, infuse(schnider, 0.15, 1.0, 600))[0] == pytest.approx(2.60432, abs=5e-6)


def test_effect_site_holds_a_concentration_not_an_amount():
    schnider = PROPOFOL.get("schnider")(MAN)
    state = infuse(schnider, 0.15, 1e7, 1)
    assert effect_site(state)[0] == pytest.approx(plasma(schnider, state)[0], rel=1e-6)
    assert effect_site(state)[0] == pytest.approx(9.0 / 1.63813, rel=1e-5)


@pytest.mark.parametrize(("weight", "expected"), [(100.0, 2.44), (70.0, 4.293)])
def test_eleveld_remifentanil_slow_volume_falls_with_weight_as_published(weight, expected):
    """Catches exp(θw - 70), another exponent, V2's reference in V3 (4.28 L) and a female reference mass."""
    height = 175.0 if weight == 100.0 else 170.0
    person = Covariates.of(40, "M", height, weight)
    assert REMIFENTANIL.get("eleveld")(person).v3[0] == pytest.approx(expected, abs=0.01)


def test_eleveld_remifentanil_clearance_depends_on_sex_and_age():
    three = REMIFENTANIL.get("eleveld")(Covariates.of([40, 40, 80], ["M", "F", "M"], 170, 70))
    man, woman, elder = three.cl
    size_factor = (three.v1[1] / three.v1[0]) ** 0.75  # V1 differs between the sexes by fat-free mass alone
    sex_factor = 1.0 + 0.470405 * 40**6 / (40**6 + 12**6) * (1.0 - 40**6 / (40**6 + 45**6))
    assert woman / man == pytest.approx(sex_factor * size_factor, rel=1e-9)
    assert elder / man == pytest.approx(np.exp(-0.00326985 * 40.0), rel=1e-6)


def test_schnider_clearance_counts_lean_mass_from_59_kg():
    lean = 1.10 * 100.0 - 128.0 * (100.0 / 175.0) ** 2
    expected = 1.89 + 0.0456 * 23.0 - 0.0681 * (lean - 59.0) - 0.0264 * 2.0
    assert PROPOFOL.get("schnider")(HEAVY_MAN).cl[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "ke0"),
    [
        ("eleveld", 0.146),
        ("schnider", 0.456),
        ("marsh", 0.26),
        ("marsh_modified", 1.2),
        ("marsh_pump", 1.2195),
    ],
)
def test_each_model_keeps_its_own_ke0(name, ke0):
    """Re-fitting ke0 to another model's time to peak gave Eleveld 0.687, nearly five times too fast."""
    assert PROPOFOL.get(name)(Covariates.of(50, "F", 165, 70)).ke0[0] == pytest.approx(ke0, rel=1e-9)


def test_kim_uses_fat_free_mass_from_body_mass_index():
    person = Covariates.of(50, "M", 150, 70)
    assert REMIFENTANIL.get("kim")(person).v2[0] == pytest.approx(6.820768, rel=1e-6)


PUBLISHED_SPREAD = {  # variances: from log-SDs, or from coefficients of variation
    ("propofol", "eleveld"): [*np.square([0.610, 0.565, 0.597, 0.265, 0.346, 0.209, 0.702])],
    ("propofol", "schnider"): [*np.log1p(np.square([0.0404, 0, 0.1435, 0.1005, 0, 0.1179, 0.42]))],
    ("propofol", "schuttler"): [*np.log1p(np.square([0.400, 0.548, 0.469, 0.374, 0.519, 0.509, 0]))],
    ("propofol", "marsh"): [0.0] * 7,
    ("remifentanil", "minto"): [*np.square([0.232, 0.297, 0.629, 0.138, 0.381, 0.491, 0.617])],
    ("remifentanil", "eleveld"): [*np.square([0.245, 0.327, 0.658, 0.138, 0.270, 0.607]), 0.947],
    ("remifentanil", "kim"): [*np.square([0.301, 0.382, 0.562, 0.142, 0.466, 0.669, 0])],
    ("norepinephrine", "li"): [*np.log1p(np.square([0.445, 0.404, 0, 0.106, 0, 0, 0]))],
}
REGISTRIES = {"propofol": PROPOFOL, "remifentanil": REMIFENTANIL, "norepinephrine": NOREPINEPHRINE}


@pytest.mark.parametrize(("drug", "name"), PUBLISHED_SPREAD)
def test_sampled_spread_is_the_published_one_around_the_typical_person(drug, name):
    """Catches a CV multiplied by the typical value, a CV taken for a variance, and one draw for all."""
    model = REGISTRIES[drug].get(name)
    crowd, typical = draw(model), model(MAN)
    variances = dict(zip(NAMES, PUBLISHED_SPREAD[drug, name], strict=True))
    if name == "eleveld":  # the slow clearances inherit 0.75 of the deviates of their volumes
        variances["q2"] += 0.75**2 * variances["v2"]
        variances["q3"] += 0.75**2 * variances["v3"]
    for parameter, variance in variances.items():
        centre, values = getattr(typical, parameter)[0], getattr(crowd, parameter)
        if centre == 0.0:
            assert not values.any(), parameter
            continue
        logs = np.log(values / centre)
        assert logs.std() == pytest.approx(np.sqrt(variance), rel=0.025, abs=1e-9), parameter
        assert np.median(logs) == pytest.approx(0.0, abs=0.03 * np.sqrt(variance) + 1e-9), parameter


@pytest.mark.parametrize(("registry", "expected"), [(PROPOFOL, 0.775), (REMIFENTANIL, 0.673)])
def test_eleveld_intercompartmental_clearance_follows_the_individual_volume(registry, expected):
    crowd = draw(registry.get("eleveld"))
    correlation = np.corrcoef(np.log(crowd.v2), np.log(crowd.q2))[0, 1]
    assert correlation == pytest.approx(expected, abs=0.02)
    assert abs(np.corrcoef(np.log(crowd.v1), np.log(crowd.cl))[0, 1]) < 0.03


def test_eleveld_remifentanil_ke0_spread_was_a_variance():
    """0.947 is the variance; 1.26 is the coefficient of variation of the same number."""
    log_sd = REMIFENTANIL.get("eleveld").log_sd["ke0"]
    assert log_sd**2 == pytest.approx(0.947, abs=1e-3)
    assert np.sqrt(np.expm1(log_sd**2)) == pytest.approx(1.256, abs=2e-3)


ADULTS = [
    (float(age), sex, float(height), float(weight))
    for age in (18, 30, 50, 70, 85, 92, 101, 107, 110)
    for sex in "FM"
    for height in (140, 155, 170, 190, 210)
    for weight in (30, 45, 70, 100, 150, 200, 250)
]


def refusal_of(model, person: Covariates) -> str:
    """The message a person is refused with, or nothing."""
    try:
        model(person)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("registry", "name"), EVERY_MODEL)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_adult_gets_usable_parameters_or_a_refusal(registry, name):
    model, accepted = registry.get(name), []
    for adult in ADULTS:
        if message := refusal_of(model, Covariates.of(*adult)):
            assert f"{model.drug} model {name}: " in message
            assert "(row 1) is not allowed; it must be positive" in message
        else:
            accepted.append(adult)
    compartments = model(Covariates.of(*map(list, zip(*accepted, strict=True))))
    assert (np.array([compartments.v1, compartments.v2, compartments.v3]) > 1e-3).all()
    assert (compartments.cl > 0.0).all()
    assert (np.array([compartments.q2, compartments.q3]) >= 0.0).all()
    assert np.isfinite(discretise(compartments, 1.0).phi).all()
    refused = len(ADULTS) - len(accepted)
    assert (refused > 0) == (name in {"schnider", "schuttler", "minto", "kim", "joachim"}), refused
    assert refused < len(ADULTS) / 2


@pytest.mark.parametrize(
    ("registry", "name", "person", "parameter"),
    [
        (REMIFENTANIL, "minto", (108, "M", 170, 70), "q3"),
        (PROPOFOL, "schnider", (102, "M", 170, 70), "v2"),
        (PROPOFOL, "schuttler", (93, "M", 170, 70), "cl"),
        (REMIFENTANIL, "kim", (110, "F", 140, 30), "v2"),
        (PROPOFOL, "schnider", (40, "F", 150, 170), "lean mass"),
        (REMIFENTANIL, "minto", (40, "F", 150, 170), "lean mass"),
        (NOREPINEPHRINE, "joachim", (40, "F", 150, 170), "lean mass"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_non_positive_parameters_are_refused_by_name_and_row(registry, name, person, parameter):
    age, sex, height, weight = person
    pair = Covariates.of([40, age], ["M", sex], [170, height], [70, weight])
    with pytest.raises(ValueError, match=rf"model {name}: {parameter} -?[\d.e-]+ .*\(row 2\)"):
        registry.get(name)(pair)


def test_height_in_metres_is_refused_not_clipped():
    """(w/h)² with h in metres gives a lean mass of -200,000 kg, which clipping would hide."""
    with pytest.raises(ValueError, match=r"height: 1\.7 .* 40 to 230 cm"):
        Covariates.of(40, "M", 1.7, 70)
    smuggled = Covariates(*(np.array([value]) for value in (40.0, 0.0, 1.7, 70.0)))
    with (
        pytest.warns(UserWarning, match="James"),
        pytest.raises(ValueError, match="minto: lean mass -"),
    ):
        REMIFENTANIL.get("minto")(smuggled)


def test_james_lean_mass_beyond_its_turning_point_warns():
    with pytest.warns(UserWarning, match=r"schnider uses James .* body mass index of 43"):
        PROPOFOL.get("schnider")(Covariates.of(40, "M", 165, 118))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PROPOFOL.get("schnider")(Covariates.of(40, "M", 165, 117))


@pytest.mark.parametrize("name", ["li", "beloeil"])
def test_norepinephrine_has_its_clinical_strength(name):
    """0.1 µg/kg/min raises pressure by 15-30 mmHg; a misplaced decimal gave 0.5, another pairing 64."""
    compartments = NOREPINEPHRINE.get(name)(MAN)
    concentration = plasma(compartments, infuse(compartments, 0.1 * 70.0 / 60.0, 1e6, 1))
    assert 15.0 < pressor_effect(concentration)[0] < 30.0


@pytest.mark.parametrize(("dose", "rise"), [(0.05, 7.5), (0.1, 22.0), (0.2, 49.0)])
def test_norepinephrine_dose_response_of_the_septic_model(dose, rise):
    compartments = NOREPINEPHRINE.get("beloeil")(MAN)
    concentration = plasma(compartments, infuse(compartments, dose * 70.0 / 60.0, 1e6, 1))
    assert pressor_effect(concentration)[0] == pytest.approx(rise, abs=0.5)


def test_norepinephrine_distribution_does_not_vary_with_a_deviate_of_its_own():
    """Only V1, V2 and CL have a published spread; replacing Q by its deviate makes every Q about 1 L/min."""
    crowd, typical = draw(NOREPINEPHRINE.get("li"), 100), NOREPINEPHRINE.get("li")(MAN)
    assert np.array_equal(crowd.q2, np.full(100, typical.q2[0]))
    assert typical.q2[0] == pytest.approx(0.6)
    assert typical.lag[0] == pytest.approx(13.7)


def test_a_deviate_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"remifentanil model minto: deviate 'c50' is not allowed; v1, v2"):
        REMIFENTANIL.get("minto")(MAN, {"c50": np.zeros(1)})
