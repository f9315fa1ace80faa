"""The mitral valve from the oesophagus, in planes turned about an axis that is not quite its own.

The probe lies behind the left atrium; below the annulus, a saddle, is the left ventricle. Both are ellipsoids that meet
in the annulus, where leaflets are hinged, thin sheets that are more or less open. Beside lie the aortic root, dark as
the heart is, and the coronary sinus near the posterior hinge. Contact is lost in cones of beams; one annulus in ten is
calcified or holds a prosthesis, which shadow. Neighbouring planes show one heart, with speckle of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sim.imaging.anatomy.annulus import Saddle, saddle
from sim.imaging.phantoms import Phantoms, Ranges, between, drawn, jitter
from sim.imaging.ultrasound import speckle
from sim.imaging.ultrasound.grid import Grid, converted, polar
from sim.imaging.ultrasound.scanner import Scanner, seen
from sim.imaging.ultrasound.tissue import Tissue, filled, inside, interface, uniform

WIDTH, DEPTH = 112.0, 112.0  # mm that are shown
ANGLE = 1.5708  # of the sector, radians
PLANES = 18  # of half a turn
JITTER = 1.0  # mm, SD of a marked hinge on both axes
HARD, WHOLE = 0.1, 0.03  # of the annuli: calcified or with a prosthesis; with a prosthesis
LOST = 0.5  # of the cones: contact is lost there
CONES = 2
PEOPLE: Ranges = {
    "wide": (30.0, 45.0),  # mm from commissure to commissure
    "oblong": (0.8, 0.95),  # the anteroposterior diameter by that
    "tall": (3.0, 8.0),  # mm from the commissures to the horns
    "deep": (45.0, 65.0),
    "aside_x": (-3.0, 3.0),  # mm off the axis of the planes
    "aside_y": (-3.0, 3.0),
    "lean_x": (-0.087, 0.087),  # radians, 5 degrees
    "lean_y": (-0.087, 0.087),
    "turned": (0.0, 6.283),
    "open": (0.0, 1.047),  # radians, 60 degrees, below the annulus
    "bent": (-0.2, 0.2),  # of the ventricle, mm aside a mm below the annulus
    "ventricle": (60.0, 85.0),  # mm from annulus to apex
    "atrium": (34.0, 44.0),
    "wall": (6.0, 11.0),
    "thin": (1.5, 3.0),  # the atrium's wall
    "leaflet": (0.8, 1.6),  # mm
    "blood": (0.05, 0.2),  # amplitude of scattering; the wall has 1
    "around": (0.35, 0.7),
    "lining": (0.5, 2.0),  # amplitude of inner surfaces
    "sheet": (1.0, 3.0),  # and of leaflets
    "root": (10.0, 14.0),  # mm, radius of the aortic root
    "sinus": (2.0, 4.0),
    "hard": (0.0, 1.0),
    "hard_at": (0.0, 6.283),
    "hard_along": (0.3, 1.0),  # radians to either side
    "stone": (1.5, 3.0),  # mm
    "lost_0": (0.0, 1.0),
    "off_0": (0.1, 0.7),  # radians from the probe's axis
    "where_0": (0.0, 6.283),
    "cone_0": (0.08, 0.25),  # radians to either side
    "loss_0": (8.0, 25.0),  # dB
    "lost_1": (0.0, 1.0),
    "off_1": (0.1, 0.7),
    "where_1": (0.0, 6.283),
    "cone_1": (0.08, 0.25),
    "loss_1": (8.0, 25.0),
}
OTHERS: Ranges = {
    **PEOPLE,
    "wide": (36.0, 50.0),
    "oblong": (0.85, 1.0),
    "blood": (0.15, 0.35),
    "lining": (0.2, 1.0),
    "sheet": (0.6, 2.0),
    "loss_0": (15.0, 35.0),
    "loss_1": (15.0, 35.0),
}
USUAL = Scanner(frequency=6.0, focus=60.0, f_number=7.0, dynamic_range=55.0, haze=0.4, haze_depth=8.0)
OTHER = Scanner(
    frequency=5.0,
    focus=80.0,
    f_number=9.0,
    dynamic_range=45.0,
    noise=38.0,
    gain_error=2.5,
    haze=0.8,
    haze_depth=12.0,
)


def mitral(
    keys: Tensor, shifted: float = 0.0, size: int = 64, planes: Sequence[int] = range(PLANES)
) -> Phantoms:
    """Return volumes, as planes, x of which is 0 in the middle and turns with them.

    Truth: `hinges` (volumes, planes, 2, 2), mm, the left one first; `read`, where a second person marks them; `around`
    (volumes, planes, 2), radians, where on the annulus they lie; `axes` (volumes, 2, 3), the directions of the
    anteroposterior and of the commissural diameter; `angle` (volumes, planes), radians. Labels: `hinges`.

    Args:
        keys: (volumes,), int64, of `sim.randomness.case_keys`.
        shifted: how far away, 0 to 1: of another machine, in people whose annuli are wider and rounder, whose blood is
            brighter, whose leaflets are fainter, and of whom more is lost.
        size: pixels of height and width.
        planes: which of those that make up half a turn.
    """
    scanner, ranges = between((USUAL, PEOPLE), (OTHER, OTHERS), shifted)
    grid = polar(0.0, ANGLE, DEPTH, (3 * size // 2, size)).to(keys.device)
    person = drawn(keys, "mitral", ranges)
    annulus = saddle(person)
    rows, columns = ((torch.arange(size, device=keys.device) + 0.5) / size for _ in range(2))
    z, x = torch.meshgrid(DEPTH * rows, WIDTH * (columns - 0.5), indexing="ij")
    corner = keys.new_tensor([0.5 * WIDTH, 0.0], dtype=torch.float32)
    made = []
    for plane in planes:
        angle = plane * math.pi / PLANES
        field = speckle.scatterers(keys, grid.x.shape, plane)
        beams = seen(scanner, grid, _tissue(grid, annulus, person, angle), field, keys, plane)
        points, around = (one.float() for one in annulus.cut(angle))
        marks = [
            points + corner + jitter(keys, f"{who} in plane {plane}", (JITTER,) * 4).reshape(-1, 2, 2)
            for who in ("mitral marked", "mitral read")
        ]
        turned = torch.full((len(keys),), angle, device=keys.device)
        made.append((converted(grid, beams, x, z), points + corner, *marks, around, turned))
    images, hinges, marked, read, around, angles = (
        torch.stack(one, dim=1) for one in zip(*made, strict=True)
    )
    truth = {"hinges": hinges, "read": read, "around": around, "angle": angles}
    axes = annulus.axes[:, :2].float()
    return Phantoms(images, truth | {"axes": axes}, {"hinges": marked}, (DEPTH / size, WIDTH / size))


@dataclass(frozen=True)
class Own:
    """Samples as seen from the annulus, (volumes, rows, beams).

    Attributes:
        front, aside: mm from its centre.
        above: mm above the saddle, towards the atrium.
        share: of the way from the centre to the annulus, 1 at it.
        radius: mm from the centre to the annulus in the direction of each sample.
        around: its parameter there.
    """

    front: Tensor
    aside: Tensor
    above: Tensor
    share: Tensor
    radius: Tensor
    around: Tensor

    @property
    def out(self) -> Tensor:
        """Mm from the annulus to the outside, in its plane."""
        return (self.share - 1.0) * self.radius

    def lobe(self, length: Tensor, middle: Tensor) -> Tensor:
        """Return mm to the surface, negative inside, of an ellipsoid through the annulus, so far from its middle, mm
        above the saddle, to its end."""
        wide = self.radius / torch.sqrt(1.0 - (middle / length) ** 2)
        up, beside = (self.above - middle) / length, self.share * self.radius / wide
        far = torch.hypot(up, beside).clamp(min=1e-3)
        return (far - 1.0) * far / torch.hypot(up / length, beside / wide).clamp(min=1e-6)


def _own(grid: Grid, annulus: Saddle, person: dict[str, Tensor], angle: float) -> Own:
    """Return the samples of a plane as seen from the annulus; below it, the heart is bent."""
    front, aside, up = annulus.own(grid.x, grid.z, angle)
    front = front - person["bent"] * up.clamp(max=0.0)
    half = annulus.half.to(front)[:, :, None, None]
    across, along = front / half[:, 0], aside / half[:, 1]
    share = torch.hypot(across, along).clamp(min=1e-3)
    height = half[:, 2] * (across**2 - along**2) / share.clamp(min=1.0) ** 2
    return Own(
        front, aside, up - height, share, torch.hypot(front, aside) / share, torch.atan2(along, across)
    )


def _tissue(grid: Grid, annulus: Saddle, person: dict[str, Tensor], angle: float) -> Tissue:
    """Return a plane: what lies around, walls, blood, valve, what is hard, and what is lost."""
    own = _own(grid, annulus, person, angle)
    low, high = 0.6 * person["ventricle"], 0.6 * person["atrium"]
    ventricle, atrium = own.lobe(low, low - person["ventricle"]), own.lobe(high, person["atrium"] - high)
    cavity = torch.minimum(ventricle, atrium)
    root, sinus = _beside(own, annulus, person)
    tissue = uniform(len(cavity), grid, attenuation=0.05)
    tissue = replace(tissue, echogenicity=tissue.echogenicity * person["around"])
    thick = torch.maximum(ventricle - person["wall"], own.above)
    thin = torch.maximum(torch.minimum(atrium, root) - person["thin"], -own.above)
    for wall in (thick, thin):
        tissue = filled(tissue, inside(wall, grid), 1.0)
    for dark in (sinus, root, cavity):
        tissue = filled(tissue, inside(dark, grid), person["blood"])
    lining = interface(cavity, grid, person["lining"], 0.7) + interface(root, grid, person["lining"], 0.7)
    tissue = _valve(grid, own, replace(tissue, specular=lining), person)
    return _lost(grid, _hard(grid, own, tissue, person), person, angle)


def _beside(own: Own, annulus: Saddle, person: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return mm to the aortic root, in front of the annulus, and to the coronary sinus, behind it."""
    front = own.front - annulus.half[:, 0].to(own.front)[:, None, None] - person["root"] - 2.0
    root = torch.hypot(front - 0.3 * own.above, own.aside) - person["root"]
    sinus = torch.hypot(own.out - 5.0 - person["sinus"], own.above - 3.0) - person["sinus"]
    return torch.maximum(root, -12.0 - own.above), torch.maximum(sinus, own.front)


