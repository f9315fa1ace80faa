"""The side of the neck and the hollow above the collarbone, across: all that lies about a plexus, and looks like it."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from sim.imaging.anatomy.moving import TURN
from sim.imaging.anatomy.trunks import Trunks, groove
from sim.imaging.phantoms import Ranges, drawn
from sim.imaging.ultrasound.grid import Grid
from sim.imaging.ultrasound.tissue import Tissue, filled, inside, interface, shadowing, uniform

Person = dict[str, Tensor]  # each (images, 1, 1)
SPOTS = 4  # dark spots in muscle, at most
SPOT: Ranges = {
    "there": (0.0, 1.0),
    "x": (-20.0, 20.0),
    "z": (9.0, 30.0),
    "radius": (1.2, 3.0),
    "dark": (0.5, 1.0),  # of the trunks' contrast
    "rim": (0.0, 0.6),  # of the trunks' rims
}
CAROTID = 0.0, -4.0, (1.0, 1.0)  # mm beside and below where arteries lie; as wide and as high as one
JUGULAR = 6.0, -9.0, (1.3, 0.5)
BLOOD, BONE, GAS = 0.04, 12.0, 5.0  # amplitude of scattering; dB/mm of what throws shadows


def between_scalenes(grid: Grid, keys: Tensor, person: Person, deep: Tensor) -> Tissue:
    """Return the side of the neck: scalenes with a groove between, vessels towards the middle, a transverse process.

    Args:
        grid: of the samples.
        keys: (images,), of what is found anywhere.
        person: what is drawn of each.
        deep: (images, 1, 1), mm, down to where the lowest trunk would reach.
    """
    tissue = _found(grid, keys, person, _muscles(grid, person, covered=person["cover"]))
    for aside, below, sides in (CAROTID, JUGULAR):
        x, z = person["groove"] - person["vessels"] + aside, person["artery_z"] + below
        tissue = _vessel(grid, tissue, person, x, z, sides)
    away = (grid.x - groove(person, deep) - person["bone_x"]).abs()
    surface = grid.z - deep - person["bone_gap"] - 0.04 * away**2
    return shadowing(tissue, grid, surface, away - person["bone_half"], BONE)


def above_collarbone(grid: Grid, keys: Tensor, person: Person) -> Tissue:
    """Return the hollow above the collarbone: the subclavian artery on the first rib, and the pleura beside it."""
    tissue = _found(grid, keys, person, _muscles(grid, person, covered=0.5 * person["cover"]))
    tissue = _vessel(grid, tissue, person, person["artery_x"], person["artery_z"], (1.0, 1.0))
    under = person["artery_z"] + person["artery_radius"] + person["bone_gap"]
    aside = grid.x - person["artery_x"] + 3.0
    rib = grid.z - under - 0.012 * (aside - 7.0) ** 2
    tissue = shadowing(tissue, grid, rib, (aside - 8.0).abs() - 8.0, BONE)
    pleura = grid.z - under - person["pleura"] - 0.15 * aside
    return shadowing(tissue, grid, pleura, aside, GAS)


def with_trunks(grid: Grid, person: Person, tissue: Tissue, trunks: Trunks) -> Tissue:
    """Return the tissue with a plexus in it."""
    return _disc(grid, person, tissue, trunks.outside(grid.x, grid.z), person["contrast"], person["rim"])


def badly_touched(grid: Grid, person: Person, tissue: Tissue, often: float) -> Tissue:
    """Return the tissue under a probe that touches the skin badly somewhere, in a part of the images."""
    part = inside((grid.x - person["lost_x"]).abs() - person["lost_half"], grid)
    part = part * (grid.z > 0.0) * (grid.z < 2.0) * (person["lost"] < often)
    return replace(tissue, attenuation=tissue.attenuation + 0.5 * person["lost_by"] * part)


def _muscles(grid: Grid, person: Person, covered: Tensor) -> Tissue:
    """Return fat, a muscle that covers others (sternocleidomastoid or omohyoid), and two scalenes with a groove."""
    x, z = grid.x, grid.z
    side = x - groove(person, z)
    slope = torch.where(side < 0.0, -person["slope"], person["slope"])
    tissue = uniform(len(covered), grid, attenuation=0.15)
    tissue = replace(tissue, echogenicity=person["muscle"] * _striped(x, z, slope, person))
    tissue = filled(tissue, inside(side.abs() - 0.4, grid), 0.7 * person["fascia"])
    thin = (1.0 - ((x + 8.0) / 24.0) ** 2).clamp(min=0.05)
    cover = z - person["fat"] - covered * thin
    over = filled(tissue, inside(cover, grid), 0.0)  # what covers has its own stripes
    own = 1.15 * person["muscle"] * _striped(x, z, 0.1 * person["slope"], person) * inside(cover, grid)
    tissue = replace(over, echogenicity=over.echogenicity + own)
    tissue = filled(tissue, inside(z - person["fat"], grid), 0.6)
    bright = interface(z - 1.0, grid, 2.0, 0.4) + interface(z - person["fat"], grid, 1.2, 0.3)
    bright = bright + interface(cover, grid, 1.2 * person["fascia"], 0.3)
    return replace(tissue, specular=bright)


def _striped(x: Tensor, z: Tensor, slope: Tensor, person: Person) -> Tensor:
    wavy = torch.sin(0.4 * x + person["phase"])
    return 1.0 + 0.45 * torch.sin(TURN * (z + slope * x) / person["striae"] + wavy)


def _vessel(
    grid: Grid, tissue: Tissue, person: Person, x: Tensor, z: Tensor, sides: tuple[float, float]
) -> Tissue:
    """Return the tissue with a vessel in it, so many times as wide and as high as the artery."""
    wide, high = (person["artery_radius"] * side for side in sides)
    wall = (torch.hypot((grid.x - x) / wide, (grid.z - z) / high) - 1.0) * high
    blood = inside(wall, grid)
    tissue = filled(tissue, blood, BLOOD, 0.02)
    bright = tissue.specular * (1.0 - blood) + interface(wall, grid, 1.5, 0.25)
    return replace(tissue, specular=bright)


def _found(grid: Grid, keys: Tensor, person: Person, tissue: Tissue) -> Tissue:
    """Return the tissue with dark spots in muscle and a lymph node: dark, too, some with rims."""
    for number in range(SPOTS):
        spot = drawn(keys, f"spot {number}", SPOT)
        off = torch.hypot(grid.x - spot["x"], grid.z - spot["z"]) - spot["radius"]
        off = off + 100.0 * (spot["there"] > person["spotted"])
        tissue = _disc(
            grid, person, tissue, off, spot["dark"] * person["contrast"], spot["rim"] * person["rim"]
        )
    across, down = (grid.x - person["node_x"]) / 1.6, grid.z - person["node_z"]
    off = torch.hypot(across, down) - person["node_radius"] + 100.0 * (person["node"] > person["noded"])
    tissue = _disc(grid, person, tissue, off, person["contrast"], 0.5 * person["rim"])
    hilum = torch.hypot(0.6 * across, 1.5 * down) - 0.35 * person["node_radius"]
    return filled(tissue, inside(torch.maximum(hilum, off), grid), 0.9)


def _disc(grid: Grid, person: Person, tissue: Tissue, off: Tensor, contrast: Tensor, rim: Tensor) -> Tissue:
    """Return the tissue with something darker than muscle by so many dB, in a bright rim; `off`: mm to its edge."""
    tissue = filled(tissue, inside((off - 0.4).abs() - 0.4, grid) * rim, 2.0 * person["muscle"])
    tissue = filled(tissue, inside(off, grid), person["muscle"] * 10.0 ** (-contrast / 20.0))
    return replace(
        tissue, specular=tissue.specular * (1.0 - inside(off, grid)) + interface(off, grid, 0.5 * rim, 0.25)
    )
