"""A stack of neighbouring planes beside the spine, the probe turned a little: only some of them meet the window.

Two numbers say where something lies: along the spine and across it, away from the midline. A plane that is turned
about the beam's axis meets both at once. The window is a rectangle in them; beyond it laminae touch, as the spinous
process and the facet joints close the way on either side. Laminae lie deeper, or less deep, from plane to plane. A
stack without a window is of somebody whose laminae touch everywhere. Planes have speckle of their own: they lie
further apart than the beam is thick (choice).
"""

from __future__ import annotations

import torch
from torch import Tensor

from sim.imaging.anatomy import spine
from sim.imaging.anatomy.spine import DEPTH, WIDTH
from sim.imaging.phantoms import Phantoms, Ranges, between, drawn, jitter

PLANES, SPACING = 9, 2.0  # of a stack; mm from plane to plane
EDGE = 1.0  # mm across the spine, over which a window closes
JITTER = *spine.JITTER, 1.0  # mm, SD of where somebody marks the target; the last across planes (choice)
ACROSS: Ranges = {
    "half": (3.1, 4.9),  # mm of the window to either side: three to five planes
    "middle": (-3.0, 3.0),  # of the window across the spine, from the middle plane
    "turn": (-0.2, 0.2),  # of the probe about the beam's axis, radians
    "rise": (-0.3, 0.3),  # of the laminae, mm deeper a mm across
}


def spine_stack(keys: Tensor, shifted: float = 0.0, size: int = 64) -> Phantoms:
    """Return stacks of planes, (stacks, planes, height, width), with a target in three axes.

    Truth: `target` (stacks, 3), mm, sideways, in depth and across planes, the first of which lies at half a spacing;
    `present` (stacks, planes), whether a plane meets the window. Labels: the same, the target marked in the plane
    that is nearest to where somebody thinks it lies.

    Args:
        keys: (stacks,), int64, of `sim.randomness.case_keys`; planes are of the same people as `spine`'s.
        shifted: how far away, 0 to 1: of another machine, and heavier people whose windows are narrower.
        size: pixels of height and width.
    """
    scanner, ranges = between((spine.USUAL, spine.PEOPLE), (spine.OTHER, spine.OTHERS), shifted)
    grid = spine.fan(size, keys)
    person = drawn(keys, "spine", ranges) | drawn(keys, "spine across", ACROSS)
    images = []
    for plane in range(PLANES):
        along, here = met(person, grid.x, beyond(plane))
        tissue = spine.tissue(grid, along, here)
        images.append(spine.imaged(scanner, grid, tissue, keys, (WIDTH, size), plane))
    target, present = _target(person), _present(person)
    marked = target + jitter(keys, "spine stack marked", JITTER)
    in_a_plane = (plane_of(marked[:, 2:]) + 0.5) * SPACING
    labels = {"target": torch.cat([marked[:, :2], in_a_plane], dim=1), "present": present}
    truth = {"target": target, "present": present}
    return Phantoms(torch.stack(images, dim=1), truth, labels, (DEPTH / size, WIDTH / size))


def beyond(plane: int) -> float:
    """Return how far beyond the middle of the stack a plane lies, mm."""
    return (plane - 0.5 * (PLANES - 1)) * SPACING


def plane_of(across: Tensor) -> Tensor:
    """Return the number of the plane that is nearest to places across planes, mm."""
    return (across / SPACING).floor().clamp(0, PLANES - 1)


def met(person: dict[str, Tensor], x: Tensor, y: float) -> tuple[Tensor, dict[str, Tensor]]:
    """Return where along the spine the samples of a plane lie, mm, and the numbers of the person there.

    Args:
        person: numbers of each stack, (stacks, 1, 1).
        x: (rows, beams), mm sideways in the plane.
        y: of the plane, mm beyond the middle of the stack.
    """
    cosine, sine = person["turn"].cos(), person["turn"].sin()
    along = x * cosine - y * sine
    off = x * sine + y * cosine - person["middle"]
    opened = ((person["half"] - off.abs()) / EDGE + 0.5).clamp(0.0, 1.0)
    deeper = person["lamina_depth"] + person["rise"] * off
    return along, person | {"gap": person["gap"] * opened, "lamina_depth": deeper}


def _target(person: dict[str, Tensor]) -> Tensor:
    """Return the middle of the epidural space in the middle of the window, (stacks, 3), mm."""
    offset, middle, turn = (person[name][:, 0, 0] for name in ("offset", "middle", "turn"))
    sideways = offset * turn.cos() + middle * turn.sin() + 0.5 * WIDTH
    across = middle * turn.cos() - offset * turn.sin() + 0.5 * PLANES * SPACING
    return torch.stack([sideways, spine.deep(person), across], dim=-1)


def _present(person: dict[str, Tensor]) -> Tensor:
    """Return whether a plane crosses the window's middle line, (stacks, planes)."""
    offset, middle, turn, half, window = (
        person[name][:, 0] for name in ("offset", "middle", "turn", "half", "window")
    )
    y = torch.tensor([beyond(plane) for plane in range(PLANES)], device=turn.device)
    off = (offset * turn.sin() + y) / turn.cos() - middle
    return (off.abs() <= half) & (window >= spine.WINDOWLESS)
