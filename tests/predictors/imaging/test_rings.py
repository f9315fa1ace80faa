from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from predictors.imaging import heat
from predictors.imaging.andreassen2020 import continuous
from predictors.imaging.classical import landmarks
from predictors.imaging.varied import varied

PLANES, AXIS = 18, 50.0
ANGLE = (torch.arange(PLANES) * math.pi / PLANES)[None]


def ring(out, depth):
    """Hinges in planes about x = 50 of a curve: its distance from the axis and its depth by its direction."""
    left, right = ANGLE + math.pi, ANGLE
    sides = [
        torch.stack([AXIS + sign * out(one), depth(one)], dim=-1) for sign, one in ((-1, left), (1, right))
    ]
    return torch.stack(sides, dim=2)


SADDLE = ring(lambda t: 18 + 2 * torch.cos(t - 0.3), lambda t: 55 + 3 * torch.cos(2 * t) + torch.sin(3 * t))


def test_a_short_series_is_kept_as_it_is():
    torch.testing.assert_close(continuous(SADDLE, ANGLE, AXIS), SADDLE, atol=1e-3, rtol=0.0)


def test_scatter_becomes_less_by_the_share_of_numbers_that_are_fitted():
    """Of 36 points 7 numbers are fitted: errors are left with sqrt(7 / 36) of their size."""
    torch.manual_seed(0)
    many = SADDLE.expand(200, -1, -1, -1)
    off = continuous(many + torch.randn_like(many), ANGLE.expand(200, -1), AXIS) - many
    assert off.std() == pytest.approx(math.sqrt(7 / 36), rel=0.06)


def test_a_hinge_that_was_lost_is_found_between_its_neighbours():
    lost = SADDLE.clone()
    lost[0, 4, 1] += torch.tensor([-14.0, 20.0])
    found = continuous(lost, ANGLE, AXIS)
    assert (found - SADDLE).norm(dim=-1).max() < 0.5


@pytest.mark.parametrize("method", [landmarks.brightness, landmarks.correlation])
def test_a_spot_in_noise_is_found_without_a_network(method):
    """Of bright spots that lie 10 mm apart on average it misses none by more than 2 mm where noise is faint."""
    rng = np.random.default_rng(0)
    marks = torch.tensor(rng.normal((20.0, 30.0), 5.0, (60, 1, 2)), dtype=torch.float32)
    place = (torch.arange(48) + 0.5) * 1.0
    near = (place - marks[..., :1])[:, 0, None, :] ** 2 + (place - marks[..., 1:])[:, 0, :, None] ** 2
    images = torch.exp(-0.5 * near / 2.0**2) + 0.1 * torch.tensor(rng.normal(size=near.shape)).float()
    maps = landmarks.learned(method, images[:40], marks[:40], (1.0, 1.0))
    off = (heat.highest(maps(images[40:]), (1.0, 1.0)) - marks[40:]).norm(dim=-1)
    assert off.max() < 2.0


def test_varied_images_show_the_same_places_and_stay_grey():
    torch.manual_seed(0)
    images = torch.full((300, 32, 32), 0.3)
    images[:, 20, 11] = images[:, 21, 11] = 0.9
    images[:, :, 28:] = 0.0  # outside the sector
    other = varied(images)
    assert ((other >= 0.0) & (other <= 1.0)).all()
    assert (other[:, :, 28:] == 0.0).all()
    assert other[:, 2:18, 2:26].mean((1, 2)).std() > 0.1
    mean = other[:, :, :28].mean(0)
    peak = int(mean.argmax())
    assert (peak // 28, peak % 28) in {(20, 11), (21, 11)}
