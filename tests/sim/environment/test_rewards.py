"""Reward terms against hand-worked periods."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim.environment.env import AnesthesiaEnv, AnesthesiaVectorEnv
from sim.environment.rewards import DEFAULT_WEIGHTS, TERMS, Period, evaluate, weighted
from sim.surgery import EMERGENCE, INCISION, INDUCTION, INTUBATION, MAINTENANCE
from sim.truth import Truth
from tests.plugged import plug


def period(
    bis=50.0, pressure=80.0, phase=MAINTENANCE, unconscious=1.0, delivered=(0.0, 0.0, 0.0), lost=False
):
    """One patient of 60 kg in one control period."""
    one = np.ones(1)
    truth = Truth(
        bis * one,
        pressure * one,
        70.0 * one,
        5.0 * one,
        np.zeros((3, 1)),
        np.zeros((3, 1)),
        unconscious * one,
        one,
    )
    return Period(truth, np.array([phase]), np.array(delivered)[:, None] * one, 60.0 * one, np.array([lost]))


CASES = [
    ("depth", {"bis": 50.0}, 0.0),
    ("depth", {"bis": 40.0}, -0.2),
    ("depth", {"bis": 95.0}, -0.9),
    ("depth", {"bis": 95.0, "phase": EMERGENCE}, 0.0),
    ("depth", {"bis": 95.0, "phase": INDUCTION}, -0.9),
    ("in_range", {"bis": 40.0}, 1.0),
    ("in_range", {"bis": 60.0}, 1.0),
    ("in_range", {"bis": 60.1}, 0.0),
    ("in_range", {"bis": 39.9}, 0.0),
    ("in_range", {"bis": 50.0, "phase": EMERGENCE}, 0.0),
    ("awareness", {"bis": 70.0, "unconscious": 0.75, "phase": INCISION}, -0.25),
    ("awareness", {"bis": 70.0, "unconscious": 0.75, "phase": INTUBATION}, -0.25),
    ("awareness", {"bis": 60.0, "unconscious": 0.0}, 0.0),
    ("awareness", {"bis": 95.0, "unconscious": 0.0, "phase": INDUCTION}, 0.0),
    ("awareness", {"bis": 95.0, "unconscious": 0.0, "phase": EMERGENCE}, 0.0),
    ("hypotension", {"pressure": 65.0}, 0.0),
    ("hypotension", {"pressure": 55.0}, -0.5),
    ("hypertension", {"pressure": 110.0}, 0.0),
    ("hypertension", {"pressure": 130.0}, -1.0),
    ("propofol", {"delivered": (0.1, 9.0, 9.0)}, -0.6),  # 0.1 mg/s is 6 mg/kg/h
    ("remifentanil", {"delivered": (9.0, 0.25, 9.0)}, -1.0),  # 0.25 µg/s is 0.25 µg/kg/min
    ("norepinephrine", {"delivered": (9.0, 9.0, 0.05)}, -0.5),  # 0.05 µg/s is 0.05 µg/kg/min
    ("recovery", {"bis": 80.1, "phase": EMERGENCE}, 1.0),
    ("recovery", {"bis": 80.0, "phase": EMERGENCE}, 0.0),
    ("recovery", {"bis": 95.0, "phase": MAINTENANCE}, 0.0),
    ("lost", {"lost": True}, -1.0),
    ("lost", {"lost": False}, 0.0),
]


@pytest.mark.parametrize(("name", "what", "expected"), CASES)
def test_a_term_has_its_hand_worked_value(name, what, expected):
    assert TERMS.get(name)(period(**what))[0] == pytest.approx(expected, abs=1e-12)


def test_every_term_is_worked_by_hand_here():
    assert {name for name, _, _ in CASES} == set(TERMS)


def test_the_reward_is_the_weighted_sum_of_its_terms():
    weights = {"depth": 2.0, "hypotension": 0.5, "lost": 100.0}
    reward, terms = evaluate(weighted(weights), period(bis=40.0, pressure=45.0, lost=True))
    assert {name: float(value[0]) for name, value in terms.items()} == pytest.approx(
        {"depth": -0.4, "hypotension": -0.5, "lost": -100.0}
    )
    assert reward[0] == pytest.approx(-100.9)


def test_without_terms_the_reward_is_zero():
    reward, terms = evaluate(weighted({}), period())
    assert reward.tolist() == [0.0]
    assert terms == {}


def test_a_good_anesthetic_earns_more_than_a_bad_one_by_default():
    def earned(**what):
        return evaluate(weighted(DEFAULT_WEIGHTS), period(**what))[0][0]

    assert earned(bis=50) > earned(bis=39) > earned(bis=20)
    assert earned(bis=50) > earned(bis=50, pressure=50)
    assert earned(bis=90, phase=EMERGENCE) > earned(bis=50, phase=EMERGENCE)
    assert earned(bis=50, lost=True) < -90.0


def test_bad_weights_are_refused():
    with pytest.raises(ValueError, match=f"reward term: unknown name 'x'; allowed are {', '.join(TERMS)}"):
        weighted({"x": 1.0})
    for weight in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"reward: weight .* of 'depth' is not allowed; a finite number"):
            weighted({"depth": weight})
    weighted(DEFAULT_WEIGHTS)


def test_a_registered_term_is_weighted_like_any_other(monkeypatch):
    def warm(what):
        """1 for a pressure of 80 mmHg, less beside it."""
        return 1.0 - np.abs(what.truth.mean_arterial_pressure - 80.0) / 80.0

    plug(monkeypatch, TERMS, "warm", warm)
    env = AnesthesiaEnv(reward={"warm": 2.0, "depth": 1.0}, horizon=100.0)
    env.reset(seed=1)
    _, reward, _, _, info = env.step(np.array([5.0, 0.1]))
    pressure = info["truth"]["mean_arterial_pressure"]
    assert info["reward_terms"]["warm"] == pytest.approx(2.0 - abs(pressure - 80.0) / 40.0)
    assert reward == pytest.approx(sum(info["reward_terms"].values()))


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (lambda period: 1.0, "has shape None, which is not allowed; (2,)"),
        (lambda period: period.delivered, "has shape (3, 2), which is not allowed; (2,)"),
        (lambda period: np.array([1.0, np.nan]), "is not finite, which is not allowed; numbers"),
    ],
)
def test_a_users_term_that_is_no_number_for_each_patient_is_named(term, message, monkeypatch):
    plug(monkeypatch, TERMS, "mine", term)
    env = AnesthesiaVectorEnv(2, reward={"depth": 1.0, "mine": 2.0}, horizon=60.0)
    env.reset(seed=1)
    with pytest.raises(ValueError, match=re.escape(f"reward term 'mine' {message}")):
        env.step(np.zeros((2, 2)))


def test_what_is_no_function_is_no_term(monkeypatch):
    plug(monkeypatch, TERMS, "mine", 3.0)
    with pytest.raises(ValueError, match=r"reward term 'mine': 3\.0 is not allowed; a function of a Period"):
        AnesthesiaVectorEnv(2, reward={"mine": 1.0})
