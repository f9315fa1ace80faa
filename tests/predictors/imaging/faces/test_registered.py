from __future__ import annotations

import torch
from torch.nn import functional

from predictors.imaging.faces.registered import PLACES, registered


def spots(places, size=64):
    """Return pictures, (images, size, size), of a bright spot at each of these places, (images, 5, 2)."""
    along = (torch.arange(size) + 0.5) * (2.0 / size) - 1.0
    off = (along[None, None, None, :] - places[..., 0, None, None]) ** 2
    off = off + (along[None, None, :, None] - places[..., 1, None, None]) ** 2
    return torch.exp(-0.5 * off / 0.05**2).sum(1)


def test_faces_that_are_turned_moved_and_narrow_all_come_to_one_place():
    torch.manual_seed(0)
    wanted = torch.tensor(PLACES)
    maps = 0.6 * torch.eye(2) + 0.1 * torch.randn(20, 2, 2)
    there = wanted @ maps + 0.1 * torch.randn(20, 1, 2)
    found = registered(spots(there), there)
    at = functional.grid_sample(found[:, None], wanted.expand(20, 1, -1, -1), align_corners=False)
    assert at.min() > 0.85
    assert found.mean() < 0.2


def test_a_face_in_its_place_is_left_as_it_is():
    images = torch.rand(3, 24, 24)
    torch.testing.assert_close(
        registered(images, torch.tensor(PLACES).expand(3, -1, -1)), images, atol=1e-4, rtol=0.0
    )
