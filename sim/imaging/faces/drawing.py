"""A face in grey: who it is, what its muscles do, and how it is seen. Units move parts *and* draw furrows."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sim.imaging.faces.units import STRONGEST, Units

Numbers = Mapping[str, Tensor]  # each (images, 1, 1)


def face(person: Numbers, units: Units, scene: Numbers, noise: Tensor) -> Tensor:
    """Return pictures, 0 black to 1 white.

    Args:
        person: as `people.met` returns it.
        units: each (images, 1, 1); "blink" beside them, 0 to 1: lids that close for a moment.
        scene: as `people.scene` returns it.
        noise: standard normal, (images, size, size), which says how large pictures are.
    """
    u, v = _picture(noise)
    x, y = _turned(u, v, scene)
    strength = {name: one / STRONGEST for name, one in units.items()}
    strength |= {"shut": torch.maximum(units["AU43"], units["blink"]).clamp(0.0, 1.0)}
    side = x.abs()
    canvas = scene["wall"].expand_as(noise)
    canvas = _over(canvas, _head(side, y, person, 1.12, scene), person["hair"])
    shade = person["skin"] * (1.0 - 0.25 * (x**2 + 0.5 * y**2))
    head = _head(side, y, person, 1.0, scene) * _inside(person["fringe"] - y, scene)
    canvas = _over(canvas, head, shade)
    canvas = canvas - person["skin"] * _furrows(side, y, person, strength)
    canvas = _eyes(canvas, side, y, person, strength, scene)
    canvas = _nose_and_mouth(canvas, side, y, person, strength, scene)
    canvas = canvas * scene["gain"] * (1.0 + scene["light_x"] * u + scene["light_y"] * v)
    off = (v - scene["bar_y"] - scene["bar_slope"] * u).abs() - scene["bar_half"]
    canvas = _over(canvas, _inside(off, scene) * (scene["bar"] < scene["hidden"]), scene["bar_tone"])
    return (canvas + scene["noise"] * noise).clamp(0.0, 1.0)


def _picture(noise: Tensor) -> tuple[Tensor, Tensor]:
    """Return where pixels are, right and down, from -1 to 1."""
    size = noise.shape[-1]
    along = (torch.arange(size, device=noise.device) + 0.5) * (2.0 / size) - 1.0
    return along[None, None, :], along[None, :, None]


def _turned(u: Tensor, v: Tensor, scene: Numbers) -> tuple[Tensor, Tensor]:
    """Return where pixels are in the face's own frame; turning the head squeezes one half of it."""
    u, v = (u - scene["aside"]) / scene["scale"], (v - scene["up"]) / scene["scale"]
    x = scene["roll"].cos() * u + scene["roll"].sin() * v
    y = scene["roll"].cos() * v - scene["roll"].sin() * u
    return x + scene["yaw"] * (x**2 - 0.3), y


def seen_at(x: Tensor, y: Tensor, scene: Numbers) -> Tensor:
    """Return where places of the face's own frame are seen, (..., 2), right and down; undoes `_turned`."""
    yaw = scene["yaw"]
    off = x + 0.3 * yaw
    x = 2.0 * off / (1.0 + (1.0 + 4.0 * yaw * off).sqrt())
    u = scene["aside"] + scene["scale"] * (scene["roll"].cos() * x - scene["roll"].sin() * y)
    v = scene["up"] + scene["scale"] * (scene["roll"].sin() * x + scene["roll"].cos() * y)
    return torch.stack([u, v], dim=-1)


def _inside(distance: Tensor, scene: Numbers) -> Tensor:
    return torch.sigmoid(-distance / scene["blur"])


def _line(distance: Tensor, width: float) -> Tensor:
    return torch.exp(-0.5 * (distance / width) ** 2)


def _over(canvas: Tensor, mask: Tensor, tone: Tensor) -> Tensor:
    return canvas + mask * (tone - canvas)


def _head(side: Tensor, y: Tensor, person: Numbers, grown: float, scene: Numbers) -> Tensor:
    radius = ((side / person["width"]) ** 2 + (y / person["height"]) ** 2).sqrt()
    return _inside((radius - grown) * person["width"], scene)


