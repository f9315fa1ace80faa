"""An observer beside cases sees what monitors would have shown: held, aged, marked as missing; and nothing later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from predictors.learning import watching
from predictors.learning.cases import Cases, Signal
from predictors.learning.watching import BEFORE, INTERVAL, follow, readings, watch
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.surgery import EMERGENCE, MAINTENANCE

SAMPLES = 6
NONE = np.nan
SHOWN = {
    "bis": [NONE, 90.0, NONE, NONE, 50.0, 40.0],
    "pressure": [80.0, NONE, NONE, 70.0, NONE, NONE],
    "heart_rate": [NONE, NONE, NONE, 60.0, NONE, 66.0],
}
HELD = {
    "bis": [BEFORE["bis"], 90.0, 90.0, 90.0, 50.0, 40.0],
    "pressure": [80.0, 80.0, 80.0, 70.0, 70.0, 70.0],
    "heart_rate": [BEFORE["heart_rate"]] * 3 + [60.0, 60.0, 66.0],
}
READ = {"bis": "bis", "pressure": "mean_arterial_pressure", "heart_rate": "heart_rate"}
PHASE = [0, 0, MAINTENANCE, MAINTENANCE, EMERGENCE, EMERGENCE]


def course(values, second=0.0):
    """The same course in two cases, the second higher by a constant."""
    return Signal(np.asarray(values, dtype=float)[:, None] + second * np.arange(2.0), INTERVAL)


def two(length=(SAMPLES, SAMPLES), **signals):
    """Two cases under both drugs, with further signals by name."""
    doses = {"propofol": course(0.1 * np.arange(SAMPLES), 1.0), "remifentanil": course([0.2] * SAMPLES)}
    person = Covariates.of([40, 60], ["F", "M"], [160, 180], [55, 90])
    names = np.array(["a", "b"])
    return Cases(names, names, person, INTERVAL * np.array(length), doses | signals)


def whole():
    shown = {name: course(values, 1.0) for name, values in SHOWN.items()}
    return two(**shown, phase=course(PHASE))


def each(cases, field):
    """A field of every reading, (samples, ...)."""
    return np.array([getattr(seen, field) for *_, seen in readings(cases)])


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_missing_repeats_the_last_value_and_says_so(name):
    cases, field = whole(), READ[name]
    np.testing.assert_array_equal(each(cases, field)[:, 0], HELD[name])
    known = np.maximum.accumulate(np.isfinite(SHOWN[name]))
    np.testing.assert_array_equal(each(cases, field)[:, 1], HELD[name] + known)
    valid = each(cases, {"pressure": "pressure_valid"}.get(name, f"{name}_valid"))
    assert valid.dtype == bool
    np.testing.assert_array_equal(valid, np.isfinite(cases[name]))


def test_a_held_pressure_grows_older_and_one_never_measured_is_as_old_as_the_case():
    assert each(whole(), "pressure_age")[:, 0].tolist() == [0.0, 10.0, 20.0, 0.0, 10.0, 20.0]
    never = whole().with_signals(pressure=course([NONE] * 4 + [75.0, NONE]))
    assert each(never, "pressure_age")[:, 0].tolist() == [10.0, 20.0, 30.0, 40.0, 0.0, 10.0]


def test_the_quality_of_the_signal_is_none_while_the_index_is_hidden():
    quality, valid = each(whole(), "signal_quality"), each(whole(), "bis_valid")
    np.testing.assert_array_equal(quality, np.where(valid, 100.0, 0.0))


def test_the_phase_the_clock_and_the_doses_are_those_of_the_interval_that_ends():
    cases = whole()
    np.testing.assert_array_equal(each(cases, "phase"), np.stack([PHASE, PHASE], axis=1))
    assert each(cases, "time")[:, 0].tolist() == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    infused = each(cases, "infused")
    assert infused.shape == (SAMPLES, 3, 2)
    np.testing.assert_allclose(infused[:, 0], INTERVAL * cases["propofol"])
    np.testing.assert_allclose(infused[:, 1], INTERVAL * cases["remifentanil"])
    assert (infused[:, 2] == 0.0).all()


@pytest.mark.parametrize("name", SHOWN)
def test_a_signal_that_the_cases_do_not_have_is_never_valid(name):
    valid = {"pressure": "pressure_valid"}.get(name, f"{name}_valid")
    assert not each(two(), valid).any()
    np.testing.assert_array_equal(each(two(), READ[name]), BEFORE[name])
    assert each(two(), "pressure_age")[:, 1].tolist() == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]


def test_without_a_phase_the_surgeons_have_said_nothing():
    assert (each(two(), "phase") == 0).all()


def test_no_reading_is_ever_without_a_number():
    for cases in (two(), whole()):
        for *_, seen in readings(cases):
            shown = {name: getattr(seen, name) for name in Readings.__dataclass_fields__}
            more = [*shown.pop("more").values(), *shown.pop("waves").values()]
            assert all(np.isfinite(values).all() for values in (*shown.values(), *more))


@pytest.mark.parametrize("name", ["bis", "pressure", "heart_rate", "phase", "propofol"])
def test_a_signal_of_another_rate_is_refused_by_name(name):
    strange = whole().with_signals(**{name: Signal(np.ones((30, 2)), 2.0)})
    with pytest.raises(ValueError, match=f"{name}: an interval of 2 s is not allowed; 10 s"):
        next(readings(strange))


@dataclass(frozen=True)
class Count:
    """Counts readings and remembers the highest index; a patient's memory must stay his."""

    control_period: float = 10.0
    estimates: ClassVar = {"readings": (0.0, 1000.0, ""), "highest": (0.0, 100.0, "")}

    def initial(self, covariates):
        return {"readings": 0.0 * covariates.age, "highest": 0.0 * covariates.age}

    def update(self, state, readings):
        state = {
            "readings": state["readings"] + 1.0,
            "highest": np.maximum(state["highest"], readings.bis),
        }
        return state, state


