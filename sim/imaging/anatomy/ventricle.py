"""The left ventricle over a beat, from its apex: half an ellipsoid whose ejection fraction is exact.

Its radius shrinks by a factor a, its length by b: of a body of revolution a²b is left. The wall keeps the area of its
cross-sections, so it thickens, and speckle moves with it. Beside it lie the right ventricle and the left atrium, as
dark as the cavity; papillary muscles count as cavity, and the valve stays closed. Sizes: adults, see the ranges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sim.imaging.phantoms import Phantoms, Ranges, between, drawn, jitter
from sim.imaging.ultrasound import speckle
from sim.imaging.ultrasound.grid import Grid, converted, polar
from sim.imaging.ultrasound.scanner import Scanner, seen
from sim.imaging.ultrasound.tissue import Tissue, filled, inside, interface, uniform

WIDTH, DEPTH = 120.0, 140.0  # mm that are shown
ANGLE = 1.4  # of the sector, radians
FRAMES = 8  # of a beat, from the end of diastole on
KEPT = 0.9  # correlation of scatterers from frame to frame
JITTER = 0.5, 1.5  # mm, SD of a marked radius and length (choice)
FADES = 20.0  # mm behind the valve over which tissue follows the wall
SHADED = 0.3  # of the films: a rib's shadow
PEOPLE: Ranges = {
    "length": (70.0, 100.0),  # mm, at the end of diastole
    "width": (40.0, 60.0),
    "ejected": (0.10, 0.75),  # of the volume
    "longwise": (0.05, 0.15),  # of the logarithm of what is left: how much the length has of it
    "wall": (7.0, 11.0),  # mm
    "apex": (14.0, 24.0),  # mm from the probe
    "aside": (-6.0, 6.0),
    "tilt": (-0.2, 0.2),  # radians
    "systole": (2.5, 4.49),  # frames, rounded
    "blood": (0.05, 0.2),  # amplitude of scattering; the wall has 1
    "around": (0.35, 0.7),
    "papillary": (3.0, 5.0),  # mm
    "lining": (0.5, 2.0),  # amplitude of the inner surface
    "shaded": (0.0, 1.0),
    "where": (-0.5, 0.5),  # radians, of the shadow
    "shadow": (8.0, 16.0),  # dB
}
OTHERS: Ranges = {**PEOPLE, "width": (44.0, 68.0), "blood": (0.15, 0.35), "lining": (0.2, 1.0)}
USUAL = Scanner(frequency=3.0, focus=70.0, f_number=4.0, dynamic_range=55.0, haze=0.4, haze_depth=10.0)
OTHER = Scanner(
    frequency=2.2,
    focus=90.0,
    f_number=5.0,
    dynamic_range=45.0,
    noise=38.0,
    gain_error=2.5,
    haze=0.8,
    haze_depth=15.0,
)


@dataclass(frozen=True)
class Shape:
    """A cavity, each (films, 1, 1): mm from apex to valve, and the radius there."""

    length: Tensor
    radius: Tensor

    @property
    def volume(self) -> Tensor:
        """(films,), mL."""
        return (2.0e-3 / 3.0 * math.pi * self.length * self.radius**2)[:, 0, 0]

    def outside(self, along: Tensor, across: Tensor) -> Tensor:
        """Return mm to the surface, negative inside, of points so far from the apex and from the axis."""
        up, beside = (self.length - along) / self.length, across / self.radius
        far = torch.hypot(up, beside).clamp(min=1e-3)
        steep = torch.hypot(up / self.length, beside / self.radius).clamp(min=1e-6) / far
        return torch.maximum((far - 1.0) / steep, along - self.length)


@dataclass(frozen=True)
class Heart:
    """Points seen from the heart, (films, height, width): mm from the apex along the axis, and from the axis."""

    along: Tensor
    across: Tensor


def ventricle(keys: Tensor, shifted: float = 0.0, size: int = 64) -> Phantoms:
    """Return beats with `ejection` (films,), %, and `cavity` (films, frames, height, width), whether a pixel is inside.

    Args:
        keys: (films,), int64, of `sim.randomness.case_keys`.
        shifted: how far away, 0 to 1: of another machine, and wider hearts with brighter blood and a fainter lining.
        size: pixels of height and width.
    """
    scanner, ranges = between((USUAL, PEOPLE), (OTHER, OTHERS), shifted)
    grid = polar(0.0, ANGLE, DEPTH, (3 * size // 2, size)).to(keys.device)
    person = drawn(keys, "ventricle", ranges)
    rows, columns = ((torch.arange(size, device=keys.device) + 0.5) / size for _ in range(2))
    z, x = torch.meshgrid(DEPTH * rows, WIDTH * (columns - 0.5), indexing="ij")
    off = jitter(keys, "ventricle marked", JITTER * FRAMES).reshape(len(keys), FRAMES, 2, 1, 1)
    field = speckle.scatterers(keys, grid.x.shape)
    images, cavities, marks = [], [], []
    for frame in range(FRAMES):
        now = shape(person, frame)
        if frame:
            field = speckle.renewed(field, speckle.scatterers(keys, grid.x.shape, frame), KEPT)
        beams = seen(scanner, grid, *_frame(grid, person, now, field), keys, frame)
        images.append(converted(grid, beams, x, z))
        marked = Shape(now.length + off[:, frame, 1], now.radius + off[:, frame, 0])
        own = _own(x, z, person)
        cavities.append(now.outside(own.along, own.across) <= 0.0)
        marks.append((marked.outside(own.along, own.across) <= 0.0, marked.volume))
    truth = {"ejection": 100.0 * person["ejected"][:, 0, 0], "cavity": torch.stack(cavities, 1)}
    volumes = torch.stack([volume for _, volume in marks], 1)
    last = volumes.gather(1, person["systole"].round()[:, 0].long())[:, 0]
    labels = {
        "ejection": 100.0 * (1.0 - last / volumes[:, 0]),
        "cavity": torch.stack([inner for inner, _ in marks], 1),
    }
    return Phantoms(torch.stack(images, 1), truth, labels, (DEPTH / size, WIDTH / size))


def shape(person: dict[str, Tensor], frame: int) -> Shape:
    """Return the cavity in a frame: largest in the first, and smallest at the end of systole."""
    end = person["systole"].round()
    phase = torch.where(end >= frame, frame / end, 1.0 + (frame - end) / (FRAMES - end))
    contracted = torch.sin(0.5 * math.pi * phase) ** 2
    left = 1.0 - person["ejected"]
    shorter, narrower = left ** person["longwise"], left ** (0.5 * (1.0 - person["longwise"]))
    return Shape(
        person["length"] * (1.0 - contracted * (1.0 - shorter)),
        0.5 * person["width"] * (1.0 - contracted * (1.0 - narrower)),
    )


def _own(x: Tensor, z: Tensor, person: dict[str, Tensor]) -> Heart:
    """Return points as seen from the heart."""
    aside, below = x - person["aside"], z - person["apex"]
    cosine, sine = person["tilt"].cos(), person["tilt"].sin()
    return Heart(cosine * below + sine * aside, cosine * aside - sine * below)


def _first(own: Heart, now: Shape, start: Shape) -> Heart:
    """Return where points of a frame lay at first: the apex stays, and rings of tissue keep their area."""
    shorter = now.length / start.length
    along = torch.minimum(own.along / shorter, own.along + start.length - now.length)
    along = torch.where(own.along < 0.0, own.along, along)
    height = ((start.length - along) / start.length).clamp(0.0, 1.0)
    rest = (1.0 - height**2) * torch.exp((start.length - along).clamp(max=0.0) / FADES)
    lost = (start.radius**2 - now.radius**2) * rest
    ring = torch.sqrt(own.across**2 + lost)
    within = own.across.abs() * start.radius / now.radius
    return Heart(along, own.across.sign() * torch.minimum(ring, within))


def _frame(grid: Grid, person: dict[str, Tensor], now: Shape, field: Tensor) -> tuple[Tissue, Tensor]:
    """Return tissue and scatterers of a frame, from where everything lay at first."""
    start = shape(person, 0)
    heart = _first(_own(grid.x, grid.z, person), now, start)
    cosine, sine = person["tilt"].cos(), person["tilt"].sin()
    x = person["aside"] + cosine * heart.across + sine * heart.along
    z = person["apex"] + cosine * heart.along - sine * heart.across
    before = (grid.depth <= 0.0)[:, None]
    far = torch.where(before, 0.0, torch.hypot(x, z) - torch.hypot(grid.x, grid.z))
    turned = torch.where(before, 0.0, torch.atan2(x, z) - torch.atan2(grid.x, grid.z))
    moved = speckle.carried(field, far / grid.step, turned * grid.shown[1] / grid.width)
    return _tissue(grid, heart, person, start), moved


def _tissue(grid: Grid, heart: Heart, person: dict[str, Tensor], start: Shape) -> Tissue:
    """Return walls, blood, papillary muscles, valve, lining, and a rib's shadow."""
    along, across, wall = heart.along, heart.across, person["wall"]
    outer = Shape(start.length + wall, start.radius + wall).outside(along + wall, across)
    cavity = start.outside(along, across)
    tissue = filled(uniform(len(wall), grid, attenuation=0.05), inside(-outer, grid), person["around"])
    beside = start.radius + wall + 14.0
    right = torch.hypot((along - 0.7 * start.length) / (0.4 * start.length), (across + beside) / 13.0)
    atrium = torch.hypot((along - start.length - 22.0) / 19.0, across / (0.9 * start.radius))
    for part in (cavity, 13.0 * (right - 1.0), 19.0 * (atrium - 1.0)):
        tissue = filled(tissue, inside(part, grid), person["blood"])
    for side in (-0.6, 0.6):
        muscle = torch.hypot(along - 0.6 * start.length, across - side * start.radius) - person["papillary"]
        tissue = filled(tissue, inside(muscle, grid), 0.8)
    closed = interface(along - start.length + 3.0 * (1.0 - across.abs() / start.radius), grid, 2.0, 0.7)
    closed = closed * inside(across.abs() - start.radius, grid)
    lining = interface(cavity, grid, person["lining"], 0.7) * inside(along - start.length, grid)
    bright = closed + lining + interface(outer, grid, 2.0, 0.8) * inside(along - start.length, grid)
    turned = torch.atan2(grid.x, grid.z) - person["where"]
    rib = (
        inside(40.0 * (turned.abs() - 0.08), grid)
        * (grid.depth > 6.0)[:, None]
        * (grid.depth < 12.0)[:, None]
    )
    shadow = rib * (person["shaded"] < SHADED) * person["shadow"] / 6.0
    return replace(tissue, specular=bright, attenuation=tissue.attenuation + shadow)
