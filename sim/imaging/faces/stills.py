"""Single pictures of faces, about half of them in pain; the others and many of these talk, smile or raise brows."""

from __future__ import annotations

import torch
from torch import Tensor

from sim.imaging.faces import people, units
from sim.imaging.faces.drawing import Numbers, face
from sim.imaging.phantoms import Phantoms, drawn
from sim.randomness import normals, uniforms

PAINFUL = 0.6  # of the pictures; of some who show little nothing is seen
RESTLESS = 0.4  # units of a face that does nothing, at most
OFTEN = {"AU1": 0.25, "AU2": 0.25, "AU5": 0.15, "AU12": 0.35, "AU25": 0.5}  # of pictures (choice)
PAIN = {"whether": (0.0, 1.0), "level": (0.1, 1.0), "shut": (0.3, 1.0)}
CLOSING = 0.45  # how strong pain is, as it is shown, that may close eyes


def stills(keys: Tensor, shifted: float = 0.0, size: int = 48, people_met: range = people.JUDGED) -> Phantoms:
    """Return pictures with their intensity of pain.

    Args:
        keys: (pictures,), int64.
        shifted: how far away, 0 to 1: of others who have more folds at rest, in less light, more turned and hidden.
        size: pixels a side.
        people_met: numbers of those who may be seen; others are met where pictures are shifted.

    Returns:
        Truth `pspi`, 0 to 16, and `person`, a number; labels `pspi`, as a coder writes it who makes slips.
    """
    who, person = people.met(keys, people.OTHERS if shifted else people_met, shifted)
    return taken(keys, who, person, moved(keys, shown(keys, person)), people.scene(keys, shifted), size)


def shown(keys: Tensor, person: Numbers) -> Tensor:
    """Return how much pain these faces show, (pictures,)."""
    pain = drawn(keys, "pain", PAIN)
    return ((pain["whether"] < PAINFUL) * pain["level"] * person["express"])[:, 0, 0]


def taken(
    keys: Tensor, who: Tensor, person: Numbers, moves: units.Units, scene: Numbers, size: int
) -> Phantoms:
    """Return pictures of these faces, and what a coder who makes slips writes down.

    Args:
        keys: (pictures,), int64, of the moment: grain, and a coder's slips.
        who: (pictures,), numbers of people.
        person: their faces, as `people.met` returns them.
        moves: how strong every unit is, (pictures,).
        scene: camera, light and pose, as `people.scene` returns them.
        size: pixels a side.
    """
    each = {name: one[:, None, None] for name, one in moves.items()}
    noise = normals(keys, "grain", 0, size * size, torch.zeros((), device=keys.device)).T
    images = face(person, each, scene, noise.reshape(-1, size, size))
    seen = units.coded(moves)
    return Phantoms(
        images,
        {"pspi": units.pspi(seen), "person": who},
        {"pspi": units.pspi(units.slipped(keys, seen))},
        (1.0 / size, 1.0 / size),
    )


def moved(keys: Tensor, level: Tensor, restless: float = RESTLESS) -> dict[str, Tensor]:
    """Return how strong every unit is, (pictures,), of faces that show so much pain, 0 to about 1.5.

    Units of pain are up to `restless` where there is none.
    """
    example = torch.zeros((), device=keys.device)
    weights = 0.2 + 0.8 * uniforms(keys, "weights", 0, len(units.GRADED), example)
    rest = restless * uniforms(keys, "rest", 0, len(units.GRADED), example)
    moved = {
        name: torch.maximum(rest[number], (units.STRONGEST * level * weights[number]).clamp(max=5.0))
        for number, name in enumerate(units.GRADED)
    }
    chance = uniforms(keys, "others", 0, 2 * len(OFTEN), example)
    for number, (name, share) in enumerate(OFTEN.items()):
        moved[name] = (chance[2 * number] < share) * units.STRONGEST * chance[2 * number + 1]
    moved["AU43"] = (level * drawn(keys, "pain", PAIN)["shut"][:, 0, 0] > CLOSING).float()
    moved["blink"] = (uniforms(keys, "blink", 0, 1, example)[0] < 0.04).float()
    return moved
