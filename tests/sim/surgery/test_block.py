"""A regional block: what it keeps away, of what, and what the patient, and whoever doses, then see."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from agents.fixed_targets import FixedTargets
from sim.arrays import map_arrays, take
from sim.randomness import case_keys
from sim.surgery import EMERGENCE, INCISION, plan, stimulus_at
from sim.surgery.block import HALF, quality, with_block
from sim.theatre import Theatre
from sim.theatre.rollout import cases, simulate

KEYS, HORIZON = case_keys(3, np.arange(60)), 10800.0
TIMES = np.linspace(0.0, HORIZON, 181)
ROOM = Theatre(orders="targets", horizon=4500.0, physiology_step=10.0, irregular_pumps=False)


def felt(surgery):
    """Stimulus, and whether the surgery itself goes on, each (times, patients)."""
    moments = TIMES[:, None] + np.zeros(len(surgery.blunted))
    starts = surgery.phase_starts
    operated = (moments >= starts[INCISION]) & (moments < starts[EMERGENCE])
    return np.stack([stimulus_at(surgery, moment) for moment in moments]), operated


@cache
def lived(block):
    return simulate(ROOM, cases(replace(ROOM, block=block), 0, 4), FixedTargets())


def test_a_needle_on_its_target_blocks_all_one_far_away_nothing_and_half_way_half():
    assert quality(0.0) == 1.0
    assert quality(HALF) == 0.5
    assert quality(2.0, half=2.0) == 0.5
    assert quality(np.inf) == 0.0
    assert (np.diff(quality(np.linspace(0.0, 30.0, 100))) < 0.0).all()


def test_four_millimetres_aside_are_nearly_as_good_as_none():
    """As beside a plexus's sheath: Palhais, Br J Anaesth 2016;116:531."""
    assert quality(4.0) > 0.9


def test_a_complete_block_keeps_away_all_of_the_surgery_and_nothing_before_or_after_it():
    plain = plan("random", KEYS, HORIZON)
    given, operated = felt(plain)
    blocked, _ = felt(with_block(plain, 1.0))
    assert (given[operated] > 0.0).all()
    assert (blocked[operated] == 0.0).all()
    np.testing.assert_array_equal(blocked[~operated], given[~operated])
    assert given[~operated].max() > 30.0  # laryngoscopy is among it


def test_each_patient_feels_what_their_own_block_lets_through():
    plain = plan("random", KEYS, HORIZON)
    shares = np.linspace(0.0, 1.0, len(KEYS))
    blocked, operated = felt(with_block(plain, shares))
    expected = felt(plain)[0] * np.where(operated, 1.0 - shares, 1.0)
    np.testing.assert_array_equal(blocked, expected)
    alone, _ = felt(with_block(take(plain, slice(7, 8)), shares[7]))
    np.testing.assert_array_equal(alone[:, 0], blocked[:, 7])


def test_a_block_of_quality_none_is_no_block_bit_for_bit():
    plain, case = lived(0.0), cases(ROOM, 0, 4)
    assert case.surgery.blocked is None
    nothing = replace(case, surgery=with_block(case.surgery, 0.0))
    blocked = simulate(ROOM, nothing, FixedTargets())
    for name, signal in plain.signals().items():
        np.testing.assert_array_equal(blocked.signals()[name], signal, err_msg=name)


def test_the_better_the_block_the_lower_index_and_pressure_once_surgeons_cut_under_the_same_drugs():
    traces = [lived(share) for share in (0.0, 0.5, 1.0)]
    cut = traces[0].phase >= INCISION
    assert cut.any(axis=0).all()
    for signal in ("bis", "mean_arterial_pressure"):
        none, half, whole = (getattr(trace, signal) for trace in traces)
        np.testing.assert_array_equal(none[~cut], whole[~cut])
        means = [np.where(cut, one, np.nan) for one in (none, half, whole)]
        first, second, third = (np.nanmean(one, axis=0) for one in means)
        assert (first >= second).all()  # some are so deep that the index moves for nothing
        assert (second >= third).all()
        assert (first > third).any()
    for drug in ("propofol", "remifentanil"):
        np.testing.assert_array_equal(getattr(traces[0], drug), getattr(traces[2], drug))


def test_a_stimulus_that_nobody_announced_is_blocked_once_like_the_rest_of_the_surgery():
    room = replace(ROOM, horizon=HORIZON, faults=("stimulus:at=5400,seconds=600",))
    open_, blocked = (cases(replace(room, block=share), 0, 20).surgery for share in (0.0, 0.5))
    given, operated = felt(open_)
    assert given.max() > 40.0
    np.testing.assert_array_equal(felt(blocked)[0], given * np.where(operated, 0.5, 1.0))


def test_a_surgery_without_an_incision_has_nothing_to_be_blocked():
    plain = plan("struys", KEYS[:3], HORIZON)
    np.testing.assert_array_equal(felt(with_block(plain, 1.0))[0], felt(plain)[0])


def test_a_block_is_the_same_in_torch():
    surgery = with_block(plan("random", KEYS, HORIZON), np.linspace(0.0, 1.0, len(KEYS)))
    tensors = map_arrays(torch.from_numpy, surgery)
    time = np.linspace(0.0, HORIZON, len(KEYS))
    np.testing.assert_allclose(
        stimulus_at(tensors, torch.from_numpy(time)).numpy(), stimulus_at(surgery, time), rtol=1e-12
    )


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_bad_quality_is_refused(share):
    with pytest.raises(ValueError, match=r"block: .* is not allowed; 0 to 1"):
        Theatre(block=share)
    with pytest.raises(ValueError, match=r"block: .* is not allowed; 0 to 1"):
        with_block(plan("none", KEYS[:2], HORIZON), np.array([0.5, share]))
