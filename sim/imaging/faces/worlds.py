"""The same moments in worlds that each lack one thing which may make pain hard to see; for asking what does."""

from __future__ import annotations

import torch
from torch import Tensor

from sim.imaging.faces import people, units
from sim.imaging.faces.stills import RESTLESS, moved, shown, taken
from sim.imaging.phantoms import Phantoms, Ranges

AS_DRAWN = "as drawn"
ALIKE = "all show as much of it"
STILL = "no unit of pain moves without it"
ALONE = "nothing else moves"
SMOOTH = "no folds at rest"
STRAIGHT = "one light and pose, no tube"
WORLDS = AS_DRAWN, ALIKE, STILL, ALONE, SMOOTH, STRAIGHT
FOLDS = "frown_lines", "crow_feet", "nose_folds"
POSED = "roll", "yaw", "aside", "up", "scale", "light_x", "light_y", "gain"  # grain, blur and wall stay
MORE_THAN_ALL = -1.0  # no tube is drawn that seldom


def world(
    name: str, keys: Tensor, shifted: float = 0.0, size: int = 48, people_met: range = people.JUDGED
) -> Phantoms:
    """Return pictures as `stills` does, of a world by its name, one of `WORLDS`."""
    who, person = people.met(keys, people.OTHERS if shifted else people_met, shifted)
    if name == ALIKE:
        person |= {"express": _middle(person["express"], people.FACES, "express")}
    if name == SMOOTH:
        person |= {fold: torch.zeros_like(person[fold]) for fold in FOLDS}
    moves = moved(keys, shown(keys, person), 0.0 if name == STILL else RESTLESS)
    if name == ALONE:
        moves |= {unit: torch.zeros_like(moves[unit]) for unit in (*units.OTHERS, "blink")}
    scene = people.scene(keys, shifted)
    if name == STRAIGHT:
        scene |= {one: _middle(scene[one], people.SCENES, one) for one in POSED}
        scene |= {"hidden": torch.full_like(scene["hidden"], MORE_THAN_ALL)}
    return taken(keys, who, person, moves, scene, size)


def _middle(values: Tensor, ranges: Ranges, name: str) -> Tensor:
    return torch.full_like(values, sum(ranges[name]) / 2.0)
