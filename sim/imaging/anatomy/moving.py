"""A nerve that slides, turns and is squeezed in tissue that follows it less: where everything lay before it moved."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sim.imaging.phantoms import Ranges

TURN = 6.2831853
RIGID, FREE = (
    1.3,
    3.5,
)  # half axes from a nerve's middle: up to here tissue moves with it, from there on its own
FOLLOWS = 0.4  # of the nerve's way that tissue far from it goes (choice)
ANGLES = 96  # points of an outline
MOTION: Ranges = {
    "aside": (1.0, 3.5),  # mm to either side
    "deeper": (0.3, 1.2),
    "slow": (50.0, 120.0),  # frames to and fro
    "quick": (14.0, 30.0),
    "turned": (0.05, 0.3),  # radians
    "squeezed": (0.03, 0.16),  # log of the change of the axes; the area stays
    "along": (0.5, 2.5),  # mm through the plane: another pattern of fascicles
    "leaned": (0.0, 0.35),  # radians by which the probe is tilted
    "beat": (9.0, 14.0),  # frames
    "phase_0": (0.0, TURN),
    "phase_1": (0.0, TURN),
    "phase_2": (0.0, TURN),
    "phase_3": (0.0, TURN),
}


@dataclass(frozen=True)
class Pose:
    """How a nerve lies in a frame, each (films, 1, 1): its middle, mm; turn, radians; squeeze; mm along; tilt; beat."""

    x: Tensor
    z: Tensor
    turn: Tensor
    squeeze: Tensor
    along: Tensor
    tilt: Tensor
    beat: Tensor


@dataclass(frozen=True)
class Places:
    """Where the samples of a frame lay before anything moved.

    Attributes:
        x, z: mm.
        across, down: from the nerve's middle, in its half axes.
        edge: half axes from the middle to the outline in the direction of each sample.
    """

    x: Tensor
    z: Tensor
    across: Tensor
    down: Tensor
    edge: Tensor

    @property
    def far(self) -> Tensor:
        """From the nerve's middle, 1 at its outline."""
        return torch.hypot(self.across, self.down) / self.edge


def pose(person: dict[str, Tensor], frame: int) -> Pose:
    """Return how the nerve of each film lies in a frame."""

    def swing(period: str, phase: int) -> Tensor:
        return torch.sin(TURN * frame / person[period] + person[f"phase_{phase}"])

    return Pose(
        person["x"] + person["aside"] * (swing("slow", 0) + 0.3 * swing("quick", 1)),
        person["z"] + person["deeper"] * (swing("slow", 2) + 0.3 * swing("quick", 3)),
        person["leans"] + person["turned"] * swing("slow", 3),
        person["squeezed"] * swing("quick", 2),
        person["along"] * swing("slow", 1),
        person["leaned"] * swing("slow", 2),
        swing("beat", 0),
    )


def places(x: Tensor, z: Tensor, person: dict[str, Tensor], now: Pose) -> Places:
    """Return where samples at x, z (height, width), mm, lay at first; within the nerve exactly, round it smoothly."""
    cosine, sine = now.turn.cos(), now.turn.sin()
    aside, below = x - now.x, z - now.z
    own_x = (cosine * aside + sine * below) / now.squeeze.exp()
    own_z = (cosine * below - sine * aside) * now.squeeze.exp()
    across, down = own_x / person["wide"], own_z / person["high"]
    edge = _edge(torch.atan2(down, across), person)
    share = ((FREE - torch.hypot(across, down)) / (FREE - RIGID)).clamp(0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    out_x = x - FOLLOWS * (now.x - person["x"])
    out_z = z - FOLLOWS * (now.z - person["z"])
    return Places(
        torch.lerp(out_x, person["x"] + own_x, share),
        torch.lerp(out_z, person["z"] + own_z, share),
        across,
        down,
        edge,
    )


def box(person: dict[str, Tensor], now: Pose) -> Tensor:
    """Return the box about the outline, (films, 4), mm: x and z of its middle, width and height."""
    angle = torch.arange(ANGLES, device=now.x.device)[None, None] * (TURN / ANGLES)
    far = _edge(angle, person)
    own_x = far * angle.cos() * person["wide"] * now.squeeze.exp()
    own_z = far * angle.sin() * person["high"] / now.squeeze.exp()
    cosine, sine = now.turn.cos(), now.turn.sin()
    x, z = now.x + cosine * own_x - sine * own_z, now.z + sine * own_x + cosine * own_z
    (left, right), (top, bottom) = x.aminmax(dim=2), z.aminmax(dim=2)
    return torch.cat([0.5 * (left + right), 0.5 * (top + bottom), right - left, bottom - top], dim=1)


def _edge(angle: Tensor, person: dict[str, Tensor]) -> Tensor:
    """Return how far the outline is, in half axes: no nerve is quite an ellipse."""
    return 1.0 + 0.07 * torch.cos(3.0 * angle + person["phase_2"])
