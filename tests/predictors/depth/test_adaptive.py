"""The adaptive filter: on patients made of its own model it must find them, and know how sure it may be."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from predictors.depth.adaptive import (
    BASELINE,
    DISTURBANCE,
    SENSITIVITY,
    AdaptiveFilter,
    AdaptiveState,
    Settings,
)
from predictors.depth.forecasts import HORIZONS, QUANTILES, expected_name, quantile_name
from sim.covariates import Covariates
from sim.interfaces import PROPOFOL, REMIFENTANIL
from sim.pharmacokinetics import compartments as pk
from sim.pumps import assumed_kinetics
from tests.seen import seen

PERIOD = 10.0
SAMPLES = 360  # an hour
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def people(count):
    random = np.random.default_rng(0)
    sex = np.where(random.uniform(size=count) < 0.5, "F", "M")
    return Covariates.of(random.uniform(25, 75, count), sex, 168.0, random.uniform(50, 90, count))


def doses(person, samples=SAMPLES, seed=1):
    """Induction, then infusions that change every ten minutes, (samples, 3, patients); mg and µg a period."""
    random = np.random.default_rng(seed)
    steps = np.repeat(random.uniform(4.0, 9.0, (samples // 60 + 1, len(person.age))), 60, axis=0)[:samples]
    out = np.zeros((samples, 3, len(person.age)))
    out[:, PROPOFOL] = PERIOD * steps * person.weight / 3600.0
    out[:6, PROPOFOL] += 1.5 * person.weight / 6.0
    out[:, REMIFENTANIL] = PERIOD * 0.1 * person.weight / 60.0
    return out


def effects(settings, person, given):
    """Effect sites of the filter's population, (samples, 2, patients), by one exact step a sample."""
    kinetics = assumed_kinetics(person, "eleveld", "minto")
    ke0 = kinetics.ke0.copy()
    ke0[PROPOFOL] = settings.ke0
    kinetics = replace(kinetics, ke0=ke0)
    step, drugs, out = pk.discretise(kinetics, PERIOD), pk.empty(kinetics), []
    for infused in given:
        drugs = pk.step(step, drugs, infused[:2] / PERIOD)
        out.append(drugs[3])
    return np.array(out)


def index(settings, effect, sensitivity, awake):
    """The model written down a second time: an additive sigmoid, sensitivity as a factor on propofol."""
    potency = (
        sensitivity * effect[:, PROPOFOL] / settings.c50 + effect[:, REMIFENTANIL] / settings.c50_remifentanil
    )
    return awake / (1.0 + potency**settings.gamma)


def fading(random, sd, kept, count, samples=SAMPLES):
    """Independent deviations that fade and are renewed, (samples, patients), stationary with this SD."""
    out = np.empty((samples, count))
    now = sd * random.standard_normal(count)
    for sample in range(samples):
        now = kept * now + sd * np.sqrt(1.0 - kept**2) * random.standard_normal(count)
        out[sample] = now
    return out


def watched(observer, person, given, shown):
    """Follow readings (samples, patients), NaN is none; return the estimates by name, and all states."""
    state, said, states = observer.initial(person), [], []
    for infused, bis in zip(given, shown, strict=True):
        valid = np.isfinite(bis)
        state, estimates = observer.update(state, seen(np.nan_to_num(bis), valid, infused, len(person.age)))
        said.append(estimates)
        states.append(state)
    return {name: np.array([one[name] for one in said]) for name in said[0]}, states


def test_it_finds_the_sensitivity_of_noise_free_patients_of_its_own_kind():
    settings, person = Settings(sensitivity_drift=0.01), people(9)
    true = np.linspace(0.5, 1.8, 9)
    given = doses(person)
    shown = index(settings, effects(settings, person, given), true, settings.awake)
    said, states = watched(AdaptiveFilter(settings=settings), person, given, shown)
    np.testing.assert_allclose(np.exp(states[-1].mean[SENSITIVITY]), true, rtol=0.05)
    assert (np.abs(states[0].mean[SENSITIVITY]) < 0.1).all()  # it began at the average
    np.testing.assert_allclose(said["bis"][60:], shown[60:], atol=2.0)


