"""Needles that images of nerves and of stacks guide: what counts as their error, and who has a target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from experiments.guided import needles, page
from experiments.guided.block import Block, mean_of
from experiments.guided.effects import OF_LOOP, OWN, effects
from experiments.guided.needles import EXACT, NONE
from experiments.imaging import IMAGE_SYSTEMS
from experiments.imaging.contract import phantoms
from experiments.imaging.films import needle as of_films
from experiments.imaging.study import Imaging
from experiments.imaging.systems.plexus import needle as of_plexus
from sim.imaging.phantoms import Phantoms
from sim.surgery.block import HALF, quality

GUIDING = [name for name in IMAGE_SYSTEMS if IMAGE_SYSTEMS.get(name).needle is not None]
PIXEL = 0.5, 1.0  # mm


def square(top, left):
    """A mask of 20 × 20 pixels of which 4 × 4 are inside: 2 mm high and 4 mm wide."""
    mask = torch.zeros(1, 20, 20, dtype=torch.bool)
    mask[:, top : top + 4, left : left + 4] = True
    return mask


def test_systems_of_a_target_and_of_nerves_guide_needles():
    assert {"epidural", "epidural_stack", "plexus", "trackers"} <= set(GUIDING)
    assert not {"ejection", "mitral", "faces", "face_video"} & set(GUIDING)


def test_a_needle_to_a_plexus_goes_to_the_middle_of_what_was_outlined_and_counts_from_the_nearest_trunk():
    two = square(2, 2) | square(2, 14)  # x from 2 to 6 and from 14 to 18, z from 1 to 3
    truth = Phantoms(torch.zeros(1, 20, 20), {"mask": two, "present": torch.tensor([True])}, {}, PIXEL)
    assert of_plexus({"mask": two}, truth).item() == pytest.approx(4.0)  # between both
    assert of_plexus({"mask": square(2, 2)}, truth).item() == 0.0
    assert of_plexus({"mask": square(14, 2)}, truth).item() == pytest.approx(8.0 - 3.0)
    assert of_plexus({"mask": torch.zeros_like(two)}, truth).item() == np.inf
    nobody = Phantoms(truth.images, {"mask": two & False, "present": torch.tensor([False])}, {}, PIXEL)
    assert of_plexus({"mask": two}, nobody).isnan().all()


def test_a_needle_that_follows_a_film_arrives_in_its_last_frame_and_counts_from_the_nerves_outline():
    mask = torch.stack([square(14, 14), square(2, 2)], dim=1)
    hidden = torch.tensor([[True, False]])
    film = Phantoms(torch.zeros(1, 2, 20, 20), {"mask": mask, "hidden": hidden}, {}, PIXEL)
    box = torch.tensor([[[16.0, 8.0, 4.0, 2.0], [9.0, 7.0, 4.0, 2.0]]])
    assert of_films({"box": box}, film).item() == pytest.approx(5.0)  # 3 mm aside, 4 mm below
    assert of_films({"box": torch.full_like(box, 3.0)}, film).item() == 0.0
    lost = Phantoms(film.images, {"mask": mask, "hidden": ~hidden}, {}, PIXEL)
    assert of_films({"box": box}, lost).isnan().all()


def test_patients_are_read_on_the_first_images_that_have_a_target():
    system = IMAGE_SYSTEMS.get("plexus")
    config = Imaging("plexus", size=32, test=6)
    found = needles.with_target(system, system.needle, config, shifted=False)
    more = phantoms(system.generate, needles.seed_for("test", 0), np.arange(24), 32)
    torch.testing.assert_close(found.images, more.images[more.truth["present"]][:6])
    assert found.truth["present"].all()


def test_too_few_targets_are_told():
    system = IMAGE_SYSTEMS.get("plexus")

    def nowhere(said, test):
        return torch.full((len(test.images),), torch.nan)

    with pytest.raises(ValueError, match="patients: 2 are not allowed; fewer"):
        needles.with_target(system, nowhere, Imaging("plexus", size=16, test=2), shifted=False)


def test_who_places_no_needle_blocks_nothing_and_is_off_by_nothing_that_could_be_told():
    off = np.array([[np.inf, 2.0], [4.0, 6.0]])
    placed = np.where(np.isfinite(off), off, np.nan)
    np.testing.assert_allclose(mean_of(placed), [4.0, 4.0])
    assert np.isnan(mean_of(np.full((2, 1), np.nan))).all()
    assert quality(np.inf, HALF) == 0.0


def test_the_brief_table_has_a_row_an_arm_and_says_who_placed_no_needle():
    people = np.arange(20.0)
    arms = {NONE: people + 3.0, EXACT: people, "somebody, home": people + 1.0}
    cases = pd.concat(
        pd.DataFrame(
            {"agent": agent, "arm": arm, "patient": np.arange(20)} | dict.fromkeys([*OWN, *OF_LOOP], own)
        )
        for agent in ("a", "b")
        for arm, own in arms.items()
    )
    lines = page.briefly(effects(cases, 0)).splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in lines[2:]] == list(arms)
    assert lines[0].count("more than exact") == 6
    assert "No needle" in lines[0]
    assert lines[-1].count("+1.0") == 18  # three measures of two agents, each with its interval
    cases.loc[cases["arm"] != NONE, "unplaced_percent"] = 0.0
    assert "No needle" not in page.briefly(effects(cases, 0))
    assert "No needle" not in page.of_needles(effects(cases, 0))


@pytest.mark.parametrize("name", GUIDING)
def test_a_block_can_be_guided_by(name):
    assert Block(system=name).imaging().system == name
