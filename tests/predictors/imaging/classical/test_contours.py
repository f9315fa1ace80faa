from __future__ import annotations

import torch

from predictors.imaging.classical import contours

PIXEL = 0.5, 0.4  # mm
Z, X = torch.meshgrid(0.5 * torch.arange(48), 0.4 * torch.arange(60), indexing="ij")
EVERYWHERE = torch.ones(48, 60, dtype=torch.bool)


def disc(x, z, radius):
    return torch.hypot(X - x, Z - z) < radius


def moved(images, start, within=EVERYWHERE, steps=20):
    return contours.moved(images[None], start[None], within, PIXEL, reach=3.0, steps=steps)[0]


def overlap(one, other):
    return float(2.0 * (one & other).sum() / (one.sum() + other.sum()))


def test_a_contour_finds_a_dark_disc_in_speckle_wherever_it_is_brighter_and_darker():
    torch.manual_seed(0)
    there, bright = disc(12.0, 12.0, 6.0), 0.4 + 0.5 * X / X.max()
    images = bright * torch.where(there, 0.4, 1.0) + 0.05 * torch.randn(48, 60)
    start = disc(14.0, 10.0, 4.0)
    assert overlap(start, there) < 0.65
    assert overlap(moved(images, start), there) > 0.95


def test_a_contour_stays_where_it_may_go_and_goes_a_pixel_a_step():
    images = torch.where(disc(12.0, 12.0, 8.0), 0.2, 0.8)
    start, left = disc(12.0, 12.0, 3.0), X < 14.0
    assert not (moved(images, start, left) & ~left).any()
    one = moved(images, start, steps=1)
    assert (one & ~start).any()
    assert not (one & ~disc(12.0, 12.0, 3.0 + 0.75)).any()


def test_nothing_grows_from_nothing():
    images = torch.where(disc(12.0, 12.0, 6.0), 0.2, 0.8)
    assert not moved(images, torch.zeros_like(EVERYWHERE)).any()
