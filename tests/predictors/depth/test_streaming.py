"""Learned observers stream what the networks were trained on: offline and in the loop are one computation.

The networks here have random weights, so that every input matters; what is tested holds for any weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from experiments.depth import sequences, windows
from experiments.sites import simulated as synthetic
from predictors import OBSERVERS
from predictors.depth import exposure, networks
from predictors.depth.adaptive import AdaptiveFilter
from predictors.depth.dose_history import DoseHistoryObserver
from predictors.depth.forecaster import LONGEST, ForecasterObserver
from predictors.depth.forecasts import HORIZONS, QUANTILES, expected_name, quantile_name
from predictors.depth.lee2018 import STEPS, Lee2018Observer
from predictors.depth.surface import RefittedSurface
from predictors.learning.watching import readings, watch
from sim.arrays import take

SAMPLES = 260  # of a case; longer than a window of Lee 2018
CHANGED = 150  # sample from which a case is changed
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def drawn(network, seed=0):
    """A network with random weights in double precision; nothing in it is left at zero."""
    torch.manual_seed(seed)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return network.double().eval()


def lee2018():
    network = drawn(networks.Lee2018())
    network.mean.copy_(torch.tensor([57.0, 0.4, 165.0, 64.0]))
    network.sd.copy_(torch.tensor([14.0, 0.5, 8.0, 11.0]))
    return Lee2018Observer(network)


MAKE = {
    "lee2018": lee2018,
    "dose_history": lambda: DoseHistoryObserver(drawn(networks.DoseHistory(cells=12, units=8)), (0.5, 1.3)),
    "forecaster": lambda: ForecasterObserver(drawn(networks.Forecaster(cells=12, units=8))),
    "adaptive": AdaptiveFilter,
    "surface_refitted": RefittedSurface,
}
SEES_READINGS = {"forecaster", "adaptive"}


@pytest.fixture(scope="module")
def cases():
    """Three simulated patients with noise and dropouts, cut to the same length."""
    whole = synthetic.simulated("recorded_like", 3, seed=7)
    cases = sequences.shortened(whole, SAMPLES)
    cases.bis[40:60, 0] = np.nan
    assert (cases.length == SAMPLES).all()
    return cases


@pytest.fixture(params=MAKE)
def name(request):
    return request.param


def said(observer, cases, junk=None):
    """What an observer says, (samples, estimates, cases), double precision; `junk` is shown where nothing is valid."""
    state, out = observer.initial(cases.person), []
    for _, _, _, seen in readings(cases):
        if junk is not None:
            seen = replace(seen, bis=np.where(seen.bis_valid, seen.bis, junk))
        state, estimates = observer.update(state, seen)
        out.append(list(estimates.values()))
    return np.array(out)


def states(observer, cases, samples):
    """The observer's states after some numbers of samples."""
    state = observer.initial(cases.person)
    for sample, _, _, seen in readings(cases):
        state, _ = observer.update(state, seen)
        if sample + 1 in samples:
            yield state


def test_the_dose_history_in_the_loop_is_the_network_run_over_whole_cases(cases):
    observer = MAKE["dose_history"]()
    with torch.no_grad():
        answer = observer.network(sequences.of_doses(cases).inputs.double())[0].numpy()
    centre, factor = observer.stretch
    expected = np.clip(100.0 * (centre + factor * (answer - centre)), 0.0, 100.0)
    found = watch(observer, cases)["bis"]
    assert np.ptp(found) > 1.0
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_the_forecaster_in_the_loop_is_the_network_run_over_whole_cases(cases):
    observer = MAKE["forecaster"]()
    data = sequences.of_readings(cases)
    level, now, unchanged, _ = data.ahead()
    with torch.no_grad():
        inputs = (tensor.double() for tensor in (data.inputs, level, now, unchanged))
        expected = np.clip(observer.network(*inputs)[0].numpy(), 0.0, 100.0)
    found = watch(observer, cases)
    for at, horizon in enumerate(HORIZONS):
        names = [expected_name(horizon), *(quantile_name(horizon, quantile) for quantile in QUANTILES)]
        for row, one in enumerate(names):
            assert np.ptp(found[one]) > 1.0
            np.testing.assert_allclose(found[one], expected[:, :, at, row], atol=2e-3, err_msg=one)


