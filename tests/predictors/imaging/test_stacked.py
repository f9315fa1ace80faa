from __future__ import annotations

import torch

from predictors.imaging import heat, stacked
from predictors.imaging.pesteie2018 import StackNetwork

PIXEL, SPACING = (1.25, 0.5), 2.0  # mm
SHAPE = 5, 24, 32  # planes, height, width


def coordinates():
    """Return x, z and across of every sample of a stack, (3, planes, height, width), mm."""
    across, z, x = torch.meshgrid(
        *((torch.arange(count) + 0.5) * mm for count, mm in zip(SHAPE, (SPACING, *PIXEL), strict=True)),
        indexing="ij",
    )
    return torch.stack([x, z, across])


def test_a_point_is_the_mean_place_of_a_maps_mass_over_the_whole_stack():
    maps = 2.0 * torch.randn(3, *SHAPE, generator=torch.Generator().manual_seed(0))
    mass = maps.flatten(1).softmax(1)
    mean = mass @ coordinates().flatten(1).T
    torch.testing.assert_close(stacked.points(maps, PIXEL, SPACING), mean)


def test_a_narrow_map_between_two_planes_is_found_there():
    x, z, across = coordinates()
    narrow = -0.5 * (((x - 9.3) / 1.0) ** 2 + ((z - 14.1) / 2.0) ** 2 + ((across - 4.0) / 1.5) ** 2)
    found = stacked.points(narrow[None], PIXEL, SPACING)
    torch.testing.assert_close(found, torch.tensor([[9.3, 14.1, 4.0]]), atol=0.05, rtol=0.0)


def test_the_loss_is_the_distance_and_the_divergence_from_a_normal_map_over_the_whole_stack():
    maps = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([[9.3, 14.1, 4.4], [4.0, 20.0, 7.1]])
    width, height = SHAPE[2] * PIXEL[1], SHAPE[1] * PIXEL[0]
    sizes = torch.tensor([heat.SPREAD * width, heat.SPREAD * height, stacked.SPREAD * SPACING])
    off = (coordinates() - target[:, :, None, None, None]) / sizes[:, None, None, None]
    wanted = (-0.5 * off.square().sum(1)).flatten(1).log_softmax(1)
    divergence = (wanted.exp() * (wanted - maps.flatten(1).log_softmax(1))).sum(1)
    distance = (stacked.points(maps, PIXEL, SPACING) - target).abs().sum(1)
    torch.testing.assert_close(
        stacked.loss(maps, target, PIXEL, SPACING), distance + heat.WEIGHT * divergence
    )


def test_a_stack_that_is_turned_round_has_its_target_as_far_from_the_other_end():
    torch.manual_seed(0)
    network, stacks = StackNetwork(featured=True).eval(), torch.rand(2, 5, 32, 32)
    place, window = network(stacks)
    back, window_back = network(stacks.flip(1))
    torch.testing.assert_close(window_back, window.flip(1))
    torch.testing.assert_close(back, torch.stack([place[:, 0], place[:, 1], 1.0 - place[:, 2]], dim=1))


def test_planes_without_a_window_do_not_count():
    places = torch.rand(1, 4, 2, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([[-50.0, 0.0, 0.0, -50.0]])
    mean = stacked.pooled(places, weights, SPACING)
    torch.testing.assert_close(mean, torch.cat([places[:, 1:3].mean(1), torch.tensor([[4.0]])], dim=1))
