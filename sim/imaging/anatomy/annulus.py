"""The mitral annulus, a saddle: where planes through the probe's axis cut it, exactly.

p(t) = centre + a cos t · front + b sin t · aside + h cos 2t · up, a and b half the anteroposterior and half the
commissural diameter: the anterior and the posterior horn lie nearer to the atrium than the commissures. The probe is at
the origin, z points into the body, and planes are turned about z, which is not quite the annulus's own axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

NEWTON = 8  # steps; planes cut the saddle so steeply that four are enough


@dataclass(frozen=True)
class Saddle:
    """Annuli, float64, of (volumes, ...).

    Attributes:
        half: (volumes, 3), mm: a, b and h.
        centre: (volumes, 3), mm.
        axes: (volumes, 3, 3), unit vectors: front, aside and up, a row each.
    """

    half: Tensor
    centre: Tensor
    axes: Tensor

    def at(self, around: Tensor) -> Tensor:
        """Return points (volumes, n, 3), mm, at parameters (volumes, n), radians, 0 at the anterior horn."""
        shape = torch.stack([around.cos(), around.sin(), (2.0 * around).cos()], dim=-1)
        return self.centre[:, None] + (self.half[:, None] * shape) @ self.axes

    def own(self, x: Tensor, z: Tensor, angle: float) -> tuple[Tensor, Tensor, Tensor]:
        """Return points of a plane, x and z (height, width), mm, from the centre: to the front, aside and up."""
        place = torch.stack([x * math.cos(angle), x * math.sin(angle), z])
        turned = torch.einsum("vij,jhw->vihw", self.axes.to(x), place)
        middle = torch.einsum("vij,vj->vi", self.axes, self.centre)
        front, aside, up = (turned - middle.to(x)[:, :, None, None]).unbind(1)
        return front, aside, up

    def cut(self, angle: float) -> tuple[Tensor, Tensor]:
        """Return where a plane cuts the saddle: (volumes, 2, 2), mm, x and z of both points, the left one first, and
        (volumes, 2), their parameters, radians.

        Of a plane with the normal n all points of the saddle have n·p = 0: a sinusoid, of which arcus cosine gives the
        roots, and a small second harmonic, for which Newton's method is started there.
        """
        normal = self.centre.new_tensor([-math.sin(angle), math.cos(angle), 0.0])
        far = (self.centre @ normal)[:, None]
        front, aside, up = ((self.axes @ normal) * self.half)[:, :, None].unbind(1)
        half = torch.acos(-far / torch.hypot(front, aside))
        around = torch.atan2(aside, front) + torch.cat([half, -half], dim=1)
        for _ in range(NEWTON):
            value = far + front * around.cos() + aside * around.sin() + up * (2.0 * around).cos()
            steep = aside * around.cos() - front * around.sin() - 2.0 * up * (2.0 * around).sin()
            around = around - value / steep
        points = self.at(around)
        x = points[..., 0] * math.cos(angle) + points[..., 1] * math.sin(angle)
        order = x.argsort(dim=1)
        flat = torch.stack([x, points[..., 2]], dim=-1)
        return flat.gather(1, order[..., None].expand_as(flat)), around.gather(1, order)


def saddle(person: dict[str, Tensor]) -> Saddle:
    """Return the annuli of numbers (volumes, 1, 1): `wide` and `tall`, mm, `oblong`, `aside_x`, `aside_y` and `deep`,
    mm from the probe, `lean_x` and `lean_y`, radians by which they lean out of the probe's axis, and `turned`."""
    one = {name: value[:, 0, 0].double() for name, value in person.items()}
    up = torch.stack([one["lean_x"].tan(), one["lean_y"].tan(), -torch.ones_like(one["deep"])], dim=-1)
    up = up / up.norm(dim=-1, keepdim=True)
    flat = torch.stack([one["turned"].cos(), one["turned"].sin(), torch.zeros_like(one["deep"])], dim=-1)
    front = flat - (flat * up).sum(-1, keepdim=True) * up
    front = front / front.norm(dim=-1, keepdim=True)
    return Saddle(
        torch.stack([0.5 * one["wide"] * one["oblong"], 0.5 * one["wide"], 0.5 * one["tall"]], dim=-1),
        torch.stack([one["aside_x"], one["aside_y"], one["deep"]], dim=-1),
        torch.stack([front, torch.linalg.cross(up, front), up], dim=-2),
    )
