"""The epidural target in a plane across the spine: between a bat's ears, and if there is a way to it."""

from __future__ import annotations

from dataclasses import replace

from experiments.imaging.systems.epidural import EPIDURAL
from sim.imaging.anatomy.spine_transverse import spine_transverse

EPIDURAL_TRANSVERSE = replace(
    EPIDURAL,
    name="epidural_transverse",
    description="where the needle should go, across the spine: the bat's view",
    title="The epidural target across the spine",
    quoted="Nothing is quoted of this plane. Whoever marks is off by 0.8 mm sideways and 0.4 mm in depth (SD) here, "
    "which learners are taught by.",
    generate=spine_transverse,
    printed=None,
)
