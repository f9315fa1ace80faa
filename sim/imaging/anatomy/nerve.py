"""Films of the median and of the sciatic nerve, across: fascicles in bright tissue, and much beside them looks alike.

The nerve slides, turns and is squeezed; the pattern of its fascicles changes as it slides through the plane, and
speckle fades from frame to frame. Beside it lie tendons or fat that look like it, a vessel that beats, striped muscle.
In some films contact is lost over the nerve for some frames. Sizes: median nerve 9-11 mm² at 8-15 mm, fascicular
ratio .4-.55; sciatic nerve 40-60 mm² at 30-45 mm, of which the depth from 22 mm on is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sim.imaging.anatomy.moving import MOTION, TURN, Places, Pose, box, places, pose
from sim.imaging.phantoms import Phantoms, Ranges, between, drawn, jitter
from sim.imaging.ultrasound import speckle
from sim.imaging.ultrasound.grid import Grid, linear
from sim.imaging.ultrasound.scanner import Scanner, seen
from sim.imaging.ultrasound.tissue import Tissue, filled, inside, interface, uniform

SIDE = 28.0  # mm that are shown, in both directions
FRAMES = 100
JITTER = 0.3, 0.3, 0.06, 0.06  # SD of a marked box: mm of its middle, shares of its sides (choice)
BESIDE = 2.5  # half axes from the nerve's middle to that of what lies beside it
MUSCLE = 0.4  # amplitude of scattering
RING = 7  # fascicles about the one in the middle
ANISOTROPY = 6.0  # of the cosine of the tilt: a tilted probe sees less of a nerve (choice)
PEOPLE: Ranges = {
    **MOTION,
    "x": (-4.0, 4.0),
    "leans": (-0.3, 0.3),  # radians
    "bright": (1.3, 2.0),  # of what is between the fascicles; muscle has 0.4
    "dark": (0.15, 0.3),  # of fascicles
    "pattern": (0.0, TURN),
    "striae": (1.2, 2.4),  # mm from fibre to fibre
    "slope": (-0.25, 0.25),
    "alike": (0.8, 1.5),  # brightness of what looks like a nerve
    "about": (-0.5, 2.7),  # radians, where about the nerve they lie; a vessel lies opposite
    "fascia": (0.1, 0.2),  # of the side, how deep
    "lost": (0.0, 1.0),
    "lost_from": (15.0, 75.0),  # frame
    "lost_for": (5.0, 15.0),  # frames
    "jump": (-0.12, 0.12),  # of grey, when somebody turns the gain
    "jump_from": (15.0, 85.0),  # frame
}


@dataclass(frozen=True)
class Nerve:
    """A nerve as it is looked at.

    Attributes:
        people: what is drawn of each film's person.
        scanner: depths from the upper edge of what is shown.
        kept: correlation of scatterers from frame to frame.
        lost: share of films in which the nerve is hidden for some frames.
    """

    people: Ranges
    scanner: Scanner
    kept: float
    lost: float = 0.2


MEDIAN = Nerve(
    {**PEOPLE, "z": (8.0, 15.0), "wide": (2.2, 2.7), "high": (1.2, 1.45)},
    Scanner(frequency=12.0, focus=12.0),
    kept=0.9,
)
SCIATIC = Nerve(
    {
        **PEOPLE,
        "z": (9.0, 19.0),
        "wide": (4.2, 5.4),
        "high": (2.8, 3.6),
        "bright": (0.9, 1.3),
        "dark": (0.15, 0.35),
    },
    Scanner(frequency=7.0, focus=14.0, noise=30.0, haze=0.0),
    kept=0.75,
)
OTHERS: Ranges = {"aside": (2.0, 4.5), "squeezed": (0.06, 0.22), "alike": (1.0, 1.6), "leaned": (0.1, 0.45)}
OTHER_MEDIAN = Nerve(
    {**MEDIAN.people, **OTHERS, "bright": (1.1, 1.6)},
    Scanner(frequency=9.0, focus=18.0, f_number=4.0, dynamic_range=42.0, noise=38.0, gain_error=2.5),
    kept=0.85,
    lost=0.4,
)
OTHER_SCIATIC = Nerve(
    {**SCIATIC.people, **OTHERS, "bright": (0.8, 1.1)},
    Scanner(frequency=5.0, focus=8.0, f_number=4.0, dynamic_range=42.0, noise=26.0, gain_error=2.5, haze=0.0),
    kept=0.65,
    lost=0.4,
)


def nerves(
    keys: Tensor, shifted: float = 0.0, size: int = 80, frames: Sequence[int] = range(FRAMES)
) -> Phantoms:
    """Return films, each of one of both nerves.

    Truth: `box` (films, frames, 4), mm, x and z of the middle, width and height; `mask` (films, frames, size, size);
    `hidden` (films, frames), where contact is lost over the nerve; `sciatic` (films,). Labels: `box` and `mask` as
    somebody marked them in each frame.

    Args:
        keys: (films,), int64, of `sim.randomness.case_keys`.
        shifted: how far away, 0 to 1: of another machine, in people whose nerves are paler, move more and are lost
            more often.
        size: pixels of height and width.
        frames: which; a few that lie apart are frames of films like the others.
    """
    sciatic = drawn(keys, "which nerve", {"which": (0.0, 1.0)})["which"][:, 0, 0] < 0.5
    kinds = between((MEDIAN, SCIATIC), (OTHER_MEDIAN, OTHER_SCIATIC), shifted)
    numbers = [(~sciatic).nonzero()[:, 0], sciatic.nonzero()[:, 0]]
    parts = [_films(nerve, keys[chosen], size, frames) for nerve, chosen in zip(kinds, numbers, strict=True)]
    order = torch.cat(numbers).argsort()
    both = {name: torch.cat([part[name] for part in parts])[order] for name in parts[0]}
    return Phantoms(
        both["images"],
        {name: both[name] for name in ("box", "mask", "hidden")} | {"sciatic": sciatic},
        {"box": both["marked"], "mask": both["marked_mask"]},
        (SIDE / size, SIDE / size),
    )


def _films(nerve: Nerve, keys: Tensor, size: int, frames: Sequence[int]) -> dict[str, Tensor]:
    """Return films of one nerve, and what is true of them."""
    grid = linear(SIDE, SIDE, (size, size)).to(keys.device)
    person = drawn(keys, "nerve", nerve.people)
    field, before, made = speckle.scatterers(keys, grid.x.shape), frames[0], []
    for frame in frames:
        kept = nerve.kept ** (frame - before)
        fresh = speckle.scatterers(keys, grid.x.shape, frame, "speckle renewed")
        field, before = speckle.renewed(field, fresh, kept), frame
        made.append(_frame(nerve, grid, person, field, keys, frame))
    return {name: torch.stack([one[name] for one in made], dim=1) for name in made[0]}


def _frame(
    nerve: Nerve, grid: Grid, person: dict[str, Tensor], field: Tensor, keys: Tensor, frame: int
) -> dict[str, Tensor]:
    """Return a frame of each film: its tissue where it is now, with the scatterers that came along."""
    now = pose(person, frame)
    lay = places(grid.x, grid.z, person, now)
    tissue = _nerve(grid, lay, person, now, _beside(grid, lay, person, now))
    hidden = (person["lost"] < nerve.lost) & (frame >= person["lost_from"])
    hidden = hidden & (frame < person["lost_from"] + person["lost_for"])
    cover = inside(torch.maximum((grid.x - now.x).abs() - 1.4 * person["wide"], grid.z - 2.0), grid)
    tissue = replace(tissue, attenuation=tissue.attenuation + 25.0 * cover * hidden)
    moved = speckle.carried(field, (lay.z - grid.z) / grid.step, (lay.x - grid.x) / grid.pitch[0])
    images = seen(nerve.scanner, grid, tissue, moved, keys, frame)
    images = (images + person["jump"] * (frame >= person["jump_from"])).clamp(0.0, 1.0)
    return _answers(grid, person, now, keys, frame) | {"images": images, "hidden": hidden[:, 0, 0]}


def _answers(grid: Grid, person: dict[str, Tensor], now: Pose, keys: Tensor, frame: int) -> dict[str, Tensor]:
    """Return where the nerve is, and where somebody marks it; x from the left edge."""
    true = box(person, now)
    off = jitter(keys, f"nerve marked in frame {frame}", JITTER)
    x, z = grid.cut(grid.x), grid.cut(grid.z)
    marked = replace(now, x=now.x + off[:, :1, None], z=now.z + off[:, 1:2, None])
    corner = true.new_tensor([0.5 * SIDE, 0.0, 0.0, 0.0])
    return {
        "box": true + corner,
        "mask": places(x, z, person, now).far < 1.0,
        "marked": torch.cat([true[:, :2] + off[:, :2], true[:, 2:] * (1.0 + off[:, 2:])], dim=1) + corner,
        "marked_mask": places(x, z, person, marked).far < 1.0,
    }


def _beside(grid: Grid, lay: Places, person: dict[str, Tensor], now: Pose) -> Tissue:
    """Return striped muscle, a fascia, two things that look like a nerve, and a vessel that beats."""
    tissue = uniform(len(person["x"]), grid, attenuation=0.1)
    striped = torch.sin(TURN * (lay.z + person["slope"] * lay.x) / person["striae"] + torch.sin(0.4 * lay.x))
    tissue = replace(tissue, echogenicity=MUSCLE + 0.15 * striped)
    fibres = 1.0 + 0.3 * torch.sin(TURN * (lay.x - lay.z) / 0.9 + 2.0 * now.along)
    for further in (0.0, 0.9):
        off = (_from(lay, person, further) - 1.0) * person["high"]
        tissue = filled(tissue, inside(off, grid), person["alike"] * fibres)
    near = 1.3 * _from(lay, person, 3.4) / (1.0 + 0.1 * now.beat)
    wall = (near - 1.0) * person["high"]
    tissue = filled(tissue, inside(wall, grid), 0.04)
    bright = interface(wall, grid, 1.5, 0.2)
    bright = bright + interface(lay.z - SIDE * person["fascia"] - 0.1 * lay.x, grid, 1.5, 0.3)
    return replace(tissue, specular=bright)


def _from(lay: Places, person: dict[str, Tensor], further: float) -> Tensor:
    """Return how far samples are from the middle of what lies beside the nerve, in half axes."""
    turn = person["about"] + further
    across = (lay.x - person["x"]) / person["wide"] - BESIDE * turn.cos()
    return torch.hypot(across, (lay.z - person["z"]) / person["high"] - BESIDE * turn.sin())


def _nerve(grid: Grid, lay: Places, person: dict[str, Tensor], now: Pose, tissue: Tissue) -> Tissue:
    """Return the tissue with the nerve: dark fascicles in bright tissue, which a tilted probe sees less of."""
    clear = now.tilt.cos() ** ANISOTROPY
    off = (lay.far - 1.0) * person["high"]
    tissue = filled(tissue, inside(off, grid), MUSCLE + (person["bright"] - MUSCLE) * clear)
    bright = interface(off, grid, 0.6 * clear, 0.25)
    tissue = replace(tissue, specular=tissue.specular + bright)
    for number in range(RING + 1):
        turn = person["pattern"] + number * TURN / RING
        out = 0.62 * (number < RING) + 0.12 * torch.sin(2.0 * now.along + 2.4 * number)
        turn = turn + 0.35 * torch.sin(1.6 * now.along + 1.7 * number)
        wide = 0.25 + 0.05 * torch.sin(3.1 * number + now.along + person["pattern"])
        near = torch.hypot(lay.across - out * turn.cos(), lay.down - out * turn.sin())
        tissue = filled(tissue, inside((near - wide) * person["high"], grid), person["dark"])
    return tissue
