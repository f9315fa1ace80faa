from __future__ import annotations

import numpy as np
import torch

from experiments.imaging.measures import recovery
from sim.imaging.phantoms import Phantoms

FRAMES = 30


def film(off, hidden=()):
    """What is said of a film whose box is off by so many of its sides in each frame."""
    box = torch.tensor([10.0, 10.0, 4.0, 4.0]).repeat(1, FRAMES, 1)
    said = box.clone()
    said[0, :, 0] += 4.0 * torch.tensor(off)
    mask = torch.zeros((1, FRAMES), dtype=torch.bool)
    mask[0, list(hidden)] = True
    return {"box": said}, Phantoms(torch.zeros((1, FRAMES, 8, 8)), {"box": box, "hidden": mask}, {}, (1, 1))


def test_a_nerve_is_lost_where_boxes_share_nothing_and_found_when_followed_soon_enough():
    for away, wanted in ((5, 1.0), (10, 1.0), (11, 0.0), (20, 0.0)):
        case = film([0.0] * 5 + [1.5] * away + [0.0] * (25 - away))
        assert recovery.lost(*case).item() == 1.0
        assert recovery.found(*case).item() == wanted


def test_half_a_box_is_not_followed_but_not_lost_and_what_was_not_lost_is_not_found():
    case = film([0.5] * FRAMES)
    assert recovery.lost(*case).item() == 0.0
    assert np.isnan(recovery.found(*case).item())
    again = film([1.5] * 2 + [0.5] * (FRAMES - 2))
    assert recovery.found(*again).item() == 0.0


def test_frames_without_contact_do_not_tell_and_those_after_it_do():
    hidden = range(8, 14)
    astray = film([0.0] * 8 + [1.5] * 6 + [0.0] * 16, hidden)
    assert recovery.lost(*astray).item() == 0.0
    assert recovery.back(*astray).item() == 1.0
    assert recovery.back(*film([0.0] * 14 + [1.5] * 10 + [0.0] * 6, hidden)).item() == 0.0
    assert recovery.back(*film([0.0] * 14 + [1.5] * 9 + [0.0] * 7, hidden)).item() == 1.0
    assert np.isnan(recovery.back(*film([0.0] * FRAMES)).item())
