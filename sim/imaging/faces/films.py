"""Films of faces, ten frames a second: pain comes, stays and goes, and so does all else that moves a face.

Units follow an envelope: onset, apex, offset. Lids that blink are shut for one or two frames, which is no AU43, and the
same picture as eyes that are closed in pain: only time tells them apart. In 83 of 100 frames nothing is to be coded.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sim.imaging.faces import people, units
from sim.imaging.faces.drawing import Numbers, face
from sim.imaging.faces.landmarks import found, landmarks
from sim.imaging.faces.stills import CLOSING, RESTLESS
from sim.imaging.phantoms import Phantoms, Ranges, drawn
from sim.randomness import normals, uniforms

FRAMES = 40
PAINFUL = (
    0.65  # of the films have an episode, which may reach beyond them; of some who show little nothing is seen
)
OFTEN = {"AU1": 0.3, "AU2": 0.3, "AU5": 0.2, "AU12": 0.4, "AU25": 0.5}  # of the films (choice)
BLINKS = 0.03  # of the frames one begins; half of them last two (choice)
TURN = 6.2831853
EPISODE: Ranges = {  # frames
    "begins": (-10.0, 38.0),
    "rises": (2.0, 5.0),
    "stays": (3.0, 14.0),
    "falls": (3.0, 8.0),
    "strong": (0.0, 1.0),
    "whether": (0.0, 1.0),
    "shut": (0.3, 1.0),
}
SWAYS: Ranges = {"slow": (25.0, 60.0), "roll": (0.0, 0.05), "aside": (0.0, 0.04), "phase": (0.0, TURN)}
TOGETHER = 640  # pictures that are drawn in one go


def films(
    keys: Tensor,
    shifted: float = 0.0,
    size: int = 48,
    people_met: range = people.JUDGED,
    frames: Sequence[int] = range(FRAMES),
) -> Phantoms:
    """Return films with the intensity of pain in each frame.

    Args:
        keys: (films,), int64.
        shifted: how far away, 0 to 1: of others who have more folds at rest, in less light, more turned and hidden.
        size: pixels a side.
        people_met: numbers of those who may be seen; others are met where films are shifted.
        frames: which; a few that lie apart are frames of films like the others.

    Returns:
        Truth, each (films, frames) but `person` (films,): `pspi`, 0 to 16; `shown`, the same sum of units before they
        are rounded; `blink`, whether lids blink; `landmarks`, (films, frames, 5, 2), see `sim.imaging.faces.landmarks`.
        Labels `pspi`, as a coder writes it who makes the same slips all through a film, and `landmarks`, as found.
    """
    who, person = people.met(keys, people.OTHERS if shifted else people_met, shifted)
    when = torch.tensor(list(frames), device=keys.device)
    moved = _moved(keys, person["express"][:, :, 0], when)
    film, frame = _each(keys, when), when.repeat(len(keys))
    faces = {name: _each(one, when) for name, one in person.items()}
    views = _views(keys, when, shifted)
    images = _drawn(film, frame, faces, moved, views, size)
    there = landmarks(faces, views)
    seen = units.coded(moved)
    shut = {**moved, "AU43": seen["AU43"]}
    return Phantoms(
        images.unflatten(0, (len(keys), -1)),
        {
            "pspi": units.pspi(seen),
            "shown": units.pspi(shut),
            "blink": (moved["blink"] > 0.0) & (seen["AU43"] == 0.0),
            "landmarks": there.unflatten(0, (len(keys), -1)),
            "person": who,
        },
        {
            "pspi": units.pspi(units.slipped(keys, seen)),
            "landmarks": found(film, frame, there, shifted).unflatten(0, (len(keys), -1)),
        },
        (1.0 / size, 1.0 / size),
    )


def _views(keys: Tensor, when: Tensor, shifted: float) -> Numbers:
    """Return camera, light and pose of each frame, each (films x frames, 1, 1): heads sway a little."""
    sway = drawn(keys, "sway", SWAYS)
    time = when.repeat(len(keys))[:, None, None]
    swing = torch.sin(TURN * time / _each(sway["slow"], when) + _each(sway["phase"], when))
    views = {name: _each(one, when) for name, one in people.scene(keys, shifted).items()}
    return views | {name: views[name] + _each(sway[name], when) * swing for name in ("roll", "aside")}


def _each(one: Tensor, when: Tensor) -> Tensor:
    """Return what each film has for each of its frames, (films x frames, ...)."""
    return one.repeat_interleave(len(when), 0)


def _drawn(film: Tensor, frame: Tensor, faces: Numbers, moved: Numbers, views: Numbers, size: int) -> Tensor:
    """Return pictures, (films x frames, size, size), some of them at a time, each with grain of its own."""
    shown = {name: one.reshape(-1, 1, 1) for name, one in moved.items()}
    images = []
    for some in torch.arange(len(film), device=film.device).split(TOGETHER):
        person, units_now, view = (
            {name: one[some] for name, one in each.items()} for each in (faces, shown, views)
        )
        grain = normals(film[some], "grain", frame[some], size * size, torch.zeros((), device=film.device))
        images.append(face(person, units_now, view, grain.T.reshape(-1, size, size)))
    return torch.cat(images)


def _moved(keys: Tensor, express: Tensor, when: Tensor) -> dict[str, Tensor]:
    """Return how strong every unit is, (films, frames)."""
    example = torch.zeros((), device=keys.device)
    pain = _episode(keys, "pain", when, PAINFUL) * express
    weights = 0.2 + 0.8 * uniforms(keys, "weights", 0, len(units.GRADED), example)
    rest = RESTLESS * uniforms(keys, "rest", 0, len(units.GRADED), example)
    moved = {
        name: torch.maximum(
            rest[number, :, None], (units.STRONGEST * weights[number, :, None] * pain).clamp(max=5.0)
        )
        for number, name in enumerate(units.GRADED)
    }
    for name, share in OFTEN.items():
        moved[name] = units.STRONGEST * _episode(keys, name, when, share)
    speech = uniforms(keys, "speech", 0, 2, example)[:, :, None]
    moved["AU25"] = moved["AU25"] * torch.sin(TURN * (when / (3.0 + 4.0 * speech[0]) + speech[1])).abs()
    shut = drawn(keys, "pain", EPISODE)["shut"][:, :, 0]
    moved["AU43"] = (pain * shut > CLOSING).float()
    moved["blink"] = _blinks(keys, when)
    return moved


def _episode(keys: Tensor, purpose: str, when: Tensor, often: float) -> Tensor:
    """Return how far something has come, 0 to 1, (films, frames): onset, apex and offset, in a part of the films."""
    own = {name: one[:, :, 0] for name, one in drawn(keys, purpose, EPISODE).items()}
    since = when - own["begins"]
    left = own["rises"] + own["stays"] + own["falls"] - since
    come = torch.minimum(since / own["rises"], left / own["falls"]).clamp(0.0, 1.0)
    level = (own["whether"] < often) * (0.1 + 0.9 * own["strong"])
    return level * come * come * (3.0 - 2.0 * come)


def _blinks(keys: Tensor, when: Tensor) -> Tensor:
    """Return whether lids blink, 0 or 1, (films, frames): for one frame or two."""
    frames = torch.cat([when, when - 1]).clamp(min=-1) + 1  # counters are not negative
    chance = uniforms(
        keys.repeat_interleave(len(frames)),
        "blink",
        frames.repeat(len(keys)),
        2,
        torch.zeros((), device=keys.device),
    ).reshape(2, len(keys), 2, len(when))
    begun, long = chance[0] < BLINKS, chance[1] < 0.5
    return (begun[:, 0] | (begun[:, 1] & long[:, 1])).float()
