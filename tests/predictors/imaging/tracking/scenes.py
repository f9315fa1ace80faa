"""Films of what is known to move: a scene that passes, a disc that wanders."""

from __future__ import annotations

import torch
from torch import Tensor

FRAMES, SIDE = 12, 64
DISC_FRAMES, DISC_SIDE = 8, 48


def texture(height: int, width: int, seed: int = 0) -> Tensor:
    """Smooth noise: what can be followed."""
    noise = torch.rand((1, 1, height, width), generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.avg_pool2d(noise, 3, 1, 1)[0, 0]


def moving() -> tuple[Tensor, Tensor]:
    """Films of two scenes that pass, by whole pixels a frame, and the boxes of what lies in the middle."""
    films, boxes = [], []
    for seed, (aside, below) in enumerate(((1, 0), (-1, 1))):
        scene = texture(SIDE + 2 * FRAMES, SIDE + 2 * FRAMES, seed)
        starts = [(FRAMES - below * frame, FRAMES - aside * frame) for frame in range(FRAMES)]
        films.append(torch.stack([scene[z : z + SIDE, x : x + SIDE] for z, x in starts]))
        places = [(32.0 + aside * frame, 30.0 + below * frame, 14.0, 10.0) for frame in range(FRAMES)]
        boxes.append(torch.tensor(places))
    return torch.stack(films), torch.stack(boxes)


def discs(count: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Films of a bright disc that wanders over noise, the boxes about it, and its masks."""
    chance = torch.Generator().manual_seed(seed)
    start = 18.0 + 12.0 * torch.rand((count, 1, 2), generator=chance)
    step = 2.4 * torch.rand((count, 1, 2), generator=chance) - 1.2
    middles = start + step * torch.arange(DISC_FRAMES)[None, :, None]
    place = torch.arange(DISC_SIDE) + 0.5
    x, z = (middles[..., axis, None, None] for axis in range(2))
    masks = ((place - x) ** 2 + (place[:, None] - z) ** 2 < 25.0).float()
    noise = 0.4 * torch.rand((count, DISC_FRAMES, DISC_SIDE, DISC_SIDE), generator=chance)
    return noise + 0.5 * masks, torch.cat([middles, torch.full_like(middles, 10.0)], dim=2), masks
