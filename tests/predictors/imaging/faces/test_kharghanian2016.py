from __future__ import annotations

import pytest
import torch

from predictors.imaging.faces.hog import oriented
from predictors.imaging.faces.kharghanian2016 import FOUR, BeliefNetwork, Boltzmann, contrast
from predictors.imaging.faces.light import evened


def test_a_pooled_unit_is_off_only_if_all_of_its_block_are():
    torch.manual_seed(0)
    machine = Boltzmann(1, 3, 3, grey=False)
    seen = torch.rand(2, 1, 8, 8)
    weights = machine.blocks(seen).exp()
    expected = weights.sum(-1) / (1.0 + weights.sum(-1))
    torch.testing.assert_close(machine.pooled(seen), expected)


def test_contrast_lowers_the_energy_of_what_is_there_below_that_of_noise():
    torch.manual_seed(0)
    stripes = (torch.arange(12) % 4 < 2).float().expand(40, 1, 12, 12).contiguous()
    machine = Boltzmann(1, 4, 5, grey=False)
    noise = (torch.rand(40, 1, 12, 12) < 0.5).float()

    def gap():
        return (machine.energy(stripes).mean() - machine.energy(noise).mean()).item()

    before, descent = gap(), torch.optim.Adam(machine.parameters(), 0.02)
    for _ in range(80):
        descent.zero_grad()
        contrast(machine, stripes).backward()
        descent.step()
    assert gap() < before - 1.0


def test_features_have_the_sizes_of_the_last_layer():
    faces = torch.rand(2, 48, 48)
    assert BeliefNetwork()(faces).shape == (2, 48 * 8 * 8)
    assert BeliefNetwork(FOUR)(faces).shape == (2, 128)
    assert BeliefNetwork(size=24)(faces[:, :24, :24]).shape == (2, 48 * 2 * 2)
    with pytest.raises(ValueError, match="size: 24 is not allowed with 4 layers of machines"):
        BeliefNetwork(FOUR, 24)


def test_layers_on_top_of_others_leave_those_as_they_are():
    torch.manual_seed(0)
    faces, small = torch.rand(6, 24, 24), ((4, 9), (6, 5))
    below = BeliefNetwork(small[:1], 24)
    below.learn(faces, 3, 1)
    seen = below(faces).detach()
    both = BeliefNetwork(small, 24, below)
    before = both(faces).detach()
    both.learn(faces, 3, 1)
    torch.testing.assert_close(below(faces), seen)
    assert (both(faces) - before).abs().max() > 1e-3


def test_light_does_not_matter_to_evened_pictures_nor_gain_to_gradients():
    images = torch.rand(1, 24, 24)
    torch.testing.assert_close(evened(images + 0.2), evened(images), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(oriented(5.0 * images), oriented(images), atol=0.1, rtol=0.0)


def test_an_upright_edge_turns_no_further_than_upright():
    image = torch.zeros(1, 24, 24)
    image[:, :, 12:] = 1.0
    cells = oriented(image).reshape(9, 4, -1)
    assert cells[0].sum() > 0.0
    assert cells[1:].abs().sum() == 0.0
