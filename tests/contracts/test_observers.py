"""One contract over every observer: it streams what it declares, to a patient alone as in the batch."""

from __future__ import annotations

import numpy as np
import pytest

from predictors import OBSERVERS
from sim import theatre
from sim.arrays import map_arrays
from sim.interfaces import Orders
from sim.theatre import Theatre
from sim.theatre.rollout import cases

SIZE = 6
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


def observed(observer, numbers) -> list[dict[str, np.ndarray]]:
    """Estimates over a case dosed by a script."""
    room = Theatre(orders="targets", horizon=7200.0, faults=("bis_dropout",))
    case = cases(room, seed=5, numbers=numbers)
    mind, (state, seen) = observer.initial(case.patient.covariates), theatre.begin(room, case)
    size, found = len(case.keys), []
    for number in range(90):
        before = map_arrays(np.copy, mind)
        after, estimates = observer.update(mind, seen.readings)
        map_arrays(lambda a, b: np.testing.assert_array_equal(a, b), mind, before)
        mind = after
        found.append(dict(estimates))
        infusions = np.array([[2.0 + number / 45.0], [3.0], [0.05]]) * np.ones(size)
        state, seen = theatre.turn(room, case, state, Orders(infusions, np.zeros((3, size))))
    return found


@pytest.mark.parametrize("name", OBSERVERS)
def test_an_observer_streams_what_it_declares_alike_alone_and_in_the_batch(name):
    observer = OBSERVERS.get(name)()
    many, one = observed(observer, SIZE), observed(observer, np.array([4]))
    for batch, single in zip(many, one, strict=True):
        assert set(batch) == set(observer.estimates)
        for key, (low, high, unit) in observer.estimates.items():
            assert isinstance(unit, str)
            assert batch[key].shape == (SIZE,)
            assert np.isfinite(batch[key]).all()
            assert ((batch[key] >= low) & (batch[key] <= high)).all(), key
            np.testing.assert_allclose(single[key][0], batch[key][4], rtol=1e-9, atol=1e-12)