def test_watching_keeps_what_is_said_at_every_sample_until_a_case_ends():
    cases = replace(whole(), length=INTERVAL * np.array([SAMPLES, 4]))
    said = watch(Count(), cases)
    assert set(said) == {"readings", "highest"}
    np.testing.assert_array_equal(said["readings"][:, 0], np.arange(1, SAMPLES + 1))
    np.testing.assert_array_equal(said["readings"][:, 1], [1, 2, 3, 4, NONE, NONE])
    np.testing.assert_array_equal(said["highest"][:, 0], np.maximum.accumulate(HELD["bis"]))
    assert list(watch(Count(), cases, ("highest",))) == ["highest"]


def test_cases_that_are_over_leave_and_the_others_keep_their_own_memory(monkeypatch):
    monkeypatch.setattr(watching, "BLOCK", 2)
    cases = whole().select(np.array([0, 1, 0, 1]))
    cases = replace(cases, length=INTERVAL * np.array([2, 6, 4, 5]))
    running = [(sample, present.tolist(), left) for sample, present, left, _ in readings(cases)]
    assert [present for _, present, _ in running[::2]] == [[0, 1, 2, 3], [1, 2, 3], [1, 3]]
    assert [left for *_, left in running] == [False, False, True, False, True, False]
    together = watch(Count(), cases)
    for case in range(4):
        alone = watch(Count(), cases.select(np.array([case])))
        for name, values in alone.items():
            np.testing.assert_array_equal(together[name][: len(values), case], values[:, 0])
            assert np.isnan(together[name][len(values) :, case]).all()


def test_a_step_may_answer_with_more_than_one_number_a_patient():
    def step(state, seen):
        return state, {"doses": seen.infused, "time": seen.time}

    found = follow(step, (), replace(whole(), length=INTERVAL * np.array([SAMPLES, 3])))
    assert found["doses"].shape == (SAMPLES, 3, 2)
    assert np.isnan(found["doses"][3:, :, 1]).all()
    np.testing.assert_allclose(found["doses"][:, 1, 0], 2.0)
    np.testing.assert_array_equal(found["time"][:, 0], INTERVAL * np.arange(1, SAMPLES + 1))


def test_an_observer_for_another_control_period_cannot_watch():
    with pytest.raises(ValueError, match=r"a control period of 5\.0 s is not allowed; 10\.0 s"):
        watch(Count(control_period=5.0), whole())
