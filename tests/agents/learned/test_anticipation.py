"""Wishes move freely, dials follow beyond a dead zone; what is announced is shown."""

from __future__ import annotations

import numpy as np
import pytest

from agents.learned import anticipation
from agents.learned.anticipation import ANNOUNCED, FEATURES, FORECASTS, begin, look, turn
from sim.surgery import EMERGENCE, MAINTENANCE, PREPARATION

ZONE = np.array([0.4, 0.8, 0.01])


def seen(minute=10.0, phase=MAINTENANCE, announced=0.0, event=180.0):
    names = ("bis", "mean_arterial_pressure", "heart_rate", "age", "weight", "height")
    numbers = dict(zip(names, (50.0, 80.0, 70.0, 50.0, 70.0, 170.0), strict=True))
    nominal = ("effect_propofol", "plasma_propofol", "effect_remifentanil")
    numbers |= {f"estimated_{name}": 3.0 for name in nominal} | {
        name: centre for name, centre, _ in FORECASTS
    }
    numbers |= {"bis_valid": 1.0, "female": 0.0, "phase": phase, "time": minute}
    numbers |= {"announced": announced, "next_event": event}
    return {name: np.array([float(value)]) for name, value in numbers.items()}


def moved(*actions, zone=ZONE, reference=None):
    memory, dials = begin(seen()), []
    for action in actions:
        memory, _ = turn(memory, np.array([action]), seen(), zone, reference)
        dials.append(memory.dial[:, 0].tolist())
    return dials, memory


def test_small_wishes_add_up_until_the_dial_follows():
    dials, memory = moved((0.2, 0, 0), (0.2, 0, 0), (0.0, 0, 0))  # 0.3 µg/mL each
    np.testing.assert_allclose(dials, [[3.0, 3.0, 0.0], [3.6, 3.0, 0.0], [3.6, 3.0, 0.0]])
    assert memory.running.settings[0, 0] == pytest.approx(3.6)


def test_a_wish_that_comes_back_has_turned_nothing():
    dials, _ = moved((0.2, 0.25, 0), (-0.2, -0.25, 0))
    assert dials[-1] == [3.0, 3.0, 0.0]


def test_wishes_stay_in_the_range_that_all_agents_have():
    dials, _ = moved(*[(1.0, 1.0, 1.0)] * 20)
    np.testing.assert_allclose(dials[-1], [8.0, 10.0, 0.3], atol=0.8)
    dials, _ = moved(*[(-1.0, -1.0, -1.0)] * 20, zone=np.zeros(3))
    assert dials[-1] == [0.5, 0.0, 0.0]


def test_emergence_stops_propofol_and_remifentanil_not_norepinephrine():
    _, memory = moved((0, 0, 0.5))
    memory, turned = turn(memory, np.zeros((1, 3)), seen(phase=EMERGENCE), ZONE)
    assert memory.dial[:, 0].tolist() == [0.0, 0.0, 0.03]
    assert turned[:, 0].tolist() == [True, True, False]


def test_beside_a_reference_wishes_depart_from_it_anew_each_time():
    reference = np.array([[4.0], [2.0], [0.1]])
    dials, _ = moved((1.0, 0, 0), (0.0, 0, 0), zone=np.zeros(3), reference=reference)
    np.testing.assert_allclose(dials, [[5.5, 2.0, 0.1], [4.0, 2.0, 0.1]])


def test_an_announced_event_is_shown_by_how_near_it_is_and_what_it_ends():
    far, _ = look(begin(seen()), seen(phase=PREPARATION))
    near, _ = look(begin(seen()), seen(phase=PREPARATION, announced=1.0, event=45.0))
    assert far.shape == (1, FEATURES)
    assert (far[0, -ANNOUNCED:] == 0.0).all()
    np.testing.assert_allclose(near[0, -ANNOUNCED:], [1.0, np.exp(-0.75), 0.0, 0.75, 0.0, 0.0], rtol=1e-6)


def test_groups_are_withheld_by_name():
    shown = anticipation.columns(("forecast",))
    assert shown.sum() == FEATURES - len(FORECASTS)
    assert not shown[-ANNOUNCED - len(FORECASTS) : -ANNOUNCED].any()
    assert anticipation.columns(("memory",)).sum() == FEATURES - len(anticipation.REMEMBERED)
    with pytest.raises(ValueError, match="without: 'luck' is not allowed; memory, forecast, announced"):
        anticipation.columns(("luck",))
