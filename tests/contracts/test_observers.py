"""One contract over every observer: it streams what it declares, to a patient alone as in the batch."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from predictors import OBSERVERS
from sim import theatre
from sim.arrays import check_patients, map_arrays
from sim.covariates import Covariates
from sim.interfaces import Orders, Readings
from sim.theatre import Theatre
from sim.theatre.rollout import cases

SIZE = 6
TYPICAL = Covariates.of([25, 40, 70], ["F", "M", "F"], [165, 175, 158], [60, 78, 66])
IN_SINGLE_PRECISION = ("belief", "mortality")  # dozens of plans at every decision; an hour at every minute
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


@cache
def shown(*numbers: int) -> tuple[Covariates, list[Readings]]:
    """Who lies there and what is shown of cases dosed by a script: whoever watches, the same."""
    room = Theatre(orders="targets", horizon=7200.0, faults=("bis_dropout",), waves=("eeg", "ppg"))
    case = cases(room, seed=5, numbers=np.array(numbers))
    state, seen = theatre.begin(room, case)
    size, found = len(numbers), [seen.readings]
    for number in range(41):
        infusions = np.array([[2.0 + number / 20.0], [3.0], [0.05]]) * np.ones(size)
        state, seen = theatre.turn(room, case, state, Orders(infusions, np.zeros((3, size))))
        found.append(seen.readings)
    return case.patient.covariates, found


def observed(observer, *numbers: int) -> list[dict[str, np.ndarray]]:
    """Estimates over these cases; what is known and shown, and the memory, are left as they were."""
    person, readings = shown(*numbers)
    given = map_arrays(np.copy, (person, readings))
    mind, found = observer.initial(person), []
    for number, seen in enumerate(readings):
        looked_at = number % 7 == 0  # copies cost more than some updates
        before = map_arrays(np.copy, mind) if looked_at else None
        after, estimates = observer.update(mind, seen)
        if looked_at:
            map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), mind, before)
        mind = after
        found.append(dict(estimates))
    check_patients(mind, len(numbers))
    map_arrays(np.testing.assert_array_equal, (person, readings), given)
    return found


@pytest.mark.parametrize("name", OBSERVERS)
def test_an_observer_streams_what_it_declares_alike_alone_and_in_the_batch(name):
    observer = OBSERVERS.get(name)()
    many, one = observed(observer, *range(SIZE)), observed(observer, 4)
    single = name in IN_SINGLE_PRECISION or getattr(observer, "waves", ())  # waveforms have it, too
    alike = 1e-5 if single else 1e-9
    for batch, lonely in zip(many, one, strict=True):
        assert set(batch) == set(observer.estimates)
        for key, (low, high, unit) in observer.estimates.items():
            assert isinstance(unit, str)
            assert batch[key].shape == (SIZE,)
            assert np.isfinite(batch[key]).all()
            assert ((batch[key] >= low) & (batch[key] <= high)).all(), key
            np.testing.assert_allclose(lonely[key][0], batch[key][4], rtol=alike, atol=1e-12)


def test_a_planning_observer_answers_in_the_shape_and_order_that_it_declares():
    planners = [one for name in OBSERVERS if hasattr(one := OBSERVERS.get(name)(), "forecast_each")]
    assert planners
    for observer in planners:
        horizons, quantiles = np.array(observer.horizons), np.array(observer.quantiles)
        assert (np.diff(horizons) > 0.0).all()
        assert (np.diff([0.0, *quantiles, 1.0]) > 0.0).all()
        room = Theatre(horizon=7200.0)
        mind, _ = observer.update(
            observer.initial(TYPICAL), theatre.begin(room, cases(room, numbers=3))[1].readings
        )
        minutes = int(np.ceil(horizons[-1] / 60.0))
        plans = np.full((minutes + 1, 2, minutes, 3), 0.1)
        for minute in range(minutes):
            plans[minute, :, minute:] = 1.0  # more from this minute on; the last plan has no such minute
        found = observer.forecast_each(mind, plans)
        assert found.shape == (minutes + 1, 1 + len(quantiles), len(horizons), 3)
        assert (np.diff(found[:, 1:], axis=1) >= 0.0).all()
        for minute in range(minutes):  # doses act at the horizons after them, and at no other
            same = np.abs(found[minute] - found[-1]).max(axis=(0, 2)) < 1e-6
            np.testing.assert_array_equal(same, horizons <= 60.0 * minute)


@pytest.mark.parametrize("name", [name for name in OBSERVERS if name not in ("persistence", "trend")])
def test_an_observer_that_believes_something_of_people_warns_outside_them(name):
    child = Covariates.of([5], ["F"], [110], [18])
    with pytest.warns(UserWarning, match="outside the people it was built on: age "):
        OBSERVERS.get(name)().initial(child)