def _furrows(side: Tensor, y: Tensor, person: Numbers, strength: Numbers) -> Tensor:
    """Return how much darker skin is where it folds, at rest and by muscles."""
    eye, brow = person["eye_y"], person["eye_y"] - person["brow_gap"]
    frown = person["frown_lines"] + 0.3 * strength["AU4"]
    folds = frown * _line(side - 0.05, 0.018) * _line(y - brow - 0.02, 0.07)
    outer = side - person["eye_apart"] - person["eye_width"] - 0.05
    feet = person["crow_feet"] + 0.3 * strength["AU6"]
    folds = folds + feet * _line(outer, 0.035) * torch.cos(60.0 * (y - eye)).clamp(min=0.0) * _line(
        y - eye, 0.08
    )
    under = y - eye - 0.13 + 0.03 * strength["AU6"]
    folds = folds + (0.05 + 0.2 * strength["AU6"]) * _line(under, 0.018) * _line(
        side - person["eye_apart"], 0.1
    )
    root = 0.25 * strength["AU9"] * _line(side, 0.06)
    folds = folds + root * torch.cos(70.0 * (y - eye)).clamp(min=0.0) * _line(y - eye - 0.02, 0.07)
    wing = person["nose_width"] + 0.04 + 0.35 * (y - person["nose_y"]).clamp(min=0.0)
    cheek = person["nose_folds"] + 0.3 * torch.maximum(strength["AU10"], 0.7 * strength["AU12"])
    folds = folds + cheek * _line(side - wing, 0.02) * _line(y - person["nose_y"] - 0.1, 0.1)
    rows = torch.cos(50.0 * (y - brow)).clamp(min=0.0) * _line(y - brow + 0.2, 0.08)
    raised = torch.maximum(strength["AU1"], strength["AU2"])
    return folds + 0.2 * raised * rows * _line(side, 0.3)


def _eyes(
    canvas: Tensor, side: Tensor, y: Tensor, person: Numbers, strength: Numbers, scene: Numbers
) -> Tensor:
    """Draw brows and eyes: lids narrow by cheeks and by themselves, widen, and close."""
    across = side - person["eye_apart"]
    narrow = 1.0 - 0.5 * torch.maximum(0.8 * strength["AU6"], strength["AU7"]) + 0.3 * strength["AU5"]
    half = person["open"] * narrow * (1.0 - strength["shut"])
    lid = half * (1.0 - (across / person["eye_width"]) ** 2)
    down = y - person["eye_y"]
    canvas = _over(canvas, _inside(down.abs() - lid, scene) * (half > 0.004), 0.9 * scene["gain"])
    iris = (across**2 + down**2).sqrt() - 0.05
    canvas = _over(canvas, _inside(torch.maximum(iris, down.abs() - lid), scene), 0.1 * scene["gain"])
    edge = _line(down + lid.clamp(min=0.0), 0.014) * _inside(across.abs() - person["eye_width"], scene)
    canvas = _over(canvas, 0.7 * edge, 0.15 * scene["gain"])
    inner = 0.10 - 0.04 * strength["AU4"]
    along = ((side - inner) / 0.3).clamp(0.0, 1.0)
    height = person["eye_y"] - person["brow_gap"] + person["brow_bend"] * (along - 0.6) ** 2
    height = height + 0.08 * strength["AU4"] * (1.0 - 0.5 * along)
    height = height - 0.08 * (strength["AU1"] * (1.0 - along) + strength["AU2"] * along)
    off = torch.maximum((y - height).abs() - person["brow_thick"], (side - inner - 0.15).abs() - 0.15)
    return _over(canvas, _inside(off, scene), 0.7 * person["hair"])


def _nose_and_mouth(
    canvas: Tensor, side: Tensor, y: Tensor, person: Numbers, strength: Numbers, scene: Numbers
) -> Tensor:
    """Draw nostrils that are pulled up, and lips that are lifted, smile and speak."""
    wings = person["nose_y"] - 0.05 * strength["AU9"] - 0.02 * strength["AU10"]
    wide = person["nose_width"] * (0.6 + 0.15 * strength["AU9"])
    nostril = (((side - wide) / 1.4) ** 2 + (y - wings) ** 2).sqrt() - 0.022
    canvas = _over(canvas, 0.8 * _inside(nostril, scene), 0.3 * person["skin"])
    half = person["mouth_width"] + 0.06 * strength["AU12"]
    bow = (side / half) ** 2
    middle = person["mouth_y"] + 0.04 * strength["AU12"] * (1.0 - 2.0 * bow)
    gap = 0.07 * strength["AU25"] * (1.0 - bow)
    upper = middle - gap - person["lip"] - 0.06 * strength["AU10"]
    lower = middle + gap + person["lip"]
    ends = side - half
    lips = torch.maximum(torch.maximum(upper - y, y - lower), ends)
    canvas = _over(canvas, _inside(lips, scene), 0.65 * person["skin"])
    opening = gap + 0.008 + 0.02 * strength["AU10"]
    return _over(
        canvas, _inside(torch.maximum((y - middle).abs() - opening, ends), scene), 0.1 * person["skin"]
    )
