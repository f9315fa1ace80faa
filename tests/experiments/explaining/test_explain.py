"""What networks learned is read back rightly: from linear models, from the surface itself, and from the observers."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from scipy.linalg import expm

from experiments.explain import Explanation, main
from experiments.explaining import attribution, dose_response, influence, plans, undisturbed
from experiments.explaining.attribution import Moments
from experiments.explaining.depth import named_observers
from experiments.running.command_line import run
from experiments.sites import SITES, simulated
from predictors import OBSERVERS
from predictors.depth.now.lee2018 import STEPS
from predictors.depth.phases import last_propofol
from predictors.learning.watching import INTERVAL, watch
from sim.arrays import map_arrays, take
from sim.covariates import Covariates
from sim.monitors import bis as bis_monitor
from sim.pharmacokinetics import compartments as pk
from sim.randomness import case_keys

NAMES = ("lee2018", "dose_history", "forecaster")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Networks that have learned nothing, as files."""
    folder = tmp_path_factory.mktemp("random")
    torch.manual_seed(3)
    for name in NAMES:
        network = OBSERVERS.get(name).network()
        tensors = {key: tensor.numpy() for key, tensor in network.state_dict().items()}
        save_file(tensors, str(folder / f"{name}.safetensors"))
        config = {"architecture": name, "network": {}, "stretch": [0.4, 1.3]}
        (folder / f"{name}.json").write_text(json.dumps(config))
    return [str(folder / f"{name}.safetensors") for name in NAMES]


@pytest.fixture(scope="module")
def observers(weights):
    return {name.split("/")[1]: one for name, one in named_observers(tuple(weights)).items()}


