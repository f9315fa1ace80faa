"""What reaches the patient: lost delivery is found, and neither noise nor a resistant patient is taken for it."""

from __future__ import annotations

import numpy as np
import pytest

from agents.control.shield.delivery import Delivery, believed, nothing_given
from sim.pharmacodynamics import SURFACES
from sim.pharmacodynamics.hypnosis import index
from tests.agents.control.shield.scripted import PEOPLE, PERIOD

RULE = Delivery()
SURFACE = SURFACES.get("bouillon")(PEOPLE)
NEED = np.array([-0.4, 0.0, 0.3, 0.6])  # log of what patients need over what the model says
INDUCED, LOST, END = 30, 240, 420  # turns
SHOWN = np.array([[2.5], [3.0]]) * np.exp(NEED)  # µg/mL and ng/mL, the same depth in all


def unexplained(arrives, stimulus=lambda turn: 0.0):
    """The sum over time, (turns, patients), where `arrives(turn)` of the effect site shown is there."""
    rng, belief, sums = np.random.default_rng(3), nothing_given(RULE, SURFACE, np.zeros(4)), []
    for turn in range(END):
        shown = SHOWN * (1.0 - np.exp(-turn / 12.0))
        there = shown * arrives(turn) * np.exp(-NEED)
        seen = index(SURFACE, *there) + stimulus(turn) + rng.normal(0.0, 4.0, 4)
        belief = believed(RULE, belief, shown, seen, np.full(4, turn >= INDUCED), PERIOD)
        sums.append(belief.unexplained)
    return np.array(sums), belief


def test_sensitivity_is_learned_and_noise_is_no_alarm():
    sums, belief = unexplained(lambda turn: 1.0)
    assert (sums < RULE.alarm).all()
    assert belief.need == pytest.approx(NEED, abs=0.15)
    assert (belief.lightest > belief.expected).all()


def test_a_line_that_came_off_is_found_within_ten_minutes():
    sums, _ = unexplained(lambda turn: np.exp(-max(turn - LOST, 0) / 30.0))  # effect sites fall, 5 min
    found = np.argmax(sums >= RULE.alarm, axis=0)
    assert (found > LOST).all()
    assert ((found - LOST) * PERIOD < 600.0).all()


def test_a_stimulus_that_passes_is_none():
    sums, _ = unexplained(
        lambda turn: 1.0, lambda turn: 25.0 * np.exp(-max(turn - LOST, 0) / 12.0) * (turn >= LOST)
    )
    assert (sums < RULE.alarm).all()


def test_an_index_that_is_missing_teaches_nothing():
    belief = nothing_given(RULE, SURFACE, np.zeros(4))
    after = believed(RULE, belief, SHOWN, np.full(4, np.nan), np.full(4, True), PERIOD)
    assert (after.need == 0.0).all()
    assert (after.variance > belief.variance).all()
