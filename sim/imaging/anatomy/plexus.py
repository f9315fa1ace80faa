"""The brachial plexus: dark discs in a column between the scalenes, or huddled beside the subclavian artery.

A third of the images look above the collarbone, the others between the scalenes; half of them do not meet the plexus.
Vessels, spots in muscle and lymph nodes are as dark as it is, and lie there with and without it. Trunks have a radius
of 1.4 to 3.1 mm and are darker than muscle by 3 to 9 dB. Three people outline them, off by 0.5 mm (SD), and overlook
one at times; learners are given the outlines of one of them for each image.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sim.imaging.anatomy.moving import TURN
from sim.imaging.anatomy.neck import above_collarbone, badly_touched, between_scalenes, with_trunks
from sim.imaging.anatomy.trunks import (
    ANNOTATORS,
    MOST,
    NOWHERE,
    Trunks,
    column,
    grapes,
    outlined,
    trunks,
)  # fmt: skip
from sim.imaging.phantoms import Phantoms, Ranges, between, drawn
from sim.imaging.ultrasound import speckle
from sim.imaging.ultrasound.grid import Grid, linear
from sim.imaging.ultrasound.scanner import Scanner, seen
from sim.imaging.ultrasound.tissue import Tissue

WIDTH, DEPTH = 50.0, 40.0  # mm that are shown
ABSENT, COLLARBONE = 0.5, 0.35  # of the images
TOUCHED_BADLY = 0.15, 0.35  # of the images, as learned from and elsewhere
PEOPLE: Ranges = {
    "met": (0.0, 1.0),
    "where": (0.0, 1.0),
    "marker": (0.0, 1.0),  # whose outlines learners are given
    "fat": (1.8, 4.5),  # mm under the skin
    "cover": (4.0, 7.5),  # mm of muscle over the scalenes
    "muscle": (0.35, 0.5),  # amplitude of scattering
    "striae": (1.2, 2.2),  # mm from fibre to fibre
    "slope": (0.15, 0.5),
    "fascia": (0.4, 1.2),
    "phase": (0.0, TURN),
    "contrast": (3.0, 9.0),  # dB by which trunks are darker than muscle
    "rim": (0.4, 1.0),
    "count": (0.0, 3.0),  # trunks above the fewest, 2 in a column and 3 in a huddle
    "size": (1.65, 2.7),  # mm
    "gap": (0.3, 1.2),
    "stretch": (0.85, 1.2),
    "groove": (-1.0, 6.0),  # mm from the middle, at a depth of 18
    "lean": (-0.3, 0.3),
    "top": (8.5, 12.5),  # mm, of the uppermost trunk
    "vessels": (15.0, 20.0),  # mm from the groove to the carotid artery
    "artery_x": (-12.0, -4.0),  # the subclavian
    "artery_z": (19.0, 24.0),
    "artery_radius": (3.0, 4.2),
    "above": (0.25, 0.65),  # radians, from the artery to the plexus
    "bone_x": (-3.0, 7.0),  # a transverse process, from the groove
    "bone_gap": (1.0, 3.5),  # mm
    "bone_half": (4.0, 7.0),
    "pleura": (2.0, 5.0),  # mm below the rib
    "spotted": (0.3, 0.7),  # how probable each spot in muscle is
    "node": (0.0, 1.0),
    "noded": (0.35, 0.35),
    "node_x": (-18.0, 20.0),
    "node_z": (9.0, 22.0),
    "node_radius": (2.0, 3.2),
    "lost": (0.0, 1.0),
    "lost_x": (-25.0, 25.0),
    "lost_half": (1.5, 4.0),
    "lost_by": (6.0, 14.0),  # dB
}
OTHERS: Ranges = {
    **PEOPLE,
    "fat": (3.0, 7.0),
    "contrast": (3.0, 6.5),
    "rim": (0.2, 0.7),
    "top": (11.0, 15.0),
    "spotted": (0.5, 0.9),
    "noded": (0.5, 0.5),
}
USUAL = Scanner(frequency=11.0, focus=18.0)
OTHER = Scanner(
    frequency=8.0, focus=26.0, f_number=4.0, dynamic_range=42.0, noise=38.0, gain_error=2.5, haze=0.4
)


def plexus(keys: Tensor, shifted: float = 0.0, size: int = 96) -> Phantoms:
    """Return planes with and without a plexus.

    Truth: `mask` (images, height, width), whether a pixel is within a trunk; `present` and `above` (images,), whether a
    plexus is met, and whether the plane is above the collarbone. Labels: `masks` (images, annotators, height, width);
    `mask`, those of one annotator for each image; `present`.

    Args:
        keys: (images,), int64, of `sim.randomness.case_keys`.
        shifted: how far away, 0 to 1: of another machine, in people whose plexus is fainter and deeper, with more that
            looks like it.
        size: pixels of height and width.
    """
    scanner, ranges = between((USUAL, PEOPLE), (OTHER, OTHERS), shifted)
    grid = linear(WIDTH, DEPTH, (size, size)).to(keys.device)
    person = drawn(keys, "plexus", ranges)
    present, above = (
        person[name][:, 0, 0] < share for name, share in (("met", 1.0 - ABSENT), ("where", COLLARBONE))
    )
    true, deep = _trunks(person, present, above)
    tissue = with_trunks(grid, person, _about(grid, keys, person, above, deep), true)
    tissue = badly_touched(grid, person, tissue, between(*TOUCHED_BADLY, shifted))
    images = seen(scanner, grid, tissue, speckle.scatterers(keys, grid.x.shape), keys)
    x, z = grid.cut(grid.x), grid.cut(grid.z)
    masks = torch.stack([outlined(keys, true, name).outside(x, z) < 0.0 for name in ANNOTATORS], 1)
    whose = (len(ANNOTATORS) * person["marker"][:, 0, 0]).long()
    return Phantoms(
        images,
        {"mask": true.outside(x, z) < 0.0, "present": present, "above": above},
        {
            "mask": masks[torch.arange(len(keys), device=keys.device), whose],
            "masks": masks,
            "present": present,
        },
        (DEPTH / size, WIDTH / size),
    )


def _trunks(person: dict[str, Tensor], present: Tensor, above: Tensor) -> tuple[Trunks, Tensor]:
    """Return the trunks that are met, and how far down a column of them would reach, (images, 1, 1), mm."""
    high, low = grapes(person), column(person)
    x, z, radius = (torch.where(above[:, None], *both) for both in zip(high, low, strict=True))
    count = (2 + above.long())[:, None] + person["count"][:, :, 0].long()
    some = torch.arange(MOST, device=x.device) < count
    deep = torch.where(some, z + radius, 0.0).amax(1)
    there = torch.where(some & present[:, None], radius, NOWHERE)
    return trunks(x, z, there, person["stretch"][:, 0, 0]), deep[:, None, None]


def _about(grid: Grid, keys: Tensor, person: dict[str, Tensor], above: Tensor, deep: Tensor) -> Tissue:
    """Return what lies about the plexus of each image, between the scalenes or above the collarbone."""
    numbers = [(~above).nonzero()[:, 0], above.nonzero()[:, 0]]
    own = [{name: one[chosen] for name, one in person.items()} for chosen in numbers]
    parts = [
        between_scalenes(grid, keys[numbers[0]], own[0], deep[numbers[0]]),
        above_collarbone(grid, keys[numbers[1]], own[1]),
    ]
    order = torch.cat(numbers).argsort()
    return Tissue(
        *(
            torch.cat([getattr(part, name) for part in parts])[order]
            for name in ("echogenicity", "attenuation", "specular")
        )
    )
