"""Learning still learns: networks beat what knows nothing, and refits find the parameters that made the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictors.depth import adaptive
from predictors.depth.adaptive import ADAPTIVE, TUNED, AdaptiveFilter, Settings, forecast_error
from predictors.depth.forecaster import FORECASTER
from predictors.depth.now.dose_history import DOSE_HISTORY
from predictors.depth.now.lee2018 import LEE2018
from predictors.depth.now.surface import FITTED, SURFACE_REFITTED, RefittedSurface, few
from predictors.depth.phases import scored
from predictors.learning import network
from predictors.learning.contract import Course, Recipe
from predictors.learning.watching import INTERVAL, watch
from tests.depth_folder import simulated_cases
from tests.predictors.depth.drawn import altered

LENGTH = 2400.0  # s
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def toy():
    """Doses without a reason, so that a few cases are enough to see what they do."""
    return [simulated_cases("wandering", count, seed, LENGTH) for count, seed in ((16, 1), (8, 2))]


@pytest.fixture
def fitted(monkeypatch):
    """The curves of the descents that have been made."""
    seen, real = [], network.descend
    monkeypatch.setattr(network, "descend", lambda *args: seen.append(real(*args)) or seen[-1])
    return seen


@pytest.mark.parametrize(
    ("predictor", "epochs"), [(DOSE_HISTORY, 40), (FORECASTER, 15)], ids=["dose_history", "forecaster"]
)
def test_learning_still_learns(predictor, epochs, toy, fitted):
    """Some epochs on sixteen cases beat what knows nothing: the mean index, and persistence."""
    train, validation = toy
    predictor.learn(Course(train, validation, Recipe(epochs=epochs, step=1e-2)))
    curve, best = fitted[0].curve, dict(fitted[0].curve)[fitted[0].best]
    assert best < 0.9 * curve[0][1]
    if predictor is DOSE_HISTORY:
        spread = np.nanstd(np.where(scored(validation), validation["bis"], np.nan))
        assert best < 0.8 * spread


def test_lee2018_learns_from_windows(toy, fitted, monkeypatch):
    monkeypatch.setattr("predictors.depth.now.lee2018.PER_EPOCH", 2500)
    learned = LEE2018.learn(Course(*toy, Recipe(epochs=4)))
    spread = np.nanstd(np.where(scored(toy[1]), toy[1]["bis"], np.nan))
    assert dict(fitted[0].curve)[fitted[0].best] < 0.9 * spread
    assert learned.tensors["mean"][0] == pytest.approx(toy[0].person.age.mean(), rel=1e-6)


def test_training_twice_with_one_seed_gives_the_same_weights(toy):
    few_cases = [cases.select(np.arange(4)).shortened(1000.0) for cases in toy]
    one, two = (DOSE_HISTORY.learn(Course(*few_cases, Recipe(epochs=1))).tensors for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


def test_a_refitted_surface_finds_the_parameters_that_made_the_data(toy):
    true = RefittedSurface(c50_propofol=3.2, c50_remifentanil=14.0, gamma=1.8, e0=94.0, emax=90.0, ke0=0.3)
    cases = toy[0].select(np.arange(6)).shortened(1500.0)
    made = altered(cases, bis=lambda bis: watch(true, cases)["bis"].astype(float))
    found = SURFACE_REFITTED.learn(Course(made, made, Recipe()))
    assert found.notes == {"fitted_cases": 6}
    for name in FITTED:
        assert found.tensors[name] == pytest.approx(getattr(true, name), rel=0.02), name
    again = SURFACE_REFITTED.learn(Course(made, made, Recipe(), begin=found.tensors))
    assert again.tensors["gamma"] == pytest.approx(true.gamma, rel=0.02)


def test_tuning_the_filter_lowers_the_error_of_its_forecasts_and_no_other_setting(toy, monkeypatch):
    monkeypatch.setattr(adaptive, "EVALUATIONS", 20)
    cases, told = toy[0].select(np.arange(4)).shortened(1000.0), []
    found = ADAPTIVE.learn(Course(cases, cases, Recipe(), progress=told.append))
    settings = Settings(**{name: float(value) for name, value in found.tensors.items()})
    before, after = (
        forecast_error(AdaptiveFilter(), cases),
        forecast_error(AdaptiveFilter(settings=settings), cases),
    )
    assert after < before
    assert found.notes["training_rmse"] == pytest.approx(after, rel=1e-6)
    assert replace(settings, **{name: getattr(Settings(), name) for name in TUNED}) == Settings()
    assert max(told) <= 1.0


def test_a_handful_of_parameters_is_fitted_to_a_part_of_the_cases(toy, monkeypatch):
    monkeypatch.setattr("predictors.depth.now.surface.FITTING_CASES", 5)
    monkeypatch.setattr("predictors.depth.now.surface.FITTING_SECONDS", 600.0)
    one, same, other = (few(toy[0], seed) for seed in (0, 0, 1))
    assert one.count == 5
    assert one.samples(INTERVAL).max() == 60
    assert one.who.tolist() == same.who.tolist() != other.who.tolist()
