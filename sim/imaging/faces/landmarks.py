"""Landmarks of a face, as a tool that fits a mesh would find them: eyes, nose and corners of the mouth at rest."""

from __future__ import annotations

import torch
from torch import Tensor

from sim.imaging.faces.drawing import Numbers, seen_at
from sim.randomness import normals

COUNT = 5
OFF, OFF_ELSEWHERE = (
    0.02,
    0.04,
)  # SD of what is found, of half a picture: half a pixel of 48, a whole one (choice)


def landmarks(person: Numbers, scene: Numbers) -> Tensor:
    """Return where they are, (images, 5, 2), right and down, from -1 to 1; expression does not move them."""
    aside = [-person["eye_apart"], person["eye_apart"], 0.0 * person["nose_y"]]
    aside += [-person["mouth_width"], person["mouth_width"]]
    down = [person[name] for name in ("eye_y", "eye_y", "nose_y", "mouth_y", "mouth_y")]
    return seen_at(torch.cat(aside, -1), torch.cat(down, -1), scene)[:, 0]


def found(keys: Tensor, when: Tensor, there: Tensor, shifted: float) -> Tensor:
    """Return where they are found, as `landmarks`.

    Args:
        keys: (images,), int64, of the films.
        when: (images,), numbers of the frames: each is off by itself.
        there: where they are.
        shifted: how far away, 0 to 1: they are found half as well on others.
    """
    off = OFF + shifted * (OFF_ELSEWHERE - OFF)
    chance = normals(keys, "landmarks", when, 2 * COUNT, torch.zeros((), device=keys.device))
    return there + off * chance.T.reshape(there.shape)
