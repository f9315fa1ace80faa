from __future__ import annotations

import numpy as np
import pytest
import torch

from sim.imaging.anatomy.spine import DEPTH
from sim.imaging.anatomy.spine_transverse import PEOPLE, PROCESS, WIDTH, spine_transverse, tissue
from sim.imaging.phantoms import drawn
from sim.imaging.ultrasound.grid import linear
from sim.randomness import case_keys

COUNT, SIZE = 40, 96
KEYS = torch.from_numpy(case_keys(9, np.arange(COUNT)).view(np.int64))


@pytest.fixture(scope="module")
def shown():
    return spine_transverse(KEYS, size=SIZE)


def profile(phantoms, number, reach=14.0):
    """Grey down the column through an image's target, and how far below the target each of its rows is, mm."""
    x, z = phantoms.truth["target"][number]
    below = (torch.arange(SIZE) + 0.5) * phantoms.pixel[0] - z
    column = phantoms.images[number, :, int(x / phantoms.pixel[1])]
    return column[below.abs() < reach], below[below.abs() < reach]


def test_the_target_lies_between_ligament_and_dura(shown):
    """Darker at the target than 2 to 3 mm above and below, wherever sound arrives."""
    middle, above, under = [], [], []
    for number in shown.truth["present"].nonzero()[:, 0]:
        grey, below = profile(shown, number)
        middle.append(grey[below.abs() < 0.8].mean())
        above.append(grey[(below > -3.3) & (below < -1.7)].amax())
        under.append(grey[(below > 1.7) & (below < 3.3)].amax())
    assert np.mean(np.minimum(above, under) > np.array(middle)) > 0.9


def test_the_target_is_where_the_lines_that_were_drawn_lie_once_the_turn_is_undone(shown):
    """As complex numbers, the midline's point on the skin being 0: so deep, straight down, before the turn."""
    person = {
        name: values[:, 0, 0].numpy() for name, values in drawn(KEYS, "spine transverse", PEOPLE).items()
    }
    x, z = shown.truth["target"].numpy().T
    down = person["fat"] + person["muscle"] + 0.5 * person["space"]
    turned = (x - 0.5 * WIDTH - person["offset"] + 1j * z) * np.exp(1j * person["turn"])
    np.testing.assert_allclose(turned, 1j * down, atol=1e-4)


def test_without_a_window_the_middle_is_in_shadow_and_behind_a_spinous_process_already_halfway(shown):
    light = torch.stack([profile(shown, number)[0].mean() for number in range(COUNT)])
    present = shown.truth["present"]
    assert light[present].min() > 0.15 > light[~present].median()
    person = drawn(KEYS, "spine transverse", PEOPLE)
    down = person["fat"] + 0.6 * person["muscle"]
    x = person["offset"] + down * person["turn"].sin() + 0.5 * WIDTH
    row, column = ((place / side).long()[:, 0, 0] for place, side in zip((down, x), shown.pixel, strict=True))
    halfway = shown.images[torch.arange(COUNT), row, column]
    process = (person["window"] < PROCESS)[:, 0, 0]
    assert 0 < process.sum() < (~present).sum()
    assert halfway[process].max() < 0.5 * halfway[~process].median()


@pytest.fixture(scope="module")
def straight():
    """Six people with a window, none of them turned, uneven or off the middle, and what lies in them, beam by beam."""
    still = dict.fromkeys(("offset", "turn", "uneven", "joint", "spot_aside"), (0.0, 0.0))
    person = drawn(KEYS[:6], "spine transverse", PEOPLE | still | {"window": (1.0, 1.0)})
    grid = linear(WIDTH, DEPTH, (320, 320), margin=1)
    return person, grid, tissue(grid, person)


def test_both_sides_are_alike_where_nothing_is_turned_or_uneven(straight):
    _, _, made = straight
    for one in (made.echogenicity, made.attenuation, made.specular):
        torch.testing.assert_close(one, one.flip(-1), atol=1e-3, rtol=1e-3)


def test_ears_lie_nearer_to_the_skin_than_the_ligament_and_wings_deeper_and_farther_aside(straight):
    """As deep as was drawn, where attenuation begins."""
    person, grid, made = straight
    number = {name: values[:, 0, 0] for name, values in person.items()}
    surface = grid.z[(made.attenuation > 5.0).int().argmax(1), 0]  # (people, columns), mm
    top = number["fat"] + number["muscle"] - number["rise"]
    edge = number["half"] + number["ear"] + number["gap"]
    for aside, deep in (
        (number["half"] + 0.5 * number["ear"], top),
        (edge + 3.0, top + number["step"] + 3.0 * number["droop"]),
    ):
        column = (grid.x[0] - aside[:, None]).abs().argmin(1)
        np.testing.assert_allclose(surface[torch.arange(6), column], deep, atol=0.4)


def test_targets_are_within_the_field_and_marks_are_off_by_what_is_said():
    many = spine_transverse(torch.from_numpy(case_keys(1, np.arange(400)).view(np.int64)), 1.0, 8)
    target = many.truth["target"]
    assert (target > 0.0).all()
    assert (target < torch.tensor([WIDTH, DEPTH])).all()
    off = many.labels["target"] - target
    np.testing.assert_allclose(off.std(0), (0.8, 0.4), rtol=0.1)
    assert 0.2 < 1.0 - many.truth["present"].float().mean() < 0.3


def test_a_phantom_is_the_same_alone_and_another_where_machine_and_people_are(shown):
    alone, other = (spine_transverse(KEYS[5:6], shifted, SIZE) for shifted in (0.0, 1.0))
    torch.testing.assert_close(alone.images[0], shown.images[5], atol=1e-5, rtol=0.0)
    torch.testing.assert_close(alone.truth["target"][0], shown.truth["target"][5])
    assert (other.images[0] - shown.images[5]).abs().mean() > 0.05
