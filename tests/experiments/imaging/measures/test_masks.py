from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from experiments.imaging.measures import masks

PIXEL = (0.5, 2.0)


def square(top, left, height, width, side=20):
    mask = torch.zeros((1, side, side), dtype=torch.bool)
    mask[0, top : top + height, left : left + width] = True
    return mask


def test_overlap_of_squares_is_that_of_their_areas():
    one, other = square(2, 2, 10, 10), square(2, 7, 10, 10)
    assert masks.dice(one, other).item() == pytest.approx(0.5)
    assert masks.iou(one, other).item() == pytest.approx(1.0 / 3.0)
    assert masks.dice(one, one).item() == masks.iou(one, one).item() == 1.0


def test_edges_of_a_moved_square_are_as_far_apart_as_it_moved_in_millimetres():
    still = square(2, 4, 10, 6)
    assert masks.hd95(still, square(5, 4, 10, 6), PIXEL).item() == pytest.approx(1.5)
    assert masks.hd95(still, square(2, 6, 10, 6), PIXEL).item() == pytest.approx(4.0)
    assert masks.hd95(still, still, PIXEL).item() == 0.0


def test_stragglers_up_to_a_twentieth_do_not_count_and_both_ways_are_looked_at():
    whole = square(2, 2, 16, 12)
    speck = whole | square(19, 19, 1, 1)  # one edge pixel of 53
    assert masks.hd95(speck, whole, (1.0, 1.0)).item() == 0.0
    part = square(2, 2, 16, 2)
    for pair in ((whole, part), (part, whole)):
        assert masks.hd95(*pair, (1.0, 1.0)).item() == pytest.approx(10.0)


def test_an_empty_mask_shares_nothing_and_lies_a_diagonal_away_and_two_say_nothing():
    full, empty = square(2, 2, 4, 4), square(0, 0, 0, 0)
    assert masks.dice(full, empty).item() == masks.iou(empty, full).item() == 0.0
    assert masks.hd95(full, empty, PIXEL).item() == pytest.approx(math.hypot(10.0, 40.0))
    for measure in (masks.dice, masks.iou):
        assert measure(empty, empty).isnan().all()
    assert masks.hd95(empty, empty, PIXEL).isnan().all()


def test_specks_are_dropped_and_parts_are_counted_apart():
    mask = square(1, 1, 3, 3) | square(10, 10, 2, 2) | square(16, 16, 1, 2)
    kept = masks.without_specks(mask, 4)
    assert (kept == (square(1, 1, 3, 3) | square(10, 10, 2, 2))).all()
    np.testing.assert_array_equal(masks.without_specks(kept, 5), square(1, 1, 3, 3))