def test_it_finds_the_awake_index_before_any_drug():
    settings, person = Settings(), people(3)
    shown = np.tile([88.0, 93.0, 98.0], (60, 1))
    said, states = watched(AdaptiveFilter(), person, np.zeros((60, 3, 3)), shown)
    np.testing.assert_allclose(said["bis"][-1], shown[-1], atol=1.0)
    together = states[-1].mean[BASELINE] + states[-1].mean[DISTURBANCE]
    np.testing.assert_allclose(together, shown[-1], atol=1.0)
    assert (np.diff(states[-1].mean[BASELINE]) > 0.5).all()
    np.testing.assert_allclose(
        np.exp(states[-1].mean[SENSITIVITY]), 1.0, atol=0.01
    )  # nothing to learn it from
    assert settings.awake == 95.0


def test_without_disturbance_the_forecast_is_the_model_minutes_later():
    """A patient exactly as average, pumps going on: the forecast is what the closed form says will be seen.

    From 20 min after the last change on, when the average of five minutes, too, is the present rate.
    """
    settings, person = Settings(), people(4)
    given = doses(person)
    given[120:] = given[120]
    settled = 240
    effect = effects(settings, person, given)
    shown = index(settings, effect, 1.0, settings.awake)
    said, _ = watched(AdaptiveFilter(), person, given, shown)
    for horizon in HORIZONS:
        ahead = round(horizon / PERIOD)
        found = said[expected_name(horizon)][settled : SAMPLES - ahead]
        np.testing.assert_allclose(found, shown[settled + ahead :], atol=1.0)


@pytest.fixture(scope="module")
def crowd():
    """80 patients drawn from the filter's own model, with all its noises, and what the filter said of them."""
    settings, person, random = Settings(), people(80), np.random.default_rng(5)
    given = doses(person)
    sensitivity = settings.sensitivity_sd * random.standard_normal(80) + np.cumsum(
        settings.sensitivity_drift * np.sqrt(PERIOD / 3600.0) * random.standard_normal((SAMPLES, 80)), axis=0
    )
    off = fading(random, settings.off_site_sd, np.exp(-settings.ke0 * PERIOD / 60.0), 80)
    disturbance = fading(random, settings.disturbance_sd, np.exp(-PERIOD / settings.disturbance_time), 80)
    effect = effects(settings, person, given)
    effect[:, PROPOFOL] = np.maximum(effect[:, PROPOFOL] + off, 0.0)
    awake = settings.awake + settings.awake_sd * random.standard_normal(80)
    shown = index(settings, effect, np.exp(sensitivity), awake) + disturbance
    shown += settings.reading_sd * random.standard_normal(shown.shape)
    shown[random.uniform(size=shown.shape) < 0.1] = np.nan
    return shown, *watched(AdaptiveFilter(), person, given, shown)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_its_80_percent_intervals_cover_about_80_percent(crowd, horizon):
    shown, said, _ = crowd
    ahead = round(horizon / PERIOD)
    low, high = (said[quantile_name(horizon, quantile)][60:-ahead] for quantile in (0.1, 0.9))
    later = shown[60 + ahead :]
    inside = ((later >= low) & (later <= high))[np.isfinite(later)]
    assert 0.74 < inside.mean() < 0.86
    middle = said[quantile_name(horizon, 0.5)][60:-ahead]
    above = (later > middle)[np.isfinite(later)]
    assert 0.42 < above.mean() < 0.58


