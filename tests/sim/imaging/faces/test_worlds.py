from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from experiments.imaging.contract import phantoms
from sim.imaging.faces import worlds
from sim.imaging.faces.stills import stills
from sim.imaging.faces.worlds import WORLDS, world

MADE = {name: phantoms(partial(world, name), 4, np.arange(300), 24) for name in WORLDS}
DRAWN = MADE[worlds.AS_DRAWN]


def test_the_world_as_drawn_is_that_of_all_pictures():
    torch.testing.assert_close(DRAWN.images, phantoms(stills, 4, np.arange(300), 24).images)


@pytest.mark.parametrize("name", WORLDS[1:])
def test_every_world_shows_the_same_people_another_picture(name):
    assert (MADE[name].truth["person"] == DRAWN.truth["person"]).all()
    assert (MADE[name].images - DRAWN.images).abs().mean() > 1e-4


@pytest.mark.parametrize("name", [worlds.STILL, worlds.ALONE, worlds.SMOOTH, worlds.STRAIGHT])
def test_pain_is_the_same_whatever_else_is_missing(name):
    torch.testing.assert_close(MADE[name].truth["pspi"], DRAWN.truth["pspi"])


def test_where_all_show_as_much_people_differ_less_in_how_much_pain_is_seen():
    def between_people(name):
        seen = phantoms(partial(world, name), 4, np.arange(2000), 8).truth
        return torch.stack(
            [seen["pspi"][seen["person"] == one].mean() for one in seen["person"].unique()]
        ).std()

    assert between_people(worlds.ALIKE) < 0.5 * between_people(worlds.AS_DRAWN)


def test_a_face_without_light_pose_and_tube_lies_where_all_others_do():
    """Pictures of different people and moments are then more alike, pixel by pixel."""
    spread = [MADE[name].images.std(0).mean() for name in (worlds.AS_DRAWN, worlds.STRAIGHT)]
    assert spread[1] < 0.95 * spread[0]
