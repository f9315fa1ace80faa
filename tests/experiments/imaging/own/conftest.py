"""Phantoms as somebody's own images would lie there."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.contract import phantoms
from experiments.imaging.own import folder
from sim.imaging.anatomy.nerve import nerves

FEW = {"epidural": 12, "plexus": 12, "faces": 12}  # of films two
SIZE = 32
MADE = {"trackers": partial(nerves, frames=range(6))}  # others as they are judged


def shown(name, seed=3):
    """Phantoms of a system whose greys are those of 8 bits."""
    generate = MADE.get(name, IMAGE_SYSTEMS.get(name).generate)
    made = phantoms(generate, seed, np.arange(FEW.get(name, 2)), SIZE)
    return replace(made, images=(255.0 * made.images).round() / 255.0)


@pytest.fixture
def written(tmp_path):
    """Write a system's phantoms, and return where."""

    def write(name):
        folder.write(tmp_path / "mine", IMAGE_SYSTEMS.get(name).own, shown(name))
        return tmp_path / "mine"

    return write