def _valve(grid: Grid, own: Own, tissue: Tissue, person: dict[str, Tensor]) -> Tissue:
    """Return the tissue with leaflets, which meet behind the middle, and papillary muscles."""
    behind = 0.25 * own.radius * (1.0 - own.share**2).clamp(min=0.0)
    share = torch.hypot(own.share * own.around.cos() + behind / own.radius, own.share * own.around.sin())
    inward = (1.0 - share) * own.radius
    opened = person["open"]
    off = (own.above + inward * opened.tan()) * opened.cos()
    part = inside(torch.maximum(-inward, inward - 0.95 * own.radius * opened.cos()), grid)
    tissue = filled(tissue, part * inside(off.abs() - 0.5 * person["leaflet"], grid), 1.0)
    for side in (-0.5, 0.5):
        near = torch.hypot(own.front, own.aside - side * own.radius)
        muscle = torch.hypot(near, 0.4 * (own.above + 38.0)) - 5.0
        tissue = filled(tissue, inside(muscle, grid), 0.8)
    bright = interface(off, grid, person["sheet"], 0.5) * part
    return replace(tissue, specular=tissue.specular + bright)


def _hard(grid: Grid, own: Own, tissue: Tissue, person: dict[str, Tensor]) -> Tissue:
    """Return the tissue with calcium along some of the annulus, or a prosthesis all along it, and their shadow."""
    beside = torch.remainder(own.around - person["hard_at"] + math.pi, 2.0 * math.pi) - math.pi
    along = torch.where(person["hard"] < WHOLE, math.pi, person["hard_along"])
    stone = torch.hypot(own.out - 1.0, own.above) - person["stone"]
    part = inside(torch.maximum(stone, (beside.abs() - along) * own.radius), grid)
    part = part * (person["hard"] < HARD)
    bright = interface(stone, grid, 5.0, 0.5) * part
    return replace(filled(tissue, part, 1.5, 12.0), specular=tissue.specular + bright)


def _lost(grid: Grid, tissue: Tissue, person: dict[str, Tensor], angle: float) -> Tissue:
    """Return the tissue behind what weakens cones of beams near the probe."""
    beam = torch.atan2(grid.x, grid.z)
    near = ((grid.depth > 4.0) & (grid.depth < 10.0))[:, None]
    attenuation = tissue.attenuation
    for number in range(CONES):
        off, where = person[f"off_{number}"], person[f"where_{number}"]
        cosine = beam.sin() * off.sin() * torch.cos(angle - where) + beam.cos() * off.cos()
        away = torch.acos(cosine.clamp(-1.0, 1.0)) - person[f"cone_{number}"]
        weaker = person[f"loss_{number}"] / 6.0 * (person[f"lost_{number}"] < LOST)
        attenuation = attenuation + near * inside(20.0 * away, grid) * weaker
    return replace(tissue, attenuation=attenuation)
