"""The fit of the circulation: the search, what its parameters mean, the table it ships."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.circulation import fitting
from experiments.circulation.fitting import START, CirculationFit, named, residuals, side_by_side
from experiments.circulation.gauss_newton import search
from experiments.circulation.replaying import STROKE, population
from experiments.loop.playing import Attended, Playback
from sim.covariates import Covariates
from sim.pharmacodynamics import hemodynamics
from sim.pharmacodynamics.recorded_circulation import TABLE, of_parameters, parameters_of, read_circulation
from sim.randomness import case_keys
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate


def test_the_search_finds_the_least_squares_of_a_curved_problem():
    def misfit(x):
        return np.array([30.0 * (x[1] - 0.3 * x[0] ** 2), 20.0 * (2.0 - x[0]), x[2]])

    said = []
    np.testing.assert_allclose(search(misfit, 3, 20, said.append), [2.0, 1.2, 0.0], atol=0.05)
    sums = [float(line.split()[-1]) for line in said]
    assert sums[0] == pytest.approx(1600.0)
    assert sums[-1] < 1.0


def test_a_search_without_iterations_stays_where_it_begins():
    np.testing.assert_array_equal(search(lambda x: x + 1.0, 2, 0, lambda line: None), 0.0)


def test_parameters_of_the_population_mean_what_they_say():
    values = named(np.array([start for start, _ in START.values()]))
    values |= {"awake_pressure": 94.0, "awake_rate": 71.0, "pressure_log_sd": 0.11, "rate_log_sd": 0.16}
    model = population(values)
    person = Covariates.of([50], "M", 170, 70)
    circulation = model(person)
    vitals = hemodynamics.vital_signs(
        circulation,
        hemodynamics.awake(circulation),
        hemodynamics.Drive(*[np.zeros(1)] * 3, *[np.ones(1)] * 3),
    )
    assert vitals.mean_arterial_pressure[0] == pytest.approx(94.0)
    assert vitals.heart_rate[0] == pytest.approx(71.0)
    assert vitals.stroke_volume[0] == pytest.approx(STROKE)
    crowd = Covariates.of(np.full(20_000, 50.0), "M", 170, 70)
    normals = np.random.default_rng(1).normal(size=(9, 20_000))
    drawn = model(crowd, model.deviations(normals) | {"tpr_c50_propofol": np.zeros(20_000)})
    assert np.log(drawn.hr0).std() == pytest.approx(0.16, rel=0.02)
    pressure = np.log(drawn.tpr0 * drawn.sv0 * drawn.hr0 ** values["rate_compensated"])
    assert pressure.std() == pytest.approx(0.11, rel=0.03)


def test_a_spread_is_never_negative():
    below = named(np.array([start - 50.0 * step for start, step in START.values()]))
    assert all(below[name] > 0.0 for name in fitting.SPREADS)


def test_residuals_count_in_tolerances():
    wanted = {
        name: np.zeros((13, 5) if "by_minute" in name else np.size(np.array(tolerance)))
        for name, tolerance in fitting.TOLERANCE.items()
    }
    found = {name: values + np.array(fitting.TOLERANCE[name]) for name, values in wanted.items()}
    off = residuals(wanted, found)
    assert off[: 13 * 5] == pytest.approx((3.0 / 13.0) ** 0.5)
    assert off[-1] == pytest.approx(1.0)
    table = side_by_side(wanted, found)
    assert len(table) == sum(values.size for values in wanted.values())


def test_the_shipped_table_is_what_its_model_says_and_its_card_tells():
    model = read_circulation()
    content = json.loads(TABLE.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(parameters_of(model))) == content["parameters"]
    assert of_parameters(content["parameters"]) == model
    card = TABLE.with_suffix(".md").read_text(encoding="utf-8")
    assert "python -m experiments.circulation.fitting" in card
    assert "VitalDB" in card


def test_a_table_that_is_none_is_refused(tmp_path):
    path = tmp_path / "circulation_recorded.json"
    path.write_text('{"parameters": {"tpr0": 1.0}}')
    with pytest.raises(ValueError, match="holds no circulation model"):
        read_circulation(path)


@pytest.mark.parametrize(("option", "value"), [("iterations", -1), ("minutes", 5.0)])
def test_options_that_make_no_sense_are_refused(option, value):
    with pytest.raises(ValueError, match=f"{option}: {value:g} is not allowed"):
        CirculationFit(**{option: value})


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_low_pressure_is_treated_by_hand_and_rates_are_those_of_the_record():
    """Twice the usual dose for an hour; who watches for 80 mmHg treats, who watches for 5 never does."""
    room = Theatre(orders="rates", horizon=1800.0, surgery="none", noise=False)
    case = cases(room, seed=5, numbers=6)
    rates = np.zeros((180, 3, 6)) + np.array([[0.3], [0.4], [0.0]])
    watched, left = (simulate(room, case, Attended(Playback(rates), limit, 0.0)) for limit in (80.0, 5.0))
    np.testing.assert_allclose(watched.propofol[1:], left.propofol[1:])
    assert not left.ephedrine.any()
    assert not left.phenylephrine.any()
    treated = watched.ephedrine + watched.phenylephrine > 0.0
    assert treated.any()
    assert (watched.mean_arterial_pressure[-1] >= left.mean_arterial_pressure[-1]).all()
    for patient in range(6):
        when = watched.time[treated[:, patient]]
        assert (np.diff(when) >= 240.0 - 1e-6).all()
        low = watched.measured_pressure[:, patient] < 80.0
        for moment in when:
            sample = round(moment / 10.0)
            assert low[sample - 9 : sample].all()


def test_who_treats_is_the_same_alone_as_in_a_crowd():
    keys = case_keys(1, np.arange(3))
    agent = Attended(Playback(np.zeros((1, 3, 3))), 60.0)
    assert agent.orders == "rates"
    assert (agent.initial(Covariates.of([40, 50, 60], "F", 165, 60), keys).keys == keys).all()
