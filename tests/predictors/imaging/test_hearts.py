from __future__ import annotations

import math

import pytest
import torch

from predictors.imaging import discs
from predictors.imaging.ouyang2020 import FilmNetwork

PIXEL = 0.5, 0.4  # mm


def half_ellipsoid(length, radius, tilt):
    z, x = torch.meshgrid(
        (torch.arange(240) + 0.5) * PIXEL[0] - 60.0,
        (torch.arange(240) + 0.5) * PIXEL[1] - 48.0,
        indexing="ij",
    )
    along, across = z * math.cos(tilt) + x * math.sin(tilt), x * math.cos(tilt) - z * math.sin(tilt)
    up = (30.0 - along) / length
    return (along <= 30.0) & (up**2 + (across / radius) ** 2 <= 1.0)


@pytest.mark.parametrize("tilt", [-0.3, 0.0, 0.2])
def test_discs_of_a_body_of_revolution_are_its_volume_however_it_lies(tilt):
    said = discs.volumes(half_ellipsoid(70.0, 22.0, tilt)[None], PIXEL)
    assert said.item() == pytest.approx(2.0e-3 / 3.0 * math.pi * 70.0 * 22.0**2, rel=0.01)


def test_what_is_ejected_follows_from_radius_and_length_and_nothing_is_no_number_too_large():
    film = torch.stack([half_ellipsoid(70.0 * b, 22.0 * a, 0.1) for a, b in ((1.0, 1.0), (0.7, 0.9))])[None]
    assert discs.ejection(film, PIXEL).item() == pytest.approx(100.0 * (1.0 - 0.7**2 * 0.9), abs=0.7)
    assert discs.ejection(torch.zeros_like(film), PIXEL).isfinite().all()


def test_only_the_largest_part_of_a_mask_is_kept():
    masks = torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    masks[0, 0, :3, :3] = masks[0, 0, 6, 6] = True
    kept = discs.largest(masks)
    assert kept[0].sum() == 9
    assert kept[1].sum() == 0


def test_the_film_network_says_a_share_and_sees_every_frame():
    torch.manual_seed(0)
    films = torch.rand(2, 8, 32, 32, requires_grad=True)
    said = FilmNetwork().eval()(films)
    assert said.shape == (2,)
    assert ((said > 0.0) & (said < 1.0)).all()
    said[0].backward()
    assert (films.grad[0].abs().amax((1, 2)) > 0.0).all()
    assert (films.grad[1] == 0.0).all()
