"""One contract over every surgery: a well-formed timeline for each case, the same alone as in a batch."""

from __future__ import annotations

import numpy as np
import pytest

from sim.arrays import map_arrays, take
from sim.randomness import case_keys
from sim.surgery import PHASES, SURGERIES, Surgery, bleeding_at, phase_at, plan, stimulus_at

HORIZON, SIZE = 10800.0, 40
KEYS = case_keys(3, np.arange(SIZE))


@pytest.mark.parametrize("name", SURGERIES)
def test_a_surgery_is_well_formed(name):
    planned = plan(name, KEYS, HORIZON, 0.5)
    assert isinstance(planned, Surgery)
    assert planned.times.shape == planned.stimulus.shape == (len(planned.times), SIZE)
    assert planned.blunted.shape == (SIZE,)
    assert planned.phase_starts.shape == (len(PHASES), SIZE)
    events = planned.bleeding_starts, planned.bleeding_ends, planned.bleeding_rates
    assert len({array.shape for array in events}) == 1
    assert events[0].shape[-1] == SIZE
    map_arrays(lambda array: np.testing.assert_array_equal(np.isfinite(array), True), planned)
    assert (np.diff(planned.times, axis=0) >= 0.0).all()
    assert (planned.phase_starts[0] == 0.0).all()
    assert ((planned.blunted >= 0.0) & (planned.blunted <= 1.0)).all()
    assert (planned.bleeding_ends >= planned.bleeding_starts).all()


@pytest.mark.parametrize("name", SURGERIES)
def test_a_surgery_answers_at_any_time(name):
    planned = plan(name, KEYS, HORIZON, 0.5)
    last = np.zeros(SIZE)
    for time in np.arange(0.0, 2.0 * HORIZON, 300.0):
        phase = phase_at(planned, np.full(SIZE, time))
        assert ((phase >= last) & (phase < len(PHASES))).all()
        last = phase
        for answer in (stimulus_at, bleeding_at):
            assert answer(planned, np.full(SIZE, time)).shape == (SIZE,)
            assert np.isfinite(answer(planned, np.full(SIZE, time))).all()


@pytest.mark.parametrize("name", SURGERIES)
def test_a_case_has_its_surgery_alone_as_in_the_batch(name):
    crowd, alone = plan(name, KEYS, HORIZON, 0.5), plan(name, KEYS[[17]], HORIZON, 0.5)
    map_arrays(np.testing.assert_array_equal, take(crowd, np.array([17])), alone)
