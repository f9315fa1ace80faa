"""Loads on the circulation: they come, last and go as said, in whom they are said to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sim.arrays import map_arrays
from sim.randomness import case_keys
from sim.surgery import CLOSING, EVENTS, INCISION, loads, plan
from sim.surgery.loads import Event

KEYS = case_keys(5, np.arange(3000))
INCISED, CLOSED = np.full(3000, 1800.0), np.full(3000, 9000.0)
EVENT = Event("an hour of it", (10.0, 10.0), (60.0, 60.0), 0.2, 0.1, growth=0.05, rebound=-0.1)


def test_a_load_settles_in_5_minutes_grows_and_is_gone_a_minute_after_its_end():
    planned = EVENT.loads("it", KEYS, INCISED, CLOSED)
    size = planned.resistance[0] / 0.2
    for time, resistance, rate in (
        (2400.0, 0.0, 0.0),
        (2550.0, 0.5 * (0.2 + 0.05 * 150.0 / 3600.0), 0.05),
        (4200.0, 0.2 + 0.05 / 2.0, 0.1),
        (6000.0, 0.2 + 0.05, 0.1),
        (6400.0, -0.1, 0.0),
        (6700.0, 0.0, 0.0),
    ):
        # the rebound begins when the load ends, and settles as slowly as any
        found = loads.at(planned, np.full(3000, time))
        np.testing.assert_allclose(np.log(found[0]), size * resistance, atol=1e-9)
        np.testing.assert_allclose(np.log(found[1]), size * rate, atol=1e-9)
    assert np.median(size) == pytest.approx(1.0, rel=0.03)
    assert np.log(size).std() == pytest.approx(loads.SPREAD, rel=0.05)


def test_no_load_is_a_factor_of_one():
    for factor in loads.at(loads.nothing(2), np.array([0.0, 5000.0])):
        np.testing.assert_array_equal(factor, 1.0)


def test_numpy_and_torch_agree():
    planned, time = EVENT.loads("it", KEYS, INCISED, CLOSED), np.linspace(0.0, 8000.0, 3000)
    tensors = loads.at(map_arrays(torch.from_numpy, planned), torch.from_numpy(time))
    for one, other in zip(tensors, loads.at(planned, time), strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-12)


def test_random_surgeries_have_each_event_as_often_as_it_says():
    drawn = plan("random", KEYS, 10800.0).loads
    row = 0
    for name in EVENTS:
        has = (drawn.resistance[row] != 0.0).mean()
        assert has == pytest.approx(EVENTS.get(name).chance, abs=0.03), name
        row += len(EVENTS.get(name).loads(name, KEYS[:1], INCISED[:1], CLOSED[:1]).begins)
    assert row == len(drawn.begins)


def test_a_named_event_happens_to_everybody_on_top_of_what_is_drawn():
    without, having = plan("random", KEYS, 10800.0), plan("random", KEYS, 10800.0, events=("tourniquet",))
    extra = having.loads.resistance[len(without.loads.resistance) :]
    assert (extra[0] > 0.0).all()
    assert (extra[1] < 0.0).all()
    np.testing.assert_array_equal(having.stimulus, without.stimulus)
    profile = plan("none", KEYS[:3], 3600.0, events=("pneumoperitoneum",))
    middle = loads.at(profile.loads, np.full(3, 3000.0))[0]
    assert (middle > 1.05).all()


def test_an_event_named_twice_or_unknown_is_refused():
    with pytest.raises(ValueError, match="events: traction, traction names one twice"):
        plan("none", KEYS[:1], 3600.0, events=("traction", "traction"))
    with pytest.raises(ValueError, match="event: unknown name 'earthquake'"):
        plan("none", KEYS[:1], 3600.0, events=("earthquake",))


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_lies_within_its_operation_and_moves_something(name):
    event = EVENTS.get(name)
    planned = event.loads(name, KEYS, INCISED, CLOSED)
    assert event.description.endswith(".")
    assert 0.0 <= event.chance <= 1.0
    assert (planned.begins[0] >= INCISED - 1800.0).all()
    assert (planned.ends[0] <= CLOSED).all()
    assert (planned.ends >= planned.begins).all()
    at_work = 0.5 * (planned.begins[0] + planned.ends[0])
    assert (np.abs(np.log(loads.at(planned, at_work)[0])) > 0.01).all()
    alone = event.loads(name, KEYS[[17]], INCISED[:1], CLOSED[:1])
    np.testing.assert_array_equal(alone.resistance[:, 0], planned.resistance[:, 17])


def test_incision_and_closing_are_what_events_go_by():
    planned = plan("random", KEYS, 10800.0, events=("pneumoperitoneum",))
    begins, ends = planned.loads.begins[-1], planned.loads.ends[-1]
    assert (begins >= planned.phase_starts[INCISION] + 240.0).all()
    np.testing.assert_array_equal(ends, planned.phase_starts[CLOSING])