def test_what_the_forecaster_learns_is_the_index_as_many_seconds_later(cases):
    target = sequences.of_readings(cases).target.numpy()
    for at, horizon in enumerate(HORIZONS):
        ahead = round(horizon / 10.0)
        np.testing.assert_array_equal(target[:-ahead, :, at], cases.bis[ahead:].astype(np.float32))
        assert np.isnan(target[-ahead:, :, at]).all()
    np.testing.assert_array_equal(sequences.of_doses(cases).target.numpy(), cases.bis.astype(np.float32))


def test_pumps_that_are_off_and_stay_off_lead_where_the_plan_says(cases):
    """Two ways to the effect sites at each horizon: minutes ahead in one go, and what was reached step by step."""
    given = np.arange(SAMPLES)[:, None] < 100
    stopped = replace(cases, propofol=cases.propofol * given, remifentanil=cases.remifentanil * given)
    data = sequences.of_readings(stopped)
    _, now, planned, reached = data.ahead()
    after = slice(100, SAMPLES - 30)
    np.testing.assert_allclose(planned[after], reached[after], rtol=1e-4, atol=1e-6)
    assert (planned[100].diff(dim=1) < 0.0).all()
    assert (planned[100, :, 0] < now[100]).all()


def test_cases_that_end_earlier_leave_the_others_alone(cases):
    observer = MAKE["forecaster"]()
    shorter = replace(cases, length=np.array([60, SAMPLES, 200]))
    whole, found = watch(observer, cases), watch(observer, shorter)
    for one, values in found.items():
        inside = np.arange(SAMPLES)[:, None] < shorter.length
        np.testing.assert_array_equal(np.isfinite(values), inside)
        np.testing.assert_allclose(values[inside], whole[one][inside], rtol=1e-6)


def test_lee2018_in_the_loop_reads_each_half_hour_anew(cases):
    observer = lee2018()
    data = windows.of(cases, "cpu", smoothed=False)
    infusions, person = data.read(torch.arange(len(data.end)))
    assert infusions.shape == (STEPS, len(data.end), 2)
    with torch.no_grad():
        expected = 100.0 * observer.network(infusions.double(), person.double()).numpy()
    sample, case = data.end.numpy().T
    assert sample.max() == SAMPLES - 1
    found = watch(observer, cases)["bis"][sample, case]
    assert np.ptp(found) > 1.0
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_lee2018_remembers_half_an_hour_and_nothing_before_it(cases):
    observer = lee2018()
    memory = observer.network.propofol  # becomes a slow sum of the doses, that never forgets by itself
    with torch.no_grad():
        for parameter in memory.parameters():
            parameter.zero_()
        memory.weight_ih_l0[16:24] = 0.1  # gates lie as input, forget, cell, output
        memory.bias_ih_l0[8:16] = 8.0
    other = replace(cases, propofol=cases.propofol.copy())
    other.propofol[10] += 5.0
    changed = np.abs(said(observer, cases) - said(observer, other)).max(axis=(1, 2)) > 1e-6
    assert np.flatnonzero(changed).tolist() == list(range(10, 10 + STEPS))


def test_what_comes_later_changes_nothing_said_before(name, cases):
    later = replace(
        cases, bis=cases.bis.copy(), propofol=cases.propofol.copy(), remifentanil=cases.remifentanil.copy()
    )
    later.bis[CHANGED:] = 20.0
    later.propofol[CHANGED:] += 2.0
    later.remifentanil[CHANGED:] = 0.0
    one, two = (said(MAKE[name](), which) for which in (cases, later))
    np.testing.assert_array_equal(one[:CHANGED], two[:CHANGED])
    assert (np.abs(one[CHANGED + 5] - two[CHANGED + 5]) > 1e-6).all(axis=-1).any()


def test_readings_matter_to_those_who_look_and_to_no_others(name, cases):
    shown = replace(cases, bis=np.where(np.isfinite(cases.bis), 30.0, np.nan))
    same = np.array_equal(said(MAKE[name](), cases), said(MAKE[name](), shown))
    assert same == (name not in SEES_READINGS)


