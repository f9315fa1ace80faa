"""The lumbar spine across, from behind: between two spinous processes lies a bat, and in its body the epidural space.

Articular processes are its ears and transverse ones, deeper and farther aside, its wings: bright, and dark behind.
Between them sound reaches ligament and dura, two bright lines with the epidural space between, dark fluid, and the
anterior lines (Chin, Anesthesiology 2011;114:1459). A plane that meets a spinous process shows its tip and a shadow
down the middle; one that meets the laminae alone shows a roof. The probe is off the midline and turned, the spine is
uneven. The epidural space was seen 57 mm deep, SD 10, in this plane in 130 women in labour (abstract,
hdl.handle.net/20.500.12513/3437); other sizes of people are choices. Probe and machines: `spine`'s.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from sim.imaging.anatomy.spine import JITTER, OTHER, USUAL, WINDOWLESS, aimed, fan, imaged
from sim.imaging.phantoms import Phantoms, Ranges, between, drawn, jitter
from sim.imaging.ultrasound.grid import Grid
from sim.imaging.ultrasound.tissue import Tissue, filled, inside, interface, shadowing, uniform

WIDTH = 80.0  # mm that are shown: wings reach far aside
PROCESS = 0.15  # of the planes meet a spinous process; others without a window meet laminae
SPOTTED = 0.4  # of the planes: something bright lies above the ligament
NOWHERE = 1e3  # mm beyond where a bone ends that is not there
PEOPLE: Ranges = {
    "fat": (5.0, 22.0),  # mm under the skin
    "muscle": (29.0, 39.0),  # from there to the ligament, in the middle
    "roof": (0.0, 0.02),  # mm deeper a mm² aside, of ligament and dura
    "space": (4.0, 6.0),  # ligament to dura
    "thick": (3.0, 5.0),  # of the ligament
    "fluid": (11.0, 16.0),
    "visible": (0.25, 1.0),  # of ligament and dura
    "half": (6.0, 9.5),  # mm from the midline to the articular processes
    "ear": (9.0, 13.0),  # width of an articular process
    "rise": (4.0, 10.0),  # by which it lies nearer to the skin than the ligament
    "hump": (0.05, 0.15),  # mm deeper a mm² from its middle
    "joint": (0.0, 1.5),  # mm of the notch in it
    "step": (8.0, 15.0),  # from its top down to the transverse process
    "gap": (0.0, 3.0),  # between both
    "wing": (12.0, 19.0),  # length of a transverse process
    "droop": (-0.1, 0.3),  # mm deeper a mm aside
    "uneven": (-3.0, 3.0),  # by which bones lie deeper on the right than on the left
    "offset": (-7.0, 7.0),  # of the midline from the probe's middle
    "turn": (-0.14, 0.14),  # of the spine against the probe, radians
    "window": (0.0, 1.0),
    "tip": (1.0, 5.0),  # mm under the fat
    "blade": (2.5, 4.5),  # half as wide as a spinous process
    "lamina": (3.0, 7.0),  # by which its ridge lies nearer to the skin than the ligament
    "slope": (0.3, 0.6),  # mm deeper a mm aside
    "between": (2.0, 4.5),  # half as wide as the ligament between processes
    "pale": (0.3, 0.9),  # how strongly it scatters
    "striae": (2.0, 3.6),  # mm from fibre to fibre
    "feather": (0.2, 0.6),  # of the fibres, mm deeper a mm aside
    "spot": (0.0, 1.0),
    "spot_depth": (0.35, 0.85),  # of the way from fat to ligament
    "spot_half": (3.0, 8.0),  # mm
    "spot_aside": (-6.0, 6.0),
    "bone": (10.0, 16.0),  # dB/mm
    "behind": (0.3, 3.0),  # of the disc or the vertebra behind all
}
OTHERS: Ranges = {
    **PEOPLE,
    "fat": (15.0, 32.0),
    "muscle": (29.0, 34.0),
    "visible": (0.2, 0.7),
    "half": (4.5, 7.0),
}


def spine_transverse(keys: Tensor, shifted: float = 0.0, size: int = 64) -> Phantoms:
    """Return planes with `target` (images, 2), mm, and `present`, whether the plane meets a window.

    Args:
        keys: (images,), int64, of `sim.randomness.case_keys`.
        shifted: how far away, 0 to 1: of another machine, and heavier people whose windows are narrower.
        size: pixels of height and width.
    """
    scanner, ranges = between((USUAL, PEOPLE), (OTHER, OTHERS), shifted)
    grid = fan(size, keys)
    person = drawn(keys, "spine transverse", ranges)
    images = imaged(scanner, grid, tissue(grid, person), keys, (WIDTH, size))
    target, present = _target(person), (person["window"] >= WINDOWLESS)[:, 0, 0]
    marked = target + jitter(keys, "spine transverse marked", JITTER)
    return aimed(images, present, target, marked, WIDTH)


def tissue(grid: Grid, person: dict[str, Tensor]) -> Tissue:
    """Return skin, fat, muscles, bones, and what lies between them, each (images, rows, beams)."""
    beside = grid.x - person["offset"]
    across = beside * person["turn"].cos() - grid.z * person["turn"].sin()
    down = beside * person["turn"].sin() + grid.z * person["turn"].cos()
    below = down - _deep(person)  # mm deeper than the ligament's middle
    made = _middle(grid, across, below, person, _soft(grid, across, down, person))
    return _bones(grid, across, down, below, person, made)


def _deep(person: dict[str, Tensor]) -> Tensor:
    """Return how deep the ligament lies in the middle, mm."""
    return person["fat"] + person["muscle"]


def _target(person: dict[str, Tensor]) -> Tensor:
    """Return the middle of the epidural space on the midline, (images, 2), mm: the turn is about the skin."""
    down = _deep(person) + 0.5 * person["space"]
    x = person["offset"] + down * person["turn"].sin() + 0.5 * WIDTH
    return torch.cat([x, down * person["turn"].cos()], dim=-1)[:, 0]


def _soft(grid: Grid, across: Tensor, down: Tensor, person: dict[str, Tensor]) -> Tissue:
    """Return skin, fat, and muscles to both sides of the ligament between spinous processes."""
    fibres = down + person["feather"] * across.abs()
    striped = torch.sin(6.283 * fibres / person["striae"] + torch.sin(0.3 * across.abs()))
    made = uniform(len(person["fat"]), grid, attenuation=0.15)
    made = replace(made, echogenicity=0.55 + 0.25 * striped)
    made = filled(made, inside(across.abs() - person["between"], grid), person["pale"])
    made = filled(made, inside(grid.z - person["fat"], grid), 0.45)
    bright = interface(grid.z - 1.5, grid, 3.0, 0.6) + interface(grid.z - person["fat"], grid, 1.5, 0.5)
    spot = down - person["fat"] - person["spot_depth"] * person["muscle"]
    ends = (across - person["spot_aside"]).abs() - person["spot_half"]
    spotted = inside(ends, grid) * (person["spot"] < SPOTTED)
    return replace(made, specular=bright + interface(spot, grid, 2.5, 0.5) * spotted)


def _middle(grid: Grid, across: Tensor, below: Tensor, person: dict[str, Tensor], made: Tissue) -> Tissue:
    """Return the tissue with ligament, epidural space, dura, fluid and the anterior lines, wherever sound arrives."""
    visible, dura, front = person["visible"], person["space"], person["space"] + person["fluid"]
    ends = across.abs() - person["half"] - 0.5 * person["ear"]  # behind the ears
    layer = below - person["roof"] * across**2
    for near, pale, lost in (
        ((layer + 0.5 * person["thick"]).abs() - 0.5 * person["thick"], 0.7, 0.15),  # the ligament
        (dura - layer, 0.05, 0.0),  # fluid
        (front - below, 0.5, person["behind"]),
    ):
        made = filled(made, inside(torch.maximum(ends, near), grid), pale, lost)
    bright = interface(layer, grid, 3.5 * visible, 0.7) + interface(layer - dura, grid, 3.5 * visible, 0.5)
    bright = bright + interface(below - front, grid, 4.0 * visible, 0.9)
    return replace(made, specular=made.specular + bright * inside(ends, grid))


def _bones(
    grid: Grid, across: Tensor, down: Tensor, below: Tensor, person: dict[str, Tensor], made: Tissue
) -> Tissue:
    """Return the tissue with ears and wings; without a window laminae close the middle, some with a process on them."""
    closed = (person["window"] < WINDOWLESS).float()
    aside, half, ear = across.abs(), person["half"], person["ear"]
    below = below - 0.5 * person["uneven"] * (0.1 * across).clamp(-1.0, 1.0)
    beside = (aside - half - 0.5 * ear).abs()
    notch = person["joint"] * torch.exp(-0.5 * beside**2)
    ears = below + person["rise"] - person["hump"] * beside**2 - notch, beside - 0.5 * ear + NOWHERE * closed
    along = aside - half - ear - person["gap"]
    wing = below + person["rise"] - person["step"] - person["droop"] * along
    wings = wing, torch.maximum(-along, along - person["wing"])
    roof = below + person["lamina"] - person["slope"] * aside, aside - half - ear + NOWHERE * (1.0 - closed)
    tip = down - person["fat"] - person["tip"] - 0.1 * across**2
    tips = tip, aside - person["blade"] + NOWHERE * (person["window"] >= PROCESS)
    for surface, ends in (ears, wings, roof, tips):
        made = shadowing(made, grid, surface, ends, person["bone"])
    return made
