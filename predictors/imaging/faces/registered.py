"""Faces brought to one place (as Rodriguez 2017 does by a mesh): an affine map by a few landmarks, at least squares."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Eyes, nose and corners of the mouth of a middling face, half as large again: its forehead and chin fill the picture.
PLACES = (-0.38, -0.22), (0.38, -0.22), (0.0, 0.24), (-0.33, 0.63), (0.33, 0.63)


def registered(images: Tensor, landmarks: Tensor) -> Tensor:
    """Return pictures (images, height, width) in which landmarks lie where those of all faces do.

    Args:
        images: (images, height, width).
        landmarks: (images, 5, 2), right and down, from -1 to 1.
    """
    places = torch.tensor(PLACES, device=images.device)
    wanted = torch.cat([places, torch.ones_like(places[:, :1])], 1)
    maps = (torch.linalg.pinv(wanted) @ landmarks).transpose(1, 2)  # from where it is to go to where it is
    grid = functional.affine_grid(maps, [len(images), 1, *images.shape[1:]], align_corners=False)
    return functional.grid_sample(images[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
