"""Who is seen and how: what makes one face another, and what a picture owes to camera, light and pose."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sim.imaging.phantoms import Ranges, between, drawn
from sim.randomness import case_keys, uniforms

HOUSE = 25  # the seed of all people
LEARNED, JUDGED, OTHERS = range(0, 25), range(100, 125), range(200, 225)  # 25 as in the UNBC-McMaster archive
FACES: Ranges = {
    "width": (0.52, 0.68),  # half of the head's, where the picture's half is 1
    "height": (0.74, 0.88),
    "eye_apart": (0.22, 0.29),
    "eye_y": (-0.20, -0.10),
    "eye_width": (0.10, 0.14),
    "open": (0.045, 0.075),
    "brow_gap": (0.13, 0.19),
    "brow_thick": (0.018, 0.035),
    "brow_bend": (0.05, 0.2),
    "nose_width": (0.08, 0.13),
    "nose_y": (0.12, 0.2),
    "mouth_width": (0.17, 0.27),
    "mouth_y": (0.38, 0.46),
    "lip": (0.025, 0.05),
    "skin": (0.45, 0.85),
    "hair": (0.05, 0.4),
    "fringe": (-0.75, -0.45),
    "frown_lines": (0.0, 0.16),  # furrows of a face at rest
    "crow_feet": (0.0, 0.14),
    "nose_folds": (0.0, 0.16),
    "express": (0.2, 1.5),  # how much of pain a face shows
}
ELDER: Ranges = {
    **FACES,
    "width": (0.48, 0.72),
    "brow_thick": (0.012, 0.03),
    "skin": (0.3, 0.9),
    "hair": (0.1, 0.85),
    "frown_lines": (0.06, 0.24),
    "crow_feet": (0.06, 0.2),
    "nose_folds": (0.06, 0.24),
}
SCENES: Ranges = {
    "roll": (-0.15, 0.15),
    "yaw": (-0.15, 0.15),
    "aside": (-0.08, 0.08),
    "up": (-0.08, 0.08),
    "scale": (0.92, 1.08),
    "light_x": (-0.25, 0.25),
    "light_y": (-0.2, 0.2),
    "gain": (0.8, 1.15),
    "noise": (0.01, 0.05),
    "blur": (0.012, 0.03),
    "wall": (0.1, 0.9),
    "bar": (0.0, 1.0),
    "bar_y": (0.05, 0.5),
    "bar_slope": (-0.3, 0.3),
    "bar_half": (0.04, 0.14),
    "bar_tone": (0.2, 0.95),
    "hidden": (0.1, 0.1),  # of pictures with a tube or mask before the face
}
DARKER: Ranges = {
    **SCENES,
    "roll": (-0.25, 0.25),
    "yaw": (-0.25, 0.25),
    "light_x": (-0.45, 0.45),
    "gain": (0.55, 1.1),
    "noise": (0.03, 0.08),
    "blur": (0.02, 0.04),
    "hidden": (0.25, 0.25),
}


def met(keys: Tensor, people: range, shifted: float) -> tuple[Tensor, dict[str, Tensor]]:
    """Return who is met, (images,), numbers of people, and their faces, each (images, 1, 1)."""
    those = torch.from_numpy(case_keys(HOUSE, np.asarray(people)).view(np.int64)).to(keys.device)
    chance = uniforms(keys, "who", 0, 1, torch.zeros((), device=keys.device))[0]
    place = (chance * len(people)).long().clamp(max=len(people) - 1)
    return place + people.start, drawn(those[place], "face", between(FACES, ELDER, shifted))


def scene(keys: Tensor, shifted: float) -> dict[str, Tensor]:
    """Return camera, light and pose, each (images, 1, 1)."""
    return drawn(keys, "scene", between(SCENES, DARKER, shifted))
