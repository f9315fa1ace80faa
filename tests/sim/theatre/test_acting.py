"""Whoever doses is held to what an agent must offer and a pump could give, in one line with the agent's name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from agents.fixed_targets import FixedTargets
from sim.interfaces import Orders
from sim.theatre import Theatre
from sim.theatre.acting import check
from sim.theatre.rollout import cases, simulate

ROOM = Theatre(orders="targets", horizon=20.0)
CASE = cases(ROOM, numbers=2)
NOTHING = np.zeros((3, 2))
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


class Odd:
    """An agent that answers as it is told."""

    orders = "targets"

    def __init__(self, answer: Any):
        self.answer = answer

    def initial(self, covariates, keys):
        return ()

    def act(self, state, readings, estimates):
        return self.answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "act returned NoneType, which is not allowed; (Orders, state)"),
        (3.0, "act returned float 3.0, which is not allowed; (Orders, state)"),
        (Orders(NOTHING, NOTHING), "act returned Orders, which is not allowed; (Orders, state)"),
        (({}, ()), "act returned tuple ({}, ()), which is not allowed; (Orders, state)"),
        (
            (Orders([[1.0] * 2] * 3, NOTHING), ()),
            "orders.infusions: list [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]] is not",
        ),
        ((Orders(NOTHING, 0.0), ()), "orders.boluses: float 0.0 is not allowed; an array of shape (3, 2)"),
        ((Orders(NOTHING[:2], NOTHING), ()), "orders.infusions: shape (2, 2) is not allowed; (3, 2)"),
        ((Orders(NOTHING, NOTHING, NOTHING), ()), "orders.pressors: shape (3, 2) is not allowed; (2, 2)"),
        (
            (Orders(NOTHING > 0.0, NOTHING), ()),
            "orders.infusions: values of type bool are not allowed; numbers",
        ),
        (
            (Orders(NOTHING * np.nan, NOTHING), ()),
            "orders.infusions: nan is not allowed; 0 to 50 µg/mL of propofol",
        ),
        (
            (Orders(NOTHING + 1e12, NOTHING), ()),
            "orders.infusions: 1000000000000.0 is not allowed; 0 to 50 µg/mL",
        ),
        (
            (Orders(NOTHING, NOTHING + 900.0), ()),
            "orders.boluses: 900.0 is not allowed; 0 to 800 µg of norepinephrine",
        ),
        (
            (Orders(NOTHING, NOTHING, NOTHING[:2] + 101.0), ()),
            "orders.pressors: 101.0 is not allowed; 0 to 100 mg of",
        ),
    ],
)
def test_an_answer_that_is_no_order_is_refused_with_the_name_of_the_agent(answer, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (compared to the letter below)
        simulate(ROOM, CASE, Odd(answer))
    assert str(refused.value).startswith(f"agent Odd: {message}")
    assert "\n" not in str(refused.value)


class Silent:
    """What somebody forgot to finish."""

    def initial(self, covariates, keys):
        return ()


class Unsure(Odd):
    orders = "doses"


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (FixedTargets, "agent: the class FixedTargets is not allowed; an object as in sim.interfaces.Agent"),
        (
            "fixed_targets",
            "agent: 'fixed_targets' without orders, initial, act is not allowed; an object as in",
        ),
        (Silent(), "agent: an object of class Silent without orders, act is not allowed; an object as in"),
        (Unsure(None), "agent Unsure: orders 'doses' is not allowed; rates or targets"),
    ],
)
def test_what_is_no_agent_is_refused(agent, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        simulate(ROOM, CASE, agent)


def test_whole_numbers_and_tensors_are_orders_too():
    simulate(ROOM, CASE, Odd((Orders(np.ones((3, 2), int), NOTHING), ())))
    check(Orders(torch.ones((3, 2)), torch.zeros((3, 2))), "rates", 2)
    with pytest.raises(
        ValueError, match=r"orders\.infusions: -1\.0 is not allowed; 0 to 66\.67 mg/s of propofol"
    ):
        check(Orders(-torch.ones((3, 2)), torch.zeros((3, 2))), "rates", 2)
