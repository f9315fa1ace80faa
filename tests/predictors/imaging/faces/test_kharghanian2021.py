from __future__ import annotations

import torch
from torch.nn import functional

from predictors.imaging.faces.kharghanian2021 import DiscriminantNetwork, Normalised, mingled


def test_what_reaches_hidden_units_is_normalised_whatever_the_weights_are():
    torch.manual_seed(0)
    machine = Normalised(1, 6, 5, grey=True)
    seen = 3.0 + 2.0 * torch.randn(60, 1, 16, 16)
    for scale in (1.0, 30.0):
        machine.weights.data *= scale
        for _ in range(100):
            machine.met(seen)
        weights, hidden = machine.filters()
        reached = machine.scale * functional.conv2d(seen, weights) + hidden[:, None, None]
        torch.testing.assert_close(reached.mean((0, 2, 3)), machine.hidden, atol=0.02, rtol=0.0)
        torch.testing.assert_close(reached.std((0, 2, 3)), machine.gain, atol=0.02, rtol=0.0)


def test_groups_are_the_less_mingled_the_further_they_are_apart_for_their_width():
    pain = torch.tensor([True, True, False, False])
    features = torch.tensor([[1.0], [3.0], [11.0], [13.0]])
    torch.testing.assert_close(
        mingled(features, pain), torch.log(torch.tensor(2.0 / 100.0)), atol=1e-4, rtol=0.0
    )
    torch.testing.assert_close(mingled(7.0 * features, pain), mingled(features, pain), atol=1e-4, rtol=0.0)
    assert mingled(features, torch.ones(4, dtype=torch.bool)) == 0.0


def test_told_who_is_in_pain_features_part_them_better_than_untold():
    """Faint stripes that lie or stand."""
    torch.manual_seed(0)
    lying = torch.rand(96) < 0.5
    stripes = (torch.arange(24) % 6 < 3).float().expand(96, 24, 24)
    images = 0.1 * torch.where(lying[:, None, None], stripes, stripes.transpose(1, 2))
    images = images + 0.3 * torch.randn(96, 24, 24)

    def left(pain):
        torch.manual_seed(1)
        network = DiscriminantNetwork(((8, 5),), 24)
        network.learn_labelled(images, pain, 24, 4)
        with torch.no_grad():
            return mingled(network(images), lying).item()

    assert left(lying) < left(torch.ones(96, dtype=torch.bool)) - 0.2
