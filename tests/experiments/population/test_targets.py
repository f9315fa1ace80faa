"""Verdicts: a side is held against itself, and against one that misses by a known amount."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.judging.bootstrap import Interval
from experiments.population import targets
from experiments.population.targets import Side
from predictors.learning.cases import Signal
from tests.experiments.population.conftest import OFF

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def shown(cases):
    raw = {f"raw_{name}": cases.signals[name] for name in ("bis", "pressure", "heart_rate")}
    return cases.with_signals(**raw, vasopressor=Signal(np.zeros((1, cases.count))))


@pytest.fixture(scope="module")
def recorded(shown):
    return Side.of(shown)


def changed(cases, **values):
    return cases.with_signals(
        **{name: replace(cases.signals[name], values=array) for name, array in values.items()}
    )


def by_name(verdicts):
    return {(one.quantity, one.at): one for one in verdicts}


def test_cases_agree_with_themselves(recorded):
    found = targets.closed_loop(recorded, recorded, seed=0)
    assert {one.difference for one in found} == {0.0}
    assert all(one.low == one.high == 0.0 for one in found)
    assert all(one.met for one in found if one.at != "SD")


def test_a_dose_a_third_too_high_misses_its_tenth_and_its_fifth(shown, recorded):
    found = by_name(
        targets.closed_loop(recorded, Side.of(changed(shown, propofol=4 / 3 * shown["propofol"])), seed=0)
    )
    for at in ("5 %", "50 %", "95 %"):
        dose = found["propofol, mg/kg/h", at]
        assert dose.difference == pytest.approx(1 / 3)
        assert dose.low == pytest.approx(1 / 3)
        assert not dose.met
    assert found["remifentanil, µg/kg/min", "50 %"].met


def test_a_pressure_six_too_low_misses_five(shown, recorded):
    lower = Side.of(changed(shown, pressure=shown["pressure"] - 6.0))
    found = by_name(targets.closed_loop(recorded, lower, seed=0))["median MAP, mmHg", "50 %"]
    assert (found.difference, found.met) == (pytest.approx(-6.0), False)


def test_the_interval_covers_the_difference_of_other_people_of_the_same_kind(shown, recorded):
    """Half of them against the other half: most intervals hold zero."""
    halves = [Side.of(shown.select(np.arange(half, shown.count, 2))) for half in (0, 1)]
    found = [one for one in targets.closed_loop(*halves, seed=0) if one.low < one.high]
    holds = [one.low <= 0.0 <= one.high for one in found]
    assert len(found) > 20
    assert np.mean(holds) > 0.8


def test_replayed_index_is_compared_where_both_were_seen(shown, recorded):
    hidden = shown["bis"].copy()
    hidden[:40, ::2] = np.nan
    other = Side.of(changed(shown, bis=hidden))
    found = by_name(targets.replay(recorded, other, np.full(shown.count, 0.8), seed=0))
    assert all(one.difference == 0.0 for one in found.values() if "min after" in one.quantity)
    assert found["correlation of the index with typical people's", "50 %"].met
    later = np.where(np.arange(len(hidden))[:, None] > OFF - 10, shown["bis"] + 9.0, shown["bis"])
    found = by_name(
        targets.replay(recorded, Side.of(changed(shown, bis=later)), np.full(shown.count, 0.7), seed=0)
    )
    assert not found["index when propofol stops", "50 %"].met
    assert not found["correlation of the index with typical people's", "50 %"].met


def test_areas_are_held_against_their_limits():
    areas = {name: Interval(0.68, 0.6, 0.7) for name in ("all", "index", "circulation", "doses", "control")}
    assert [one.met for one in targets.told_apart(areas)] == [True, False, True]
