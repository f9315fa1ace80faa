"""The lumbar spine beside the midline, from behind: laminae that shadow, and between two the way to the epidural space.

Laminae are a bright saw-tooth; in a window between them lie the yellow ligament and the dura, two bright lines with the
epidural space between, then dark fluid and the anterior lines. Sizes: adults, see the ranges; curved probe of 3-5 MHz.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from sim.imaging.phantoms import Phantoms, Ranges, between, drawn, jitter
from sim.imaging.ultrasound import speckle
from sim.imaging.ultrasound.grid import Grid, converted, polar
from sim.imaging.ultrasound.scanner import Scanner, seen
from sim.imaging.ultrasound.tissue import Tissue, filled, inside, interface, uniform

WIDTH, DEPTH = 60.0, 80.0  # mm that are shown
RADIUS, ANGLE = 45.0, 1.1  # of the probe, mm and radians
LAMINAE = range(-2, 2)  # those within what is shown
WINDOWLESS = 0.25  # of the planes: no gap is met
JITTER = 0.8, 0.4  # mm, SD of where somebody marks the target, sideways and in depth (choice)
PEOPLE: Ranges = {
    "fat": (5.0, 22.0),  # mm under the skin
    "lamina_depth": (32.0, 52.0),
    "period": (26.0, 33.0),
    "gap": (9.0, 14.0),
    "tilt": (0.10, 0.35),
    "offset": (-9.0, 9.0),  # of the window from the middle
    "below": (3.0, 6.0),  # from the laminae's edge to the ligament
    "space": (4.0, 6.0),  # ligament to dura
    "fluid": (11.0, 16.0),
    "visible": (0.25, 1.0),  # of ligament and dura
    "striae": (1.6, 3.0),  # mm from fibre to fibre
    "slope": (-0.2, 0.2),  # of muscle fibres
    "fascia": (0.3, 0.9),  # where between skin and bone
    "facet": (0.0, 1.0),
    "window": (0.0, 1.0),
    "bone": (10.0, 16.0),  # dB/mm
    "lean": (-0.15, 0.15),  # of the whole spine, mm deeper a mm
    "bend": (0.0, 2.0),  # mm by which layers are wavy
    "wave": (40.0, 90.0),  # mm from crest to crest
    "phase": (0.0, 6.283),
}
OTHERS: Ranges = {
    **PEOPLE,
    "fat": (15.0, 32.0),
    "lamina_depth": (42.0, 58.0),
    "visible": (0.2, 0.7),
    "gap": (7.0, 11.0),
}
USUAL = Scanner(frequency=4.0, focus=45.0, f_number=3.0, dynamic_range=55.0)
OTHER = Scanner(
    frequency=3.0, focus=60.0, f_number=4.0, dynamic_range=45.0, noise=38.0, gain_error=2.5, haze=0.5
)


def spine(keys: Tensor, shifted: float = 0.0, size: int = 64) -> Phantoms:
    """Return planes with `target` (images, 2), mm, and `present`, whether the plane meets a window.

    Args:
        keys: (images,), int64, of `sim.randomness.case_keys`.
        shifted: how far away, 0 to 1: of another machine, and heavier people whose windows are narrower.
        size: pixels of height and width.
    """
    scanner, ranges = between((USUAL, PEOPLE), (OTHER, OTHERS), shifted)
    grid = fan(size, keys)
    person = drawn(keys, "spine", ranges)
    images = imaged(scanner, grid, tissue(grid, grid.x, person), keys, (WIDTH, size))
    target = torch.stack([person["offset"][:, 0, 0] + 0.5 * WIDTH, deep(person)], dim=-1)
    present = (person["window"] >= WINDOWLESS)[:, 0, 0]
    marked = target + jitter(keys, "spine marked", JITTER)
    return aimed(images, present, target, marked, WIDTH)


def aimed(images: Tensor, present: Tensor, target: Tensor, marked: Tensor, width: float) -> Phantoms:
    """Return planes so many mm wide, with where the target lies and where somebody marked it, (images, 2), mm."""
    truth, labels = ({"target": point, "present": present} for point in (target, marked))
    height, across = images.shape[-2:]
    return Phantoms(images, truth, labels, (DEPTH / height, width / across))


def fan(size: int, keys: Tensor) -> Grid:
    """Return the samples of the curved probe's beams for images of `size` pixels a side, where keys are."""
    return polar(RADIUS, ANGLE, DEPTH, (3 * size // 2, size)).to(keys.device)


def imaged(
    scanner: Scanner, grid: Grid, tissue: Tissue, keys: Tensor, shown: tuple[float, int], plane: int = 0
) -> Tensor:
    """Return images, (images, height, width), of tissue on such samples.

    Args:
        scanner: that sees it.
        grid: of the samples.
        tissue: what lies there.
        keys: (images,), of speckle and noise.
        shown: mm of width, and pixels of height and width.
        plane: of a stack: each has speckle and noise of its own.
    """
    width, size = shown
    beams = seen(scanner, grid, tissue, speckle.scatterers(keys, grid.x.shape, plane), keys, plane)
    rows, columns = ((torch.arange(size, device=keys.device) + 0.5) / size for _ in range(2))
    z, x = torch.meshgrid(DEPTH * rows, width * (columns - 0.5), indexing="ij")
    return converted(grid, beams, x, z)


def deep(person: dict[str, Tensor]) -> Tensor:
    """Return how deep the middle of the epidural space lies in the middle of the window, (images,), mm."""
    depth = person["lamina_depth"] + person["below"] + 0.5 * person["space"]
    return (depth + _bent(person, person["offset"]))[:, 0, 0]


def _bent(person: dict[str, Tensor], along: Tensor) -> Tensor:
    """Return how much deeper everything lies so far along the spine, mm."""
    return person["lean"] * along + person["bend"] * torch.sin(
        6.283 * along / person["wave"] + person["phase"]
    )


def tissue(grid: Grid, along: Tensor, person: dict[str, Tensor]) -> Tissue:
    """Return skin, fat, muscle, bones, and what lies between and behind them.

    Args:
        grid: of the samples.
        along: mm along the spine from the middle at each sample, (rows, beams) or (images, rows, beams).
        person: numbers of each image, (images, 1, 1), or of each of its samples.
    """
    z = grid.z - _bent(person, along)
    striped = torch.sin(6.283 * (z + person["slope"] * along) / person["striae"] + torch.sin(0.2 * along))
    made = replace(uniform(len(person["fat"]), grid, attenuation=0.15), echogenicity=0.6 + 0.25 * striped)
    made = filled(made, inside(z - person["fat"], grid), 0.45)
    fascia = person["fat"] + person["fascia"] * (person["lamina_depth"] - person["fat"])
    bright = interface(grid.z - 1.5, grid, 3.0, 0.6) + interface(z - person["fat"], grid, 1.5, 0.5)
    bright = bright + interface(z - fascia - 0.05 * along, grid, 1.0, 0.4)
    return _between(grid, z, person, _bones(grid, z, along, person, made), bright)


def _bones(grid: Grid, z: Tensor, along: Tensor, person: dict[str, Tensor], tissue: Tissue) -> Tissue:
    """Return the tissue with laminae, some with a facet joint's hump; without a window they touch each other."""
    closed = (person["window"] < WINDOWLESS).float()
    half = 0.5 * (person["period"] - person["gap"] * (1.0 - closed))
    bones = edge = torch.zeros_like(tissue.echogenicity)
    for number in LAMINAE:
        beside = along - person["offset"] - (number + 0.5) * person["period"]
        hump = 4.0 * person["facet"].round() * (number % 2) * torch.exp(-0.5 * (beside / 4.0) ** 2)
        surface = z - person["lamina_depth"] + person["tilt"] * (beside - half).clamp(max=0.0).abs() + hump
        across = beside.abs() - half
        part = inside(torch.maximum(across, (surface - 1.5).abs() - 1.5), grid)
        bones = torch.maximum(part, bones)
        edge = edge + interface(surface, grid, 6.0, 0.5, 1.0) * inside(across, grid)
    return replace(filled(tissue, bones, 0.5, person["bone"]), specular=edge)


def _between(grid: Grid, z: Tensor, person: dict[str, Tensor], tissue: Tissue, bright: Tensor) -> Tissue:
    """Return the tissue with ligament, epidural space, dura, fluid and the anterior lines, wherever sound arrives."""
    ligament = person["lamina_depth"] + person["below"]
    dura = ligament + person["space"]
    front = dura + person["fluid"]
    visible = person["visible"]
    fluid = inside((z - 0.5 * (dura + front)).abs() - 0.5 * person["fluid"], grid)
    tissue = filled(tissue, fluid, 0.05, 0.0)
    bright = bright + interface(z - ligament, grid, 3.5 * visible, 0.7)
    bright = bright + interface(z - dura, grid, 3.5 * visible, 0.5)
    bright = bright + interface(z - front, grid, 4.0 * visible, 0.9)
    return replace(tissue, specular=tissue.specular + bright)
