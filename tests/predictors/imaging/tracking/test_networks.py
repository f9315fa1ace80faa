from __future__ import annotations

import pytest
import torch

from predictors.imaging.tracking.goturn import BoxNetwork, goturn_like
from predictors.imaging.tracking.outlined import Outlines, outlined
from predictors.imaging.tracking.pairs import ASTRAY, pairs
from predictors.imaging.tracking.siamfc import SiameseNetwork, siamfc_like

SIDE, FRAMES = 48, 8


def discs(count, seed):
    """Films of a bright disc that wanders over noise, the boxes about it, and its masks."""
    chance = torch.Generator().manual_seed(seed)
    start = 18.0 + 12.0 * torch.rand((count, 1, 2), generator=chance)
    step = 2.4 * torch.rand((count, 1, 2), generator=chance) - 1.2
    middles = start + step * torch.arange(FRAMES)[None, :, None]
    place = torch.arange(SIDE) + 0.5
    x, z = (middles[..., axis, None, None] for axis in range(2))
    masks = ((place - x) ** 2 + (place[:, None] - z) ** 2 < 25.0).float()
    noise = 0.4 * torch.rand((count, FRAMES, SIDE, SIDE), generator=chance)
    return noise + 0.5 * masks, torch.cat([middles, torch.full_like(middles, 10.0)], dim=2), masks


@pytest.mark.parametrize(
    ("network", "tracker", "steps"),
    [(SiameseNetwork, siamfc_like, 20), (BoxNetwork, goturn_like, 80), (Outlines, outlined, 20)],
)
def test_a_network_learns_to_follow(network, tracker, steps):
    """On films it has not seen, it misses by less than 40 % of what who stays does."""
    torch.manual_seed(0)
    images, boxes, masks = discs(24, seed=0)
    model = network()
    descent = torch.optim.Adam(model.parameters(), 5e-3)
    for step in range(steps):
        some = slice(step % 8 * 3, step % 8 * 3 + 3)
        loss = model.loss(pairs(images[some, ::3], boxes[some, ::3], masks[some, ::3]))
        descent.zero_grad()
        loss.backward()
        descent.step()
    images, boxes, _ = discs(6, seed=1)
    with torch.no_grad():
        said = tracker(model.eval(), images, boxes[:, 0])
    off, stays = ((one - boxes)[..., :2].norm(dim=-1).mean() for one in (said, boxes[:, :1]))
    assert said.shape == boxes.shape
    assert off < 0.4 * stays


def test_pairs_join_the_first_frame_with_each_later_one_and_look_a_little_astray():
    images, boxes, masks = discs(5, seed=2)
    found = pairs(images, boxes, masks)
    assert found.first.shape == found.later.shape == found.mask.shape == (5 * (FRAMES - 1), SIDE, SIDE)
    torch.testing.assert_close(found.first[FRAMES - 2], images[0, 0])
    torch.testing.assert_close(found.later[FRAMES - 1], images[1, 1])
    astray = (found.before - found.box)[:, :2] / 10.0
    assert astray.abs().max() <= ASTRAY + 1e-5
    assert astray.std() > 0.4 * ASTRAY
