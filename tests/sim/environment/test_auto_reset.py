"""A new patient in a bed begins with a new memory, whatever containers an observer keeps it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

from sim.environment.env import AnesthesiaVectorEnv
from sim.environment.sb3 import AnesthesiaVecEnv

BEDS = 3
OPTIONS = {"circulation": "su2023", "horizon": 900.0, "control_period": 30.0, "physiology_step": 10.0}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


class Cell(NamedTuple):
    hidden: np.ndarray
    cell: np.ndarray


@dataclass(frozen=True)
class Recurrent:
    """Counts readings and averages the index, its memory a tuple of a named tuple, a list and a mapping."""

    estimates: ClassVar = dict.fromkeys(("steps", "mean", "first", "highest"), (0.0, 10000.0, ""))
    control_period: float = 30.0

    def initial(self, covariates):
        zero = 0.0 * covariates.age
        return (Cell(zero, zero), [zero - 1.0], {"highest": (zero, None)})

    def update(self, state, readings):
        (steps, total), (first,), extremes = state
        steps, total = steps + 1.0, total + readings.bis
        first = np.where(first < 0.0, readings.bis, first)
        highest = np.maximum(extremes["highest"][0], readings.bis)
        said = {"steps": steps, "mean": total / steps, "first": first, "highest": highest}
        return (Cell(steps, total), [first], {"highest": (highest, None)}), said


def vector(step, env):
    """One step of Gymnasium's environment; a bed whose case ended shows its new patient in the next step."""
    actions = np.random.default_rng(step).uniform(0.0, 0.6, (BEDS, 2)) * env.single_action_space.high
    observed, _, terminated, truncated, _ = env.step(actions)
    return observed, terminated | truncated, False


def stable_baselines(step, env):
    """One step of stable-baselines3's environment; the new patient is shown in the same step."""
    observed, _, done, _ = env.step(np.random.default_rng(step).uniform(-1.0, 0.2, (BEDS, 2)))
    return observed, done, True


@pytest.mark.parametrize(
    ("make", "step"), [(AnesthesiaVectorEnv, vector), (AnesthesiaVecEnv, stable_baselines)]
)
def test_a_memory_of_tuples_lists_and_mappings_does_not_pass_to_the_next_patient(make, step, monkeypatch):
    monkeypatch.setattr("sim.theatre.loop.LOST_PRESSURE", 63.0)
    env = make(BEDS, observer=Recurrent(), **OPTIONS)
    names = list(env.ward.signals)
    first = env.reset(seed=6)[0] if step is vector else (env.seed(6), env.reset())[1]
    shown: list[list[float]] = [[bis] for bis in first[:, names.index("bis")]]
    over, ends = np.zeros(BEDS, bool), []
    for number in range(75):
        observed, done, at_once = step(number, env)
        for bed in range(BEDS):
            if (done if at_once else over)[bed]:
                shown[bed] = []
            shown[bed].append(observed[bed, names.index("bis")])
            seen = dict(zip(names, observed[bed], strict=True))
            assert seen["estimated_steps"] == len(shown[bed])
            assert seen["estimated_mean"] == pytest.approx(np.mean(shown[bed]), rel=1e-5)
            assert seen["estimated_first"] == shown[bed][0]
            assert seen["estimated_highest"] == max(shown[bed])
        over = done
        if done.any():
            ends.append(done.sum())
    assert min(ends) < BEDS <= sum(ends)
