from __future__ import annotations

import pytest
import torch

from predictors.imaging.classical import blobs

PIXEL, RADII = (0.25, 0.5), (1.5, 3.0)
Z, X = torch.meshgrid(0.25 * torch.arange(81), 0.5 * torch.arange(41), indexing="ij")
DISC = 1.0 - 0.4 * (torch.hypot(X - 10.0, Z - 10.0) <= 3.0).float()[None]


def test_a_dark_disc_is_found_where_it_is_and_at_its_size_whatever_the_pixels():
    found = blobs.dark(DISC, PIXEL, RADII)
    assert found.shape == (1, 2, 81, 41)
    assert found[0, 1, 40, 20] == pytest.approx(0.4, abs=0.01)
    assert found[0, 1].argmax() == 40 * 41 + 20
    assert found[0, 0, 40, 20].abs() < 0.01


def test_even_images_have_no_discs_up_to_the_edge():
    assert blobs.dark(torch.full((2, 81, 41), 0.7), PIXEL, RADII).abs().max() < 1e-5


def test_a_response_reaches_as_far_as_the_disc():
    single = torch.zeros((1, 2, 81, 41))
    single[0, 1, 40, 20] = 1.0
    spread = blobs.within(single, PIXEL, RADII)[0, 1]
    assert spread[40, 26] == spread[52, 20] == 1.0
    assert spread[40, 27] == spread[53, 20] == 0.0
