"""The anaesthetist who titrates remifentanil by the pleth index: up above its band, down below, vital signs apart."""

from __future__ import annotations

import numpy as np
import pytest

from agents.human import by_pleth, rules
from agents.human.anaesthetist import textbook
from agents.human.by_pleth import HIGHEST, LOWEST, READING
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.randomness import case_keys
from tests.seen import seen

SIZE = 4


def readings(index: float, valid: bool = True, rate: float = 70.0, time: float = 0.0) -> Readings:
    shown = vars(seen(50.0, size=SIZE)) | {
        "time": np.full(SIZE, time),
        "signal_quality": np.full(SIZE, 100.0),
        "mean_arterial_pressure": np.full(SIZE, 80.0),
        "pressure_valid": np.ones(SIZE, dtype=bool),
        "heart_rate": np.full(SIZE, rate),
        "heart_rate_valid": np.ones(SIZE, dtype=bool),
        "phase": np.full(SIZE, 4),
        "more": {READING: np.full(SIZE, index), f"{READING}_valid": np.full(SIZE, valid)},
    }
    return Readings(**shown)


def after(agent, minutes: int, **shown) -> np.ndarray:
    """Remifentanil targets after some minutes of the same readings."""
    person = Covariates.of(40, "M", 170, [70.0] * SIZE)
    memory = agent.initial(person, case_keys(1, np.arange(SIZE)))
    for step in range(6 * minutes):
        orders, memory = agent.act(memory, readings(time=10.0 * step, **shown), {})
    return orders.infusions[1]


@pytest.mark.parametrize(("index", "way"), [(HIGHEST + 10.0, 1), (LOWEST - 10.0, -1), (45.0, 0)])
def test_remifentanil_follows_the_index(index, way):
    agent = by_pleth.by_pleth()
    before, later = (after(agent, minutes, index=index) for minutes in (1, 10))
    assert (np.sign(later - before) == way).all()


def test_a_fast_heart_moves_it_not_and_neither_does_an_index_that_is_none():
    agent = by_pleth.by_pleth()
    person = Covariates.of(40, "M", 170, [70.0] * SIZE)
    memory = agent.initial(person, case_keys(1, np.arange(SIZE)))
    for step in range(60):
        calm = step < 6
        shown = readings(45.0 if calm else 90.0, calm, rate=70.0 if calm else 110.0, time=10.0 * step)
        orders, memory = agent.act(memory, shown, {})
    np.testing.assert_array_equal(orders.infusions[1], after(agent, 1, index=45.0))


def test_all_else_is_the_textbook():
    shown = readings(45.0)
    person = Covariates.of(40, "M", 170, [70.0] * SIZE)
    who = textbook().initial(person, case_keys(1, np.arange(SIZE))).clinician
    awake = np.array([[80.0] * SIZE, [70.0] * SIZE])
    mine = by_pleth.signs(rules.Settings(), who, awake, shown)
    theirs = rules.signs(rules.Settings(), who, awake, shown)
    others = [sign for sign in range(8) if sign not in (rules.STRAINED, rules.SLACK)]
    for own, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(own[others], other[others])
