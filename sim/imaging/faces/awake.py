"""Pictures of patients who are awake: each with a face of their own, which shows how much they hurt now."""

from __future__ import annotations

import numpy as np
import torch

from sim.imaging.faces import people
from sim.imaging.faces.stills import moved, taken
from sim.imaging.phantoms import Phantoms, between, drawn
from sim.randomness import words


def awake(keys: np.ndarray, moment: int, hurt: np.ndarray, shifted: float = 0.0, size: int = 48) -> Phantoms:
    """Return a picture of each patient, see `sim.imaging.faces.stills`; nobody here was ever learned from.

    Args:
        keys: (patients,), of `sim.randomness.case_keys`: who they are.
        moment: number of the picture; another one has other light and pose, and something else moves the face.
        hurt: (patients,), how much it hurts, 0 to 1; a face shows 0.2 to 1.5 of it.
        shifted: how far away, 0 to 1: of others who have more folds at rest, in less light, more turned and hidden.
        size: pixels a side.
    """
    who = torch.from_numpy(keys.view(np.int64))
    now = torch.from_numpy(words(keys, "look", np.array([moment]), 1)[0, 0].view(np.int64))
    person = drawn(who, "face", between(people.FACES, people.ELDER, shifted))
    level = torch.from_numpy(hurt).float() * person["express"][:, 0, 0]
    return taken(now, torch.arange(len(keys)), person, moved(now, level), people.scene(now, shifted), size)
