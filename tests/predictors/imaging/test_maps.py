from __future__ import annotations

import pytest
import torch

from predictors.imaging import heat
from predictors.imaging.oktay2018 import AttentionUNet
from predictors.imaging.pesteie2018 import SCALES, EpiduralNetwork, directional
from predictors.imaging.unet import UNet, outline_loss

PIXEL = 1.25, 0.5  # mm


def bump(x, z, height=32, width=48):
    rows, columns = (torch.arange(height) + 0.5) * PIXEL[0], (torch.arange(width) + 0.5) * PIXEL[1]
    return -0.5 * (((rows[:, None] - z) / 2.0) ** 2 + ((columns - x) / 1.5) ** 2)


def test_a_map_says_where_its_mass_lies_in_millimetres():
    maps = torch.stack([bump(9.3, 21.7), bump(14.1, 12.2)])[None]
    torch.testing.assert_close(
        heat.points(maps, PIXEL), torch.tensor([[[9.3, 21.7], [14.1, 12.2]]]), atol=0.01, rtol=0.0
    )
    off = (heat.highest(maps, PIXEL) - heat.points(maps, PIXEL)).abs()
    assert (off <= torch.tensor([0.5 * PIXEL[1], 0.5 * PIXEL[0]]) + 0.01).all()


def test_what_is_taught_is_least_where_the_point_is_right():
    target = torch.tensor([[[9.3, 21.7]]])
    near, far = (heat.loss(bump(x, 21.7)[None, None], target, PIXEL) for x in (9.3, 12.0))
    assert far - near > 2.7


def test_a_u_net_answers_with_maps_of_the_same_size_and_sees_the_whole_image():
    torch.manual_seed(0)
    network = UNet(3).eval()
    assert sum(one.numel() for one in network.parameters()) == pytest.approx(122_000, rel=0.02)
    images = torch.randn(2, 1, 32, 48, requires_grad=True)
    maps = network(images)
    assert maps.shape == (2, 3, 32, 48)
    maps[0, 0, 16, 24].backward()
    assert (images.grad[1] == 0.0).all()
    assert images.grad[0, 0, 16, 24] != 0.0


@pytest.mark.parametrize(("turned", "expected"), [(False, 0), (True, 1)])
def test_stripes_are_found_along_their_direction(turned, expected):
    """Columns that alternate have horizontal sequencies alone, rows that do vertical ones."""
    stripes = torch.ones(1, 1, 32, 32) * (torch.arange(32) // 2 % 2 - 0.5)
    found = directional(stripes.mT if turned else stripes)
    assert found.shape == (1, 3 * len(SCALES), 32, 32)
    for scale in range(len(SCALES)):
        mean = found[0, 3 * scale : 3 * scale + 3, 8:24, 8:24].mean((1, 2))
        assert mean.argmax() == expected
        assert mean[1 - expected] < 0.05 * mean[expected]


@pytest.mark.parametrize("featured", [False, True])
def test_the_epidural_network_says_a_share_of_the_field(featured):
    torch.manual_seed(0)
    place, window = EpiduralNetwork(featured)(torch.rand(4, 64, 64))
    assert (place.shape, window.shape) == ((4, 2), (4,))
    assert ((place > 0.0) & (place < 1.0)).all()


def test_a_network_learns_to_outline_dark_discs_in_noise():
    """On images it has not seen; half of them show none."""
    torch.manual_seed(0)
    network, side = UNet(1, levels=3), torch.arange(24.0)

    def shown(count):
        there = (torch.rand(count, 1, 1) < 0.5).float()
        x, z = (6.0 + 12.0 * torch.rand(count, 1, 1) for _ in range(2))
        masks = there * (torch.hypot(side - x, side[:, None] - z) < 4.0)
        return 0.5 * torch.rand(count, 1, 24, 24) - 0.5 * masks[:, None], masks

    descent = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(60):
        images, masks = shown(12)
        descent.zero_grad()
        outline_loss(network(images)[:, 0], masks).backward()
        descent.step()
    images, masks = shown(40)
    with torch.no_grad():
        said = (network.eval()(images)[:, 0] > 0.0).float()
    assert 2.0 * (said * masks).sum() / (said.sum() + masks.sum()) > 0.9


def test_gates_of_attention_weigh_what_is_passed_across_and_shut_it_off():
    """Open, all is as without gates; shut, the coarsest level alone is heard."""
    torch.manual_seed(0)
    plain, gated = UNet(1, levels=3).eval(), AttentionUNet(1, levels=3).eval()
    assert not gated.load_state_dict(plain.state_dict(), strict=False).unexpected_keys
    images = torch.randn(2, 1, 24, 32)
    with torch.no_grad():
        for bias, same in ((30.0, True), (-30.0, False)):
            for gate in gated.gates:
                gate.weight.bias.fill_(bias)
            assert torch.allclose(gated(images), plain(images), atol=1e-5) == same
    below, beside = torch.randn(2, 32, 6, 8), torch.randn(2, 16, 12, 16)
    weights = AttentionUNet(1, levels=3).gates[0](beside, below)
    assert weights.shape == (2, 1, 12, 16)
    assert ((weights > 0.0) & (weights < 1.0)).all()