@pytest.fixture(scope="module")
def short_cases():
    """40 minutes instead of three hours, and fewer moments of each case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attribution, "MOMENTS", 3)
        patch.setattr(simulated, "HORIZONS", (2400.0,))
        yield


@pytest.fixture
def one_site(monkeypatch):
    monkeypatch.setattr(undisturbed, "MIX", {"tuned": 1.0})


@pytest.fixture
def short_hour(monkeypatch):
    """Twenty minutes of every infusion."""
    samples = 120
    for name in ("STEADY_QUESTIONS", "BOLUS_QUESTIONS"):
        late = [replace(each, rates=each.rates[-samples:]) for each in getattr(dose_response, name)]
        monkeypatch.setattr(dose_response, name, tuple(late))
    monkeypatch.setattr(plans, "HOUR", samples)


@pytest.fixture(scope="module")
def moments(short_cases):
    return attribution.moments("tuned", 2, 5)


def test_attribution_of_a_linear_model_is_its_weights():
    rng = np.random.default_rng(0)
    slope = torch.as_tensor(rng.normal(size=(STEPS, 2)))
    rates = torch.as_tensor(rng.uniform(size=(3, STEPS, 2)))

    def linear(rates, chosen):
        return 40.0 + (rates * slope).sum((1, 2))

    gradient = attribution.gradient(linear, rates)
    np.testing.assert_allclose(gradient, slope.expand(3, -1, -1))
    attributed, whole = attribution.integrated(linear, rates)
    np.testing.assert_allclose(attributed, rates * slope, rtol=1e-5)
    np.testing.assert_allclose(attributed.sum((1, 2)), whole)


def test_true_influence_is_the_slope_of_the_surface_times_the_impulse_response_of_the_effect_site():
    keys = case_keys(1, np.arange(1))
    person = Covariates.of(60, "M", 170, 70)
    patient = undisturbed.patients("recorded", person, keys)
    rates = np.zeros((1, STEPS, 2))
    rates[..., 0] = 0.12  # mg/s
    own = map_arrays(torch.as_tensor, patient)
    nothing = torch.zeros(0, 2, 1, dtype=torch.float64)
    begun = torch.ones(STEPS, 1, dtype=torch.float64)
    at = Moments(own, map_arrays(torch.as_tensor, person), nothing, torch.as_tensor(rates), begun)
    found = attribution.gradient(attribution.true_model(at), at.rates)[0, :, 0].numpy()[::-1]

    c, s = take(map_arrays(lambda a: a[0] if a.ndim == 2 else a, patient.kinetics), 0), patient.hypnosis
    k10, k12, k13, k21, k31 = (
        x / 60 for x in (c.cl / c.v1, c.q2 / c.v1, c.q3 / c.v1, c.q2 / c.v2, c.q3 / c.v3)
    )
    ke = c.ke0 / 60
    system = np.array(
        [
            [-k10 - k12 - k13, k21, k31, 0, 1],
            [k12, -k21, 0, 0, 0],
            [k13, 0, -k31, 0, 0],
            [ke / c.v1, 0, 0, -ke, 0],
            [0, 0, 0, 0, 0],
        ]
    )
    hold = expm(system * INTERVAL)
    pulse, amount = [], hold[:4, 4]
    for _ in range(STEPS):
        pulse.append(amount[3])
        amount = hold[:4, :4] @ amount
    response = np.array(pulse)  # of the effect site, by intervals since 1 mg/s for 10 s
    effect = 0.12 * np.cumsum(response)[::-1]  # newest first
    dose = effect / s.c50_propofol
    gamma = np.where(dose > 1.0, s.gamma_deep, s.gamma_light)
    slope = -s.emax * gamma * dose ** (gamma - 1.0) / (1.0 + dose**gamma) ** 2 / s.c50_propofol
    kernel = bis_monitor.kernel(patient.delay, INTERVAL)[:, 0]
    expected = [
        sum(kernel[age] * slope[age] * response[lag - age] for age in range(min(lag + 1, len(kernel))))
        for lag in range(STEPS - len(kernel))
    ]
    np.testing.assert_allclose(found[: len(expected)], expected, rtol=1e-6, atol=1e-9)


def test_the_undisturbed_patients_are_those_of_the_cases_until_surgery_begins(short_cases):
    cases = SITES.get("tuned").cases(2, 5)
    patient = undisturbed.patients("tuned", cases.person, case_keys(5, np.arange(2)))
    rates = np.stack([cases["propofol"], cases["remifentanil"]], axis=1)
    _, true = undisturbed.infuse(patient, pk.empty(patient.kinetics), rates)
    quiet = int((cases["phase"] > 0.0).argmax(axis=0).min()) - 1  # samples before anybody is intubated
    assert quiet >= 12
    np.testing.assert_allclose(true[1 : quiet + 1], cases.label("truth")[:quiet], atol=0.01)


@pytest.mark.parametrize("name", ["lee2018", "dose_history"])
def test_what_is_differentiated_is_what_the_observer_says(observers, moments, short_cases, name):
    cases = SITES.get("tuned").cases(2, 5)
    end = np.linspace(STEPS, last_propofol(cases), attribution.MOMENTS).round().astype(int)
    said = watch(observers[name], cases)["bis"][end, np.arange(2)].ravel()
    model = attribution.model_of(observers[name], moments)
    with torch.no_grad():
        np.testing.assert_allclose(model(moments.rates, torch.arange(len(said))), said, rtol=1e-5)


def test_the_true_model_differentiates_what_the_monitor_shows(moments):
    whole = torch.cat([moments.before, moments.rates.permute(1, 2, 0)])
    _, true = undisturbed.infuse(moments.patient, pk.empty(moments.patient.kinetics), whole)
    shown = undisturbed.shown(moments.patient, true)[-1]
    chosen = torch.arange(len(moments.rates))
    np.testing.assert_allclose(attribution.true_model(moments)(moments.rates, chosen), shown, atol=1e-6)
    assert (attribution.gradient(attribution.true_model(moments), moments.rates) <= 0.0).all()


def test_integrated_gradients_are_complete_and_random_weights_are_others(observers, moments):
    for observer in (observers["lee2018"], observers["dose_history"]):
        model = attribution.model_of(observer, moments)
        attributed, whole = attribution.integrated(model, moments.rates)
        np.testing.assert_allclose(attributed.sum((1, 2)), whole, atol=0.05)
        other = attribution.model_of(attribution.randomised(observer, 0), moments)
        own, others = (attribution.gradient(one, moments.rates) for one in (model, other))
        assert not torch.allclose(own, others, rtol=0.1)


def test_scores_of_the_truth_itself_and_of_its_opposite():
    rng = np.random.default_rng(0)
    gradient, dose = -rng.uniform(0.1, 1.0, (4, STEPS, 2)), rng.uniform(1.0, 2.0, (4, STEPS, 2))
    attributed = gradient * dose
    true = influence.Influence(gradient, dose, attributed, attributed.sum((1, 2)))
    against = influence.Influence(-gradient, dose, -attributed, -attributed.sum((1, 2)) + 1.0)
    random = {f"{name} randomised {k}": true for name in "ab" for k in range(influence.RANDOM_DRAWS)}
    table = influence.scores({"patients": true, "a": true, "b": against, **random}, {"a": None, "b": None})
    same, opposite = table[table["predictor"] == "a"].iloc[0], table[table["predictor"] == "b"].iloc[0]
    assert same[["spearman", "spearman_integrated", "sign_agreement", "strength"]].tolist() == pytest.approx(
        [1.0] * 4
    )
    assert opposite[["spearman", "sign_agreement", "strength"]].tolist() == pytest.approx([-1.0, 0.0, -1.0])
    assert (same["completeness_error"], opposite["completeness_error"]) == (0.0, pytest.approx(1.0))


def test_more_planned_propofol_never_raises_a_forecast_or_the_index(observers, short_hour):
    forecaster = observers["forecaster"]
    torch.nn.init.normal_(forecaster.network.response.weight)
    found = plans.effects({"forecaster": forecaster}, 8, 2)
    table = plans.summary(found).set_index("source")
    assert (table["falling_share"] == 1.0).all()
    assert (table["largest_rise"] < 1e-9).all()
    assert found["forecaster"].shape == found["patients"].shape
    assert (found["forecaster"][-1] < -0.1).all()
    assert table.loc["patients", "ratio_300s"] == pytest.approx(1.0)


def test_true_curves_fall_and_boluses_act_after_the_delay():
    curves = dose_response.curves({}, 8, 2)
    table = dose_response.summary(curves).set_index(["source", "curve"])
    assert table.loc[("patients", "propofol"), "falling_share"] == 1.0
    assert table.loc[("patients", "propofol"), "fall"] > 50.0
    assert 60.0 < table.loc[("patients", "bolus awake"), "lowest_at"] < 400.0
    assert table.loc[("patients", "bolus awake"), "fall"] > 20.0
    awake = curves[(curves["source"] == "patients") & (curves["curve"] == "bolus awake")]
    assert awake["bis"].iloc[0] == pytest.approx(0.0, abs=0.5)


def test_the_largest_rise_and_the_share_that_falls_are_counted():
    assert dose_response.falling(np.array([50.0, 40.0, 43.0, 43.0, 30.0])) == {
        "falling_share": 0.75,
        "largest_rise": 3.0,
    }


@pytest.mark.slow
def test_the_command_runs_from_weights_to_the_figure(
    weights, short_cases, short_hour, one_site, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(influence, "RANDOM_DRAWS", 1)
    monkeypatch.setattr(attribution, "MOMENTS", 2)
    monkeypatch.setattr(attribution, "PATH", 4)
    out = tmp_path / "out"
    run(main, Explanation, ["--weights", *weights, "--patients", "4", "--out", str(out)])
    written = {"config.json", "summary.json", "explained.png"}
    written |= {f"{name}.csv" for name in ("dose_response", "plans", "influence", "scores")}
    assert {path.name for path in out.iterdir()} == written
    assert len(pd.read_csv(out / "scores.csv")) == 4
    assert "sign_agreement" in capsys.readouterr().out
    lags = pd.read_csv(out / "influence.csv").query("source == 'patients' and drug == 'propofol'")
    assert lags["lag"].max() == (STEPS - 1) * INTERVAL
    assert 20.0 <= lags["lag"].iloc[lags["gradient"].argmin()] <= 300.0


def test_a_forecaster_alone_is_explained_too(
    weights, short_cases, short_hour, one_site, tmp_path, monkeypatch
):
    monkeypatch.setattr(attribution, "PATH", 2)
    monkeypatch.setattr(attribution, "MOMENTS", 1)
    out = tmp_path / "out"
    run(main, Explanation, ["--weights", weights[-1], "--patients", "1", "--out", str(out)])
    assert (out / "explained.png").exists()
    assert pd.read_csv(out / "scores.csv").empty


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--weights", "missing.safetensors"], "weights: missing.safetensors is not known"),
        (["--weights", "GIVEN", "GIVEN"], "is there twice; once is allowed"),
        (["--weights", "GIVEN", "--patients", "0"], "patients: 0 is not allowed; 1 or more"),
        (["--weights", "GIVEN", "--seed", "-1"], "seed: -1 is not allowed; 0 to 999999"),
        (["--task", "weather"], "task: unknown name 'weather'"),
    ],
)
def test_bad_options_are_refused_in_one_line_and_nothing_is_written(weights, tmp_path, capsys, options, line):
    options = [weights[0] if word == "GIVEN" else word for word in options]
    refused([*options, "--out", str(tmp_path / "out")], line, capsys)
    assert not (tmp_path / "out").exists()


def test_without_captum_the_way_to_install_it_is_named(weights, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    arguments = ["--weights", weights[0], "--out", str(tmp_path / "out")]
    refused(arguments, "captum: not installed; pip install", capsys)
    assert not (tmp_path / "out").exists()


def refused(arguments, line, capsys):
    with pytest.raises(SystemExit) as stop:
        run(main, Explanation, arguments)
    assert stop.value.code == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert errors[0].startswith("error: ")
    assert line in errors[0]