def test_a_patient_alone_is_estimated_as_in_the_batch(name, cases):
    together, alone = said(MAKE[name](), cases), said(MAKE[name](), cases.select(np.array([1])))
    np.testing.assert_allclose(alone[..., 0], together[..., 1], atol=1e-9, rtol=0.0)
    assert np.abs(together[..., 0] - together[..., 1]).max() > 0.1


@pytest.mark.parametrize("junk", [0.0, 1e6, np.nan])
def test_the_value_of_an_invalid_reading_does_not_matter(name, cases, junk):
    assert np.isnan(cases.bis).sum() > 20
    np.testing.assert_array_equal(said(MAKE[name](), cases, junk), said(MAKE[name](), cases))


def test_estimates_are_finite_and_in_their_ranges(name, cases):
    observer = MAKE[name]()
    for one, values in watch(observer, cases).items():
        low, high, _ = observer.estimates[one]
        assert ((values >= low) & (values <= high)).all(), one


@pytest.mark.parametrize("seed", range(3))
def test_quantiles_never_cross(cases, seed):
    observer = ForecasterObserver(drawn(networks.Forecaster(cells=12, units=8), seed))
    for state in states(observer, cases, (1, 30, 200)):
        found = observer.forecast(state, exposure.unchanged(state.exposure, LONGEST))
        assert found.shape == (1 + len(QUANTILES), len(HORIZONS), 3)
        assert (np.diff(found[1:], axis=0) > 0.0).all()


@pytest.mark.parametrize("drug", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_more_planned_drug_never_raises_a_forecast(cases, drug, seed):
    observer = ForecasterObserver(drawn(networks.Forecaster(cells=12, units=8), seed))
    random = np.random.default_rng(seed)
    for state in states(observer, cases, (1, 30, 200)):
        less = random.uniform(0.0, 0.4, (20, 2, LONGEST, 3))
        more = less.copy()
        minute = random.integers(LONGEST, size=20)
        more[np.arange(20), drug, minute] += random.uniform(0.05, 3.0, (20, 3))
        change = observer.forecast_each(state, more) - observer.forecast_each(state, less)
        assert (change < 1e-9).all()
        assert (change[minute == 0] < -1e-6).all()  # given in the first minute it lowers every horizon


def test_many_plans_at_once_are_forecast_as_one_by_one(cases):
    observer = MAKE["forecaster"]()
    (state,) = states(observer, cases, (100,))
    plans = np.random.default_rng(0).uniform(0.0, 1.0, (5, 2, LONGEST, 3))
    together = observer.forecast_each(state, plans)
    assert together.shape == (5, 1 + len(QUANTILES), len(HORIZONS), 3)
    assert np.ptp(together, axis=0).min() > 1e-3
    for plan, found in zip(plans, together, strict=True):
        np.testing.assert_allclose(found, observer.forecast(state, plan), atol=1e-9)
    alone = observer.forecast(take(state, np.array([2])), plans[3, :, :, [2]].transpose(1, 2, 0))
    np.testing.assert_allclose(alone[..., 0], together[3, ..., 2], atol=1e-9)


def test_what_it_says_of_itself_is_the_forecast_of_pumps_going_on_unchanged(cases):
    observer = MAKE["forecaster"]()
    *_, (_, _, _, seen) = readings(cases)
    (state,) = states(observer, cases, (SAMPLES - 1,))
    state, estimates = observer.update(state, seen)
    plan = exposure.unchanged(state.exposure, LONGEST)
    found = np.clip(observer.forecast(state, plan), 0.0, 100.0)
    np.testing.assert_array_equal(estimates["bis_in_300s"], found[0, -1])
    np.testing.assert_array_equal(estimates["bis_in_60s_q10"], found[1, 0])


@pytest.mark.parametrize("kind", ["lee2018", "dose_history", "forecaster"])
def test_another_control_period_than_the_network_learned_at_is_refused(kind):
    with pytest.raises(
        ValueError, match=f"control_period: 5 s is not allowed; the {kind} network learned at 10 s"
    ):
        OBSERVERS.get(kind)(control_period=5.0)


def test_an_observer_for_another_control_period_cannot_watch_recorded_cases(cases):
    with pytest.raises(ValueError, match="a control period of 5"):
        watch(AdaptiveFilter(control_period=5.0), cases)