def test_learning_the_patient_beats_the_average_one(crowd):
    shown, said, states = crowd
    settings = Settings()
    drugs = np.array([pk.effect_site(state.drugs) for state in states])
    average = index(settings, drugs, 1.0, settings.awake)[60:-12]
    later = shown[72:]
    own = said[expected_name(120)][60:-12]
    assert np.nanmean((later - own) ** 2) < 0.6 * np.nanmean((later - average) ** 2)


def test_what_it_believes_stays_possible(crowd):
    """The covariance is symmetric and has no negative direction, however long it has run."""
    _, _, states = crowd
    for state in [*states[::30], states[-1]]:
        covariance = np.moveaxis(state.covariance, -1, 0)
        assert np.isfinite(covariance).all()
        scale = np.abs(covariance).max(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(covariance / scale, covariance.transpose(0, 2, 1) / scale, atol=1e-9)
        assert (np.linalg.eigvalsh(covariance) > -1e-9).all()
        assert (covariance[:, range(4), range(4)] > 0.0).all()


def test_a_correction_is_the_one_of_kalman(crowd):
    """In information form, with slopes found by shifting each unknown a little: another way to the same belief."""
    _, _, states = crowd
    observer, state = AdaptiveFilter(), states[90]
    effect, shown = pk.effect_site(state.drugs), np.linspace(30.0, 70.0, 80)
    mean, covariance = observer._correct(state.mean, state.covariance, effect, seen(shown, size=80))
    expected, _ = observer._index(state.mean, effect)
    shifts = 1e-5 * np.eye(4)[:, :, None]
    rise = [
        observer._index(state.mean + one, effect)[0] - observer._index(state.mean - one, effect)[0]
        for one in shifts
    ]
    for patient in range(0, 80, 9):
        slopes = np.array(rise)[:, patient] / 2e-5
        prior = np.linalg.inv(state.covariance[..., patient])
        information = prior + np.outer(slopes, slopes) / observer.settings.reading_sd**2
        np.testing.assert_allclose(covariance[..., patient], np.linalg.inv(information), rtol=1e-5)
        gain = covariance[..., patient] @ slopes / observer.settings.reading_sd**2
        surprise = shown[patient] - expected[patient]
        np.testing.assert_allclose(mean[:, patient], state.mean[:, patient] + gain * surprise, rtol=1e-5)


def test_quantiles_never_cross(crowd):
    _, said, _ = crowd
    for horizon in HORIZONS:
        rows = np.array([said[quantile_name(horizon, quantile)] for quantile in QUANTILES])
        assert (np.diff(rows, axis=0) >= 0.0).all()


def spread(state: AdaptiveState):
    return state.covariance[range(4), range(4)]


def test_a_reading_narrows_what_is_believed_and_a_missing_one_only_widens_it():
    person = people(4)
    given = doses(person, 120)
    shown = np.full((120, 4), 45.0)
    shown[60:, 1:] = np.nan
    said, states = watched(AdaptiveFilter(), person, given, shown)
    for before, after in itertools.pairwise(states[60:]):
        assert (spread(after)[:, 1:] >= spread(before)[:, 1:] - 1e-12).all()
        np.testing.assert_array_equal(after.mean[SENSITIVITY, 1:], before.mean[SENSITIVITY, 1:])
        assert (np.abs(after.mean[DISTURBANCE, 1:]) <= np.abs(before.mean[DISTURBANCE, 1:])).all()
    assert (spread(states[-1])[:, 0] < spread(states[-1])[:, 1]).all()
    width = said[quantile_name(60, 0.9)] - said[quantile_name(60, 0.1)]
    assert (width[-1, 1:] > 1.1 * width[59, 1:]).all()


def test_settings_that_are_no_positive_numbers_are_refused():
    for value in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"gamma: .* is not allowed; a positive number"):
            Settings(gamma=value)


def test_an_unknown_kinetic_model_is_refused():
    with pytest.raises(ValueError, match="propofol model: unknown name 'x'"):
        AdaptiveFilter(propofol="x").initial(people(2))
