from __future__ import annotations

from functools import partial

import pytest
import torch

from predictors.imaging.tracking.offline.dcfnet import FilterFeatures, dcfnet_like
from predictors.imaging.tracking.offline.goturn import BoxNetwork, goturn_like
from predictors.imaging.tracking.offline.hcft import hcft_like
from predictors.imaging.tracking.offline.outlined import Outlines, outlined
from predictors.imaging.tracking.offline.siamfc import SiameseNetwork, siamfc_like
from predictors.imaging.tracking.online.crest import crest_like
from predictors.imaging.tracking.online.dlt import AutoEncoder, dlt_like
from predictors.imaging.tracking.online.heads import answers, around, fitted
from predictors.imaging.tracking.online.mdnet import SharedLayers, mdnet_like
from predictors.imaging.tracking.pairs import ASTRAY, pairs
from tests.predictors.imaging.tracking.scenes import DISC_FRAMES, DISC_SIDE, discs


@pytest.mark.parametrize(
    ("network", "tracker", "steps"),
    [
        (SiameseNetwork, siamfc_like, 20),
        (BoxNetwork, goturn_like, 80),
        (Outlines, outlined, 20),
        (Outlines, hcft_like, 20),
        (Outlines, crest_like, 20),
        (FilterFeatures, dcfnet_like, 20),
        (partial(SharedLayers, 24), mdnet_like, 40),
        (AutoEncoder, dlt_like, 200),
    ],
)
def test_a_network_learns_to_follow(network, tracker, steps):
    """On films it has not seen, it misses by less than 40 % of what who stays does."""
    torch.manual_seed(0)
    images, boxes, masks = discs(24, seed=0)
    model = network()
    descent = torch.optim.Adam(model.parameters(), 5e-3)
    for step in range(steps):
        some = torch.arange(step % 8 * 3, step % 8 * 3 + 3)
        loss = model.loss(pairs(images[some, ::3], boxes[some, ::3], masks[some, ::3], some))
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
    found = pairs(images, boxes, masks, torch.arange(5))
    assert (
        found.first.shape
        == found.later.shape
        == found.mask.shape
        == (5 * (DISC_FRAMES - 1), DISC_SIDE, DISC_SIDE)
    )
    torch.testing.assert_close(found.first[DISC_FRAMES - 2], images[0, 0])
    torch.testing.assert_close(found.later[DISC_FRAMES - 1], images[1, 1])
    assert found.film.tolist() == [film for film in range(5) for _ in range(DISC_FRAMES - 1)]
    astray = (found.before - found.box)[:, :2] / 10.0
    assert astray.abs().max() <= ASTRAY + 1e-5
    assert astray.std() > 0.4 * ASTRAY


def test_a_head_tells_what_can_be_told_and_films_have_their_own():
    chance = torch.Generator().manual_seed(0)
    shown = torch.arange(40) < 10
    features = torch.randn((2, 40, 3), generator=chance)
    features[0, :10, 0] += 6.0
    features[1, :10, 1] -= 6.0
    weights = fitted(features, shown)
    assert ((answers(features, weights) > 0.0) == shown).all()
    torch.testing.assert_close(fitted(features[1:], shown), weights[1:])
    assert weights[0, 0] > 2.0 * weights[0, 1].abs()
    assert weights[1, 1] < -2.0 * weights[1, 0].abs()


def test_windows_that_show_the_nerve_overlap_it_and_those_between_are_left_out():
    offsets, shown = around(torch.device("cpu"))
    assert offsets[shown].abs().max() <= 0.16 + 1e-6
    assert offsets[~shown].abs().amax(1).min() > 0.16
    assert shown.sum() > 40
    assert (~shown).sum() > 40
