from __future__ import annotations

import torch

from predictors.imaging.faces.frames import FEATURES, missed
from predictors.imaging.faces.rodriguez2017 import Recurrent, windows


def test_windows_hold_the_frames_up_to_each_and_a_film_stood_still_before():
    films = torch.arange(12.0).reshape(1, 6, 2)
    found = windows(films, 3)
    assert found.shape == (1, 6, 3, 2)
    torch.testing.assert_close(found[0, 4], films[0, 2:5])
    torch.testing.assert_close(found[0, 1], films[0, [0, 0, 1]])
    torch.testing.assert_close(windows(films, 1)[:, :, 0], films)


def test_a_memory_learns_what_no_single_frame_shows():
    """A light in one feature: pain where it has been on for three frames, as closed eyes are and a blink is not."""
    torch.manual_seed(0)
    network = Recurrent()

    def shown(count):
        features = 0.1 * torch.randn(count, 5, FEATURES)
        long = torch.rand(count) < 0.5
        features[:, 4, 0] += 1.0
        features[long, 2:4, 0] += 1.0
        return features, long.float()

    descent = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(60):
        features, wanted = shown(64)
        descent.zero_grad()
        missed(network(features), wanted).backward()
        descent.step()
    features, wanted = shown(200)
    with torch.no_grad():
        pain, intensity = network(features)
    assert ((pain > 0.0) == (wanted > 0.0)).float().mean() > 0.95
    assert (intensity - wanted).square().mean() < 0.1


def test_what_is_missed_is_the_log_loss_and_a_tenth_of_the_squared_error():
    said = torch.tensor([0.0, 0.0]), torch.tensor([2.0, 1.0])
    torch.testing.assert_close(
        missed(said, torch.tensor([4.0, 0.0])), torch.log(torch.tensor(2.0)) + 0.1 * 2.5
    )
